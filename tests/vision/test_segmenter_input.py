from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vision.model_spec import ModelSpec
from vision.preprocessing import PAD_VALUE, Crop, crop_and_resize, letterbox
from vision.segmenter_input import Region, region_of, segmenter_input

SPEC = ModelSpec("segmentation", "toy", "1", ("road",), 480, 384, "BGR", Crop(), fit="letterbox")


@pytest.mark.parametrize(
    ("size", "region"),
    [
        # A picture of the shipped model's width keeps every pixel.
        ((480, 360), Region(0, 12, 480, 360)),
        ((960, 720), Region(0, 12, 480, 360)),
        ((1920, 1080), Region(0, 57, 480, 270)),
        ((100, 400), Region(192, 0, 96, 384)),
        ((10_000, 3), Region(0, 191, 480, 1)),
    ],
)
def test_the_region_is_what_is_not_bars(size: tuple[int, int], region: Region) -> None:
    image = np.zeros((size[1], size[0], 3), np.uint8)
    pixels, found = segmenter_input(image, SPEC)
    assert found == region == region_of(*size, SPEC)
    bars = (pixels == PAD_VALUE).all(axis=2)
    expected = np.ones((384, 480), bool)
    expected[region.top : region.top + region.height, region.left : region.left + region.width] = (
        False
    )
    np.testing.assert_array_equal(bars, expected)


def test_stretched_pictures_fill_the_input() -> None:
    image = np.random.default_rng(0).integers(0, 256, (90, 200, 3), dtype=np.uint8)
    pixels, region = segmenter_input(image, replace(SPEC, fit="stretch"))
    assert region == Region(0, 0, 480, 384)
    np.testing.assert_array_equal(pixels, crop_and_resize(image, Crop(), 480, 384))


@pytest.mark.parametrize("fit", ["letterbox", "stretch"])
def test_the_colour_order_is_the_models(fit: str) -> None:
    image = np.random.default_rng(0).integers(0, 256, (90, 200, 3), dtype=np.uint8)
    spec = replace(SPEC, fit=fit)
    as_it_came, _ = segmenter_input(image, spec)
    turned, _ = segmenter_input(image, replace(spec, colour_order="RGB"))
    np.testing.assert_array_equal(turned, as_it_came[:, :, ::-1])
    if fit == "letterbox":
        np.testing.assert_array_equal(as_it_came, letterbox(image, 480, 384)[0])
