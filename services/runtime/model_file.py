"""The model repository, and what stands in a model file."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError
from onnx.utils import Extractor

from services.runtime.errors import StartError

MODEL = "model.onnx"
MODEL_INT8 = "model.int8.onnx"
"""A version's files: the model, and beside it, if there is one, the one that CPUs run faster."""

# Whatever makes integers of activations; weights alone may be stored as integers in any model.
_INTEGER_OPERATORS = frozenset(
    {"QuantizeLinear", "DynamicQuantizeLinear", "QLinearConv", "QLinearMatMul", "ConvInteger"}
)
_FLOAT_OPERATORS = frozenset({"Conv", "ConvTranspose", "Gemm", "MatMul"})


@dataclass(frozen=True)
class ModelFile:
    """A model file that was read.

    Attributes:
        path: where it lies.
        sha256: of its bytes, hexadecimal.
        metadata: the ONNX metadata properties.
    """

    path: Path
    sha256: str
    metadata: dict[str, str]
    _proto: onnx.ModelProto

    @classmethod
    def read(cls, path: Path) -> ModelFile:
        """Reads a model file.

        Raises:
            StartError: it is not there, or no ONNX model.
        """
        try:
            data = path.read_bytes()
            proto = onnx.load_model_from_string(data)
        except OSError as error:
            raise StartError(f"{path}: the model cannot be read ({error.strerror})") from error
        except DecodeError as error:
            raise StartError(f"{path}: expected an ONNX model, got something else") from error
        metadata = {entry.key: entry.value for entry in proto.metadata_props}
        return cls(path, hashlib.sha256(data).hexdigest(), metadata, proto)

    @property
    def output_names(self) -> list[str]:
        """Names of all outputs of the graph."""
        return [output.name for output in self._proto.graph.output]

    @property
    def precision(self) -> str:
        """What the graph computes in: ``int8``, ``float16`` or ``float32``."""
        graph = self._proto.graph
        if any(node.op_type in _INTEGER_OPERATORS for node in graph.node):
            return "int8"
        halves = {
            entry.name for entry in graph.initializer if entry.data_type == onnx.TensorProto.FLOAT16
        }
        # Weights that are only stored as halves pass a Cast before they are used.
        in_halves = any(
            node.op_type in _FLOAT_OPERATORS and halves.intersection(node.input)
            for node in graph.node
        )
        return "float16" if in_halves else "float32"

    def subgraph(self, outputs: Sequence[str]) -> bytes:
        """The model cut down to what computes ``outputs``, as ONNX bytes.

        ONNX Runtime computes every output of a graph, whichever are asked for; what a request does
        not need must therefore not be in the graph. A graph of which all is needed stays as it is.

        Raises:
            StartError: an output is not in the graph.
        """
        missing = [name for name in outputs if name not in self.output_names]
        if missing:
            raise StartError(
                f"{self.path}: the output {missing} is not in the model "
                f"(it has {self.output_names})"
            )
        if set(outputs) == set(self.output_names):
            return bytes(self._proto.SerializeToString())
        inputs = [entry.name for entry in self._proto.graph.input]
        cut = Extractor(self._proto).extract_model(inputs, list(outputs))
        return bytes(cut.SerializeToString())


def find_model(repository: Path, name: str) -> Path:
    """The newest version of a model: ``<repository>/<name>/<highest number>/model.onnx``.

    Raises:
        StartError: there is none.
    """
    versions = [
        (int(folder.name), folder / MODEL)
        for folder in (repository / name).glob("*")
        if folder.name.isdecimal() and (folder / MODEL).is_file()
    ]
    if not versions:
        raise StartError(
            f"no model in {repository / name}: expected <version>/{MODEL} there; "
            f"train and export one, or name one with --model"
        )
    return max(versions)[1]
