"""Doubling a map: against OpenCV's scaling."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

pytest.importorskip("keras")

from training.upsampling import Upsample


@pytest.mark.parametrize(
    ("interpolation", "method"),
    [("nearest", cv2.INTER_NEAREST), ("bilinear", cv2.INTER_LINEAR)],
)
def test_as_opencv_does_it(interpolation, method):
    maps = np.random.default_rng(0).normal(0, 1, (2, 3, 5, 4)).astype(np.float32)
    expected = np.stack([cv2.resize(one, (10, 6), interpolation=method) for one in maps])
    found = np.asarray(Upsample(interpolation)(maps))
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_is_made_again_from_its_settings():
    assert Upsample.from_config(Upsample("bilinear").get_config()).interpolation == "bilinear"
