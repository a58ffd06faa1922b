"""A model, ready to run: the file, what it says of itself, and the session that computes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from protos.common.v1 import common_pb2
from services.runtime.errors import StartError
from services.runtime.model_file import ModelFile
from services.runtime.providers import open_session, running_provider
from services.runtime.settings import Device


class Spec(Protocol):
    """What the runtime itself needs to know of a model; the task's own spec has more."""

    @property
    def task(self) -> str: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def version(self) -> str: ...  # noqa: D102
    @property
    def labels(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def input_width(self) -> int: ...  # noqa: D102
    @property
    def input_height(self) -> int: ...  # noqa: D102


SpecT = TypeVar("SpecT", bound=Spec)

Outputs = Sequence[str] | Callable[[Sequence[str]], Sequence[str]]
"""The outputs to compute, or what chooses them from the names of all that a file has."""


class ModelSession(Generic[SpecT]):
    """A model that answers. Safe to run from several threads at once.

    Args:
        path: the model file.
        parse_spec: reads the task's spec from the ONNX metadata; a ``ValueError`` of its says what
            is wrong with the metadata.
        outputs: the outputs to compute.
        device: where to run.
        threads: threads that one inference uses.

    Raises:
        StartError: the file, its metadata or the device cannot be used.
    """

    def __init__(
        self,
        path: Path,
        parse_spec: Callable[[Mapping[str, str]], SpecT],
        outputs: Outputs,
        device: Device,
        threads: int,
    ) -> None:
        self._file = ModelFile.read(path)
        try:
            self.spec = parse_spec(self._file.metadata)
        except ValueError as error:
            raise StartError(f"{path}: {error}") from error
        self._device = device
        self._threads = threads
        self._outputs = list(outputs(self.available_outputs) if callable(outputs) else outputs)
        self._session = open_session(self._file.subgraph(self._outputs), device, threads)
        self._input = self._session.get_inputs()[0].name
        self.provider = running_provider(self._session)

    @property
    def path(self) -> Path:
        """The model file."""
        return self._file.path

    @property
    def available_outputs(self) -> list[str]:
        """All outputs that the file has, computed here or not."""
        return self._file.output_names

    @property
    def optional_inputs(self) -> list[str]:
        """Names of the inputs that have a default in the graph, and may therefore be left out."""
        return [entry.name for entry in self._session.get_overridable_initializers()]

    def with_outputs(self, outputs: Sequence[str]) -> ModelSession[SpecT]:
        """A second session on the same file that computes other outputs.

        Raises:
            StartError: an output is not in the file.
        """
        return ModelSession(self.path, lambda _: self.spec, outputs, self._device, self._threads)

    def run(
        self, batch: npt.NDArray[np.uint8], **optional: npt.NDArray[Any]
    ) -> list[npt.NDArray[Any]]:
        """Runs the model.

        Args:
            batch: uint8, shape (N, input_height, input_width, 3).
            optional: values for some of the ``optional_inputs``.

        Returns:
            One array for each of the outputs the session was made for, in their order.
        """
        results: list[npt.NDArray[Any]] = self._session.run(
            self._outputs, {self._input: batch, **optional}
        )
        return results

    def info(self) -> common_pb2.ModelInfo:
        """What is served and on what it really runs, as the contract says it."""
        return common_pb2.ModelInfo(
            name=self.spec.name,
            version=self.spec.version,
            sha256=self._file.sha256,
            labels=self.spec.labels,
            input_width=self.spec.input_width,
            input_height=self.spec.input_height,
            execution_provider=self.provider,
            task=self.spec.task,
            precision=self._file.precision,
        )
