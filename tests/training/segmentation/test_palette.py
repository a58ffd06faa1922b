"""Palettes: CamVid's colours for its names, others unlike each other."""

from __future__ import annotations

import itertools

import pytest

from training.segmentation.palette import CAMVID, default_palette


def test_camvids_names_have_camvids_colours() -> None:
    assert default_palette(["Road", "SIGNSYMBOL", "background", "car"]) == (
        (128, 64, 128), (192, 128, 128), (0, 0, 0), (64, 0, 128),
    )  # fmt: skip
    assert default_palette(list(CAMVID)) == tuple(CAMVID.values())


@pytest.mark.parametrize("count", [1, 8, 20])
def test_other_names_get_colours_that_are_told_apart(count: int) -> None:
    labels = ["Road", *(f"class_{number}" for number in range(count)), "Car"]
    palette = default_palette(labels)
    assert (palette[0], palette[-1]) == ((128, 64, 128), (64, 0, 128))
    for one, other in itertools.combinations(palette, 2):
        assert sum(abs(a - b) for a, b in zip(one, other, strict=True)) >= 80


def test_many_classes_have_a_colour_each() -> None:
    palette = default_palette([f"class_{number}" for number in range(255)])
    assert len(set(palette)) == 255
    assert all(0 <= value <= 255 for colour in palette for value in colour)
