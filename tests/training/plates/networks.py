"""Networks for tests: untrained, yet with answers that vary as a trained one's do."""

from __future__ import annotations

import keras
import numpy as np

from training.plates.network import COCO_ANCHORS, build_network, convolutions
from training.plates.trained import TrainedNetwork


def varied_network(classes: int, size: int) -> TrainedNetwork:
    """Random weights and statistics, and heads that say of many boxes that they are likely."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    network = build_network(classes, size)
    for convolution, norm in convolutions(network):
        if norm is None:
            kernel, bias = convolution.get_weights()
            convolution.set_weights([kernel, rng.normal(0, 0.5, bias.shape)])
        else:
            shape = norm.gamma.shape
            gamma, variance = rng.uniform(0.8, 1.4, shape), rng.uniform(0.3, 2, shape)
            norm.set_weights([gamma, *rng.normal(0, 0.3, (2, *shape)), variance])
    labels = tuple(f"class {number}" for number in range(classes))
    return TrainedNetwork(network, COCO_ANCHORS, labels, size, ("drawn",))
