"""Static int8 quantisation of an exported graph, for CPUs.

B. Jacob et al., "Quantization and Training of Neural Networks for Efficient
Integer-Arithmetic-Only Inference" (CVPR 2018). The convolutions and all that lies between two of
them compute in bytes. The last ones, which give the answer, and what comes after them (the decoding
of boxes, a softmax) stay float: they need the precision and cost little. With a head's answer in
bytes, for one, the sides of a box come in steps of several percent.

Weights are signed and activations unsigned bytes. Weights keep to 7 bits, as CPUs without VNNI add
two products in 16 bits, where 8-bit weights overflow; CPUs with VNNI are as quick with them. They
are rounded beforehand, with more care than the quantiser takes: see
:mod:`training.weight_rounding`.
"""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import track

from training.errors import ExportError
from training.onnx_graph import drop_unused, initialisers
from training.weight_rounding import round_weights

if TYPE_CHECKING:
    import onnx
    from onnxruntime.quantization import TensorsData

Method = Literal["minmax", "percentile"]

_FLOATS = "pictures"
"""Name of the float input that stands for the picture while the ranges are measured."""
_PERCENTILE = 99.999


def quantise(
    model: onnx.ModelProto,
    pictures: Iterable[npt.NDArray[np.uint8]],
    method: Method = "minmax",
) -> onnx.ModelProto:
    """An int8 graph with the inputs and outputs of a float one.

    Args:
        model: from :func:`training.onnx_graph.simplify`, with float32 weights: it begins with
            Transpose, Cast, a scaling (Mul, Add) or none, and Conv. It stays as it is.
        pictures: uint8 (H, W, C) as the network takes them; a hundred that are like those it will
            see are enough.
        method: the range of a tensor is all that it was seen to hold, or all but the outermost
            hundred-thousandth on each side, which is slower to find.

    Raises:
        ExportError: the graph begins in another way, or there are no pictures.
    """
    import onnx
    import onnxruntime
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.calibrate import save_tensors_data
    from onnxruntime.quantization.shape_inference import quant_pre_process

    # Errors only: it warns of weights that the graphs made for measuring no longer need.
    onnxruntime.set_default_logger_severity(3)
    headless = onnx.ModelProto()
    headless.CopyFrom(model)
    scaling = _cut_off_start(headless.graph)
    inputs = [scaling.apply(picture) for picture in pictures]
    if not inputs:
        raise ExportError("there are no pictures to measure the network's ranges on")
    with tempfile.TemporaryDirectory() as folder:
        plain, ranges, quantised = (str(Path(folder, name)) for name in ("in", "ranges", "out"))
        quant_pre_process(headless, plain, skip_optimization=True, skip_symbolic_shape=True)
        rounded = onnx.load(plain)
        nodes = _between_convolutions(rounded.graph)
        convolutions = [node for node in nodes if node.op_type == "Conv"]
        means = _channel_means(rounded, {node.input[0] for node in convolutions}, inputs)
        round_weights(rounded.graph, convolutions, means)
        drop_unused(rounded.graph)
        onnx.save(rounded, plain)
        measured = _measure(plain, [node.op_type for node in nodes], inputs, method)
        _share_ranges(nodes, measured)
        save_tensors_data(measured, ranges)
        with _without_notes():
            quantize_static(
                plain,
                quantised,
                quant_format=QuantFormat.QDQ,
                per_channel=True,
                reduce_range=True,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                nodes_to_quantize=[node.name for node in nodes],
                calibrate_method=measured.calibration_method,
                calibration_cache_path=ranges,
            )
        answer = onnx.load(quantised)
    _feed_bytes(answer.graph, model.graph, scaling)
    drop_unused(answer.graph)
    answer.ir_version = model.ir_version
    return answer


@contextlib.contextmanager
def _without_notes() -> Iterator[None]:
    """Keeps back what ONNX Runtime's quantiser logs of every weight that it scales."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.WARNING)
    try:
        yield
    finally:
        root.setLevel(level)


@dataclass(frozen=True)
class _Scaling:
    """What a graph does to a picture's bytes before the first convolution.

    Attributes:
        factor: what they are multiplied with.
        zero_point: the byte that becomes 0.
    """

    factor: float = 1.0
    zero_point: int = 0

    def apply(self, picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """What the first convolution sees of a picture: float32 (1, C, H, W) from (H, W, C)."""
        floats = (picture.astype(np.float32) - self.zero_point) * np.float32(self.factor)
        return floats.transpose(2, 0, 1)[None]


def _cut_off_start(graph: onnx.GraphProto) -> _Scaling:
    """Takes off all before the first convolution; the graph's input is float (N, C, H, W) then."""
    from onnx import TensorProto, helper

    kinds = [node.op_type for node in graph.node[:5]]
    if kinds[:3] == ["Transpose", "Cast", "Conv"]:
        scaling, start = _Scaling(), 2
    elif kinds == ["Transpose", "Cast", "Mul", "Add", "Conv"]:
        scaling, start = _read_scaling(graph), 4
    else:
        raise ExportError(
            "expected a graph that begins with Transpose, Cast and Conv, or with Mul and Add "
            f"before Conv, got {kinds}"
        )
    batch, height, width, channels = graph.input[0].type.tensor_type.shape.dim
    sides = [batch.dim_param or "N", channels.dim_value, height.dim_value, width.dim_value]
    graph.node[start].input[0] = _FLOATS
    del graph.node[:start]
    del graph.input[:]
    graph.input.append(helper.make_tensor_value_info(_FLOATS, TensorProto.FLOAT, sides))
    return scaling


def _read_scaling(graph: onnx.GraphProto) -> _Scaling:
    arrays = initialisers(graph)
    factor, added = (arrays[node.input[1]].item() for node in graph.node[2:4])
    zero_point = -added / factor
    if abs(zero_point - round(zero_point)) > 1e-3 or not 0 <= round(zero_point) <= 255:
        raise ExportError(
            f"expected a scaling that makes a byte 0, got * {factor:g} + {added:g}, "
            f"which is 0 at {zero_point:g}"
        )
    return _Scaling(factor, round(zero_point))


def _between_convolutions(graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    """The convolutions before others, and the nodes that have one before and one after them."""
    nodes = list(graph.node)  # in the order of computation
    below = _reached(nodes, lambda node: node.input, lambda node: node.output)
    above = _reached(nodes[::-1], lambda node: node.output, lambda node: node.input)
    return [
        node
        for node in nodes
        if above.intersection(node.output)
        and (node.op_type == "Conv" or below.intersection(node.input))
    ]


def _reached(nodes: list[onnx.NodeProto], sources: Any, targets: Any) -> set[str]:
    """The tensors on one side of a convolution, near or far."""
    found: set[str] = set()
    for node in nodes:
        if node.op_type == "Conv" or found.intersection(sources(node)):
            found.update(targets(node))
    return found


def _channel_means(
    model: onnx.ModelProto, tensors: set[str], inputs: list[npt.NDArray[np.float32]]
) -> dict[str, npt.NDArray[np.float32]]:
    """The mean of each channel, (C,), of tensors (N, C, H, W) over all inputs."""
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper

    probe, names = onnx.ModelProto(), sorted(tensors)
    probe.CopyFrom(model)
    del probe.graph.output[:]
    for name in names:
        mean = f"{name}_mean"
        probe.graph.node.append(
            helper.make_node("ReduceMean", [name], [mean], axes=[0, 2, 3], keepdims=0)
        )
        probe.graph.output.append(helper.make_tensor_value_info(mean, TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(
        probe.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    found = [
        session.run(None, {_FLOATS: picture})
        for picture in track(inputs, "measuring means", console=Console(stderr=True))
    ]
    return {
        name: np.mean([means[place] for means in found], axis=0) for place, name in enumerate(names)
    }


def _measure(
    path: str, operators: list[str], inputs: list[npt.NDArray[np.float32]], method: Method
) -> TensorsData:
    from onnxruntime.quantization import CalibrationMethod, create_calibrator

    methods = {
        "minmax": CalibrationMethod.MinMax,
        "percentile": CalibrationMethod.Percentile,
    }
    calibrator = create_calibrator(
        path,
        sorted(set(operators)),
        augmented_model_path=f"{path}.augmented",
        calibrate_method=methods[method],
        extra_options={"percentile": _PERCENTILE} if method == "percentile" else {},
    )
    with contextlib.redirect_stdout(io.StringIO()):  # a histogram's lines for every picture
        for picture in track(inputs, "measuring ranges", console=Console(stderr=True)):
            # One at a time: the calibrator holds every tensor of what it gets at once.
            calibrator.collect_data(_Once(picture))
        return calibrator.compute_data()


class _Once:
    """One picture, as a calibrator takes it."""

    def __init__(self, picture: npt.NDArray[np.float32]) -> None:
        self._inputs = [{_FLOATS: picture}]

    def get_next(self) -> dict[str, npt.NDArray[np.float32]] | None:
        return self._inputs.pop() if self._inputs else None


def _share_ranges(nodes: list[onnx.NodeProto], measured: TensorsData) -> None:
    """Gives what is put side by side one range: it is copied then, not converted.

    Not where a Relu is among it: ONNX Runtime drops a Relu and relies on its range to begin at 0.
    """
    group_of: dict[str, set[str]] = {}
    cut_off = {name for node in nodes if node.op_type in ("Relu", "Clip") for name in node.output}
    for node in nodes:
        if node.op_type == "Concat" and not cut_off.intersection(node.input):
            names = {*node.input, *node.output}
            for name in tuple(names):
                names |= group_of.get(name, set())
            group_of.update(dict.fromkeys(names, names))
    for name, group in group_of.items():
        known = [measured[other].range_value for other in group if other in measured]
        if name in measured:
            entry = measured[name]
            entry.lowest = np.float32(min(low for low, _ in known))
            entry.highest = np.float32(max(high for _, high in known))


def _feed_bytes(graph: onnx.GraphProto, original: onnx.GraphProto, scaling: _Scaling) -> None:
    """Lets the bytes of the picture be the first quantised tensor: nothing has to be computed."""
    from onnx import numpy_helper

    (quantise_node,) = [node for node in graph.node if _FLOATS in node.input]
    scale, zero_point = quantise_node.input[1:3]
    values: dict[str, npt.NDArray[Any]] = {
        scale: np.array(scaling.factor, np.float32),
        zero_point: np.array(scaling.zero_point, np.uint8),
    }
    for entry in graph.initializer:
        if entry.name in values:
            entry.CopyFrom(numpy_helper.from_array(values[entry.name], entry.name))
    transpose = original.node[0]
    for node in graph.node:
        for place, name in enumerate(node.input):
            if name == quantise_node.output[0]:
                node.input[place] = transpose.output[0]
    graph.node.remove(quantise_node)
    graph.node.insert(0, transpose)
    del graph.input[:]
    graph.input.append(original.input[0])
