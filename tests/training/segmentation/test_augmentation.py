"""The mask stays on what it is of, what comes in is ignored, and a seed gives the same again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

pytest.importorskip("albumentations")

from training.segmentation.augmentation import Augmentation, Augmenter
from training.segmentation.dataset import Sample
from training.segmentation.placing import place
from vision.preprocessing import letterbox

WIDTH, HEIGHT = 160, 96
STILL: dict[str, Any] = {
    "mirror": 0, "move": 1, "scale": (1, 1), "shift": 0, "rotate_degrees": 0, "shear_degrees": 0,
    "light": 0, "night": 0, "colour": 0, "grey": 0, "blur": 0, "noise": 0, "compression": 0,
}  # fmt: skip
"""Nothing is changed."""


def scene() -> Sample:
    """A white rectangle of class 1 on black of class 0, 200 x 100."""
    mask = np.zeros((100, 200), np.uint8)
    mask[40:80, 60:120] = 1
    return Sample(np.repeat(mask[..., None] * np.uint8(255), 3, axis=2), mask)


def bounds(marked: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero(marked)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


@pytest.mark.parametrize(
    ("image", "lies_in"),
    [
        ((100, 200), (0, 8, 160, 88)),
        ((60, 100), (0, 0, 160, 96)),
        ((100, 50), (56, 0, 104, 96)),
        ((37, 80), (0, 11, 160, 85)),
    ],
)
def test_the_mask_lies_where_serving_puts_the_picture(
    image: tuple[int, int], lies_in: tuple[int, int, int, int]
) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (*image, 3), np.uint8)
    placed = place(Sample(pixels, np.full(image, 7, np.uint8)), WIDTH, HEIGHT)
    assert (placed.image == letterbox(pixels, WIDTH, HEIGHT)[0]).all()
    assert bounds(placed.mask == 7) == lies_in
    left, top, right, bottom = lies_in
    assert (placed.mask == 7).sum() == (right - left) * (bottom - top)
    assert set(np.unique(placed.mask)) <= {7, 255}


def test_a_mask_is_not_interpolated() -> None:
    sample = scene()
    mask = np.where(sample.mask == 1, np.uint8(9), np.uint8(2))
    placed = place(Sample(sample.image, mask), 111, 67)
    assert set(np.unique(placed.mask)) == {2, 9, 255}
    # 200 x 100 becomes 111 x 56, five rows down.
    assert bounds(placed.mask == 9) == (33, 5 + 22, 67, 5 + 45)


def test_nothing_is_changed_by_an_augmentation_of_nothing() -> None:
    changed = Augmenter(Augmentation(**STILL), WIDTH, HEIGHT, 0).single(scene())
    placed = place(scene(), WIDTH, HEIGHT)
    assert (changed.image == placed.image).all()
    assert (changed.mask == placed.mask).all()


def test_mirror() -> None:
    changed = Augmenter(Augmentation(**{**STILL, "mirror": 1}), WIDTH, HEIGHT, 0).single(scene())
    placed = place(scene(), WIDTH, HEIGHT)
    assert (changed.image == placed.image[:, ::-1]).all()
    assert (changed.mask == placed.mask[:, ::-1]).all()


@pytest.mark.parametrize(
    "change",
    [
        {"mirror": 0.5},
        {"scale": (0.5, 0.5)},
        {"scale": (1.2, 1.2)},
        {"shift": 0.15},
        {"rotate_degrees": 20},
        {"shear_degrees": 20},
        {
            "mirror": 0.5, "scale": (0.6, 1.1), "shift": 0.1, "rotate_degrees": 10,
            "shear_degrees": 5,
        },
    ],
)  # fmt: skip
def test_the_mask_stays_on_what_it_is_of(change: dict[str, Any]) -> None:
    augmenter = Augmenter(Augmentation(**{**STILL, **change}), WIDTH, HEIGHT, 0)
    moved = 0
    for seed in range(20):
        augmenter.reseed(seed)
        changed = augmenter.single(scene())
        assert changed.image.shape == (HEIGHT, WIDTH, 3)
        assert changed.image.dtype == np.uint8
        assert changed.mask.dtype == np.uint8
        assert changed.mask.shape == (HEIGHT, WIDTH)
        assert set(np.unique(changed.mask)) <= {0, 1, 255}
        if (changed.mask == 1).sum() < 50:
            continue
        # White is what is of class 1, black of class 0, grey is ignored; edges are mixed.
        grey = changed.image[..., 0].astype(int)
        assert (grey[changed.mask == 1] > 128).mean() > 0.97
        assert (grey[changed.mask == 0] < 128).mean() > 0.98
        assert (np.abs(grey[changed.mask == 255] - 114) < 60).mean() > 0.97
        moved += bounds(changed.mask == 1) != bounds(place(scene(), WIDTH, HEIGHT).mask == 1)
    assert moved >= 5


@pytest.mark.parametrize(("factor", "size"), [(0.5, (24, 16)), (1.25, (60, 40)), (1.5, (72, 48))])
def test_scale_is_the_size_in_the_input(factor: float, size: tuple[int, int]) -> None:
    augmenter = Augmenter(Augmentation(**{**STILL, "scale": (factor, factor)}), WIDTH, HEIGHT, 0)
    places, sizes = set(), []
    for seed in range(20):
        augmenter.reseed(seed)
        left, top, right, bottom = bounds(augmenter.single(scene()).mask == 1)
        places.add((left, top))
        sizes.append((right - left, bottom - top))
    # 60 x 40 is 48 x 32 in the input; it may be cut off at the edge.
    assert max(sizes) == pytest.approx(size, abs=1)
    # The rest of the picture, or the border, is anywhere around it.
    assert len(places) > 5


@pytest.mark.parametrize(
    "effect", ["light", "night", "colour", "grey", "blur", "noise", "compression"]
)
def test_a_camera_changes_the_picture_only(effect: str) -> None:
    rng = np.random.default_rng(0)
    colours = rng.integers(0, 255, (12, 20, 3), np.uint8).repeat(8, axis=0).repeat(8, axis=1)
    sample = Sample(colours, rng.integers(0, 5, (HEIGHT, WIDTH), np.uint8))
    changed = Augmenter(Augmentation(**{**STILL, effect: 1}), WIDTH, HEIGHT, 0).single(sample)
    assert (changed.image != sample.image).any()
    assert (changed.mask == sample.mask).all()


def test_the_same_again_for_the_same_seed() -> None:
    augmenter = Augmenter(Augmentation(), WIDTH, HEIGHT, 3)
    first = [augmenter.single(scene()) for _ in range(3)]
    augmenter.reseed(3)
    second = [augmenter.single(scene()) for _ in range(3)]
    for one, other in zip(first, second, strict=True):
        assert (one.image == other.image).all()
        assert (one.mask == other.mask).all()
    augmenter.reseed(4)
    assert (augmenter.single(scene()).image != first[0].image).any()


@pytest.mark.parametrize("change", [{"mirror": 1.1}, {"shift": -0.1}, {"mosaic": 0.5}])
def test_augmentations_that_there_are_not(change: dict[str, float]) -> None:
    with pytest.raises(ValidationError, match=next(iter(change))):
        Augmentation(**change)
