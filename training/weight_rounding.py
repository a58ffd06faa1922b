"""Weights put on the few steps that a quantised convolution has, with little of the answer lost.

Rounded each for itself, the weights of a kernel add up to something else than before: a filter that
answers an even area with 0, as one that looks for edges does, then answers it with a shade, and
that by how bright the area is. So each kernel is rounded as seats are shared out by votes, with the
largest remainder method, which keeps the sum. What error is left on average goes into the bias
(M. Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction", ICCV
2019, section 4.2; the averages are measured here).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from training.onnx_graph import add_initialiser, get_attribute, initialisers

if TYPE_CHECKING:
    import onnx

Floats = npt.NDArray[np.float32]

STEPS = 64
"""From 0 to the largest weight of a filter, as ONNX Runtime's quantiser has with 7 signed bits."""


def round_weights(
    graph: onnx.GraphProto, convolutions: Iterable[onnx.NodeProto], means: Mapping[str, Floats]
) -> None:
    """Rounds the weights of a float graph's convolutions and corrects their biases, in place.

    Args:
        graph: has the weights as initialisers.
        convolutions: those of the graph's nodes that will be quantised.
        means: of each tensor that they read, the mean of its channels, (C,).
    """
    arrays, nodes = initialisers(graph), list(convolutions)
    rounded = {name: round_kernels(arrays[name]) for name in {node.input[1] for node in nodes}}
    for node in nodes:
        change = rounded[node.input[1]] - arrays[node.input[1]]
        shift = mean_shift(change, means[node.input[0]], get_attribute(node, "group") or 1)
        bias = arrays[node.input[2]] if len(node.input) > 2 else np.zeros_like(shift)
        # Of its own, as a bias may be shared by convolutions that read different things.
        corrected = add_initialiser(graph, f"{node.output[0]}_bias", bias - shift)
        node.input[:] = [*node.input[:2], corrected]
    for entry in list(graph.initializer):
        if entry.name in rounded:
            graph.initializer.remove(entry)
            add_initialiser(graph, entry.name, rounded[entry.name])


def round_kernels(weights: Floats) -> Floats:
    """The weights of a convolution in whole steps; the sum of each kernel stays within half a step.

    Args:
        weights: float32 (filters, channels, height, width).

    Returns:
        As they were given. The largest weight of each filter is :data:`STEPS` of its steps, and
        stays.
    """
    kernels = weights.reshape(*weights.shape[:2], -1).astype(np.float64)
    step = np.abs(kernels).max(axis=(1, 2), keepdims=True) / STEPS
    step[step == 0] = 1  # a filter without weights
    steps = kernels / step
    whole = np.floor(steps)
    remainders = steps - whole
    missing = np.rint(remainders.sum(axis=-1, keepdims=True))
    rank = np.argsort(np.argsort(-remainders, axis=-1, kind="stable"), axis=-1)
    answer: Floats = ((whole + (rank < missing)) * step).astype(np.float32)
    return answer.reshape(weights.shape)


def mean_shift(change: Floats, means: Floats, groups: int) -> Floats:
    """What a change of weights adds to the answer of each filter on average, (filters,).

    Args:
        change: float32 (filters, channels of a group, height, width).
        means: of what the convolution reads, (channels,); its rim counts as all else.
        groups: into which channels and filters are divided, in their order.
    """
    sums = change.sum(axis=(2, 3)).reshape(groups, -1, change.shape[1])
    shift: Floats = np.einsum("gfc,gc->gf", sums, means.reshape(groups, -1)).reshape(-1)
    return shift
