"""Augmentation: boxes follow what they are around, and a seed gives the same again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("albumentations")

from training.boxes.augmentation import Augmentation, Augmenter, Sample, clip_boxes
from training.boxes.dataset import IGNORED

SIZE = 160
STILL = {
    "mosaic": 0, "light": 0, "night": 0, "colour": 0, "grey": 0, "blur": 0, "noise": 0,
    "compression": 0, "perspective": 0, "rotate_degrees": 0, "shear_degrees": 0, "shift": 0,
    "scale": (1, 1), "stretch": (1, 1),
}  # fmt: skip
"""Nothing is changed."""


def scene(colour: int = 255) -> Sample:
    """A bright rectangle on black, 200 x 120, with its box."""
    image = np.zeros((120, 200, 3), np.uint8)
    image[40:80, 70:130] = colour
    return Sample(image, np.array([[70, 40, 130, 80]], np.float32), np.array([0]))


def bounds(image: np.ndarray, above: int = 180) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero(image.min(axis=2) > above)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"mirror": 1.0},
        {"scale": (0.5, 0.5)},
        {"scale": (1.3, 1.3)},
        {"stretch": (2.0, 2.0)},
        {"stretch": (0.5, 1.5)},
        {"shift": 0.15},
        {"scale": (0.6, 1.4), "shift": 0.1, "mirror": 0.5},
    ],
)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_box_stays_around_its_object(change, seed):
    strength = Augmentation.model_validate({**STILL, **change})
    changed = Augmenter(strength, SIZE, seed).single(scene())
    assert changed.image.shape == (SIZE, SIZE, 3)
    np.testing.assert_allclose(changed.boxes, [bounds(changed.image)], atol=1.6)


@pytest.mark.parametrize(
    "change", [{"rotate_degrees": 15}, {"shear_degrees": 10}, {"perspective": 1}]
)
def test_a_turned_object_lies_within_its_box_and_nearly_fills_it(change):
    for seed in range(5):
        strength = Augmentation.model_validate({**STILL, **change})
        changed = Augmenter(strength, SIZE, seed).single(scene())
        x_min, y_min, x_max, y_max = bounds(changed.image)
        box = changed.boxes[0]
        assert (box[:2] <= np.array([x_min, y_min]) + 2).all()
        assert (box[2:] >= np.array([x_max, y_max]) - 2).all()
        filled = (x_max - x_min) * (y_max - y_min) / (box[2:] - box[:2]).prod()
        assert filled > 0.75


def test_a_mosaic_keeps_what_of_each_object_is_in_view():
    strength = Augmentation.model_validate({**STILL, "mosaic": 1, "min_visible": 0.5})
    augmenter = Augmenter(strength, SIZE, 4)
    seen = 0
    for _ in range(10):
        whole = augmenter.mosaic([scene(level) for level in (240, 245, 250, 255)])
        for box in whole.boxes:
            seen += 1
            left, top, right, bottom = box.round().astype(int)
            # Bright within; and where the object is not cut off, dark just outside.
            assert whole.image[top + 2 : bottom - 2, left + 2 : right - 2].min() > 180
        bright = (whole.image.min(axis=2) > 180).sum()
        boxed = sum((box[2:] - box[:2]).prod() for box in whole.boxes)
        assert bright <= boxed + 4 * 0.5 * 60 * 40
    assert seen > 5


def test_the_same_seed_gives_the_same_again_and_another_does_not():
    strength = Augmentation(mosaic=0.5)
    augmenter = Augmenter(strength, SIZE, 0)

    def draw(seed: int) -> list[np.ndarray]:
        augmenter.reseed(seed)
        return [augmenter.single(scene()).image for _ in range(3)]

    first, other, again = draw(7), draw(8), draw(7)
    for a, b, c in zip(first, again, other, strict=True):
        np.testing.assert_array_equal(a, b)
        assert (a != c).any()


def test_the_camera_changes_pixels_and_not_boxes():
    strength = Augmentation.model_validate(
        {**STILL, "light": 1, "night": 1, "colour": 1, "blur": 1, "noise": 1, "compression": 1}
    )
    plain = Augmenter(Augmentation.model_validate(STILL), SIZE, 0).single(scene())
    changed = Augmenter(strength, SIZE, 0).single(scene())
    np.testing.assert_allclose(changed.boxes, plain.boxes, atol=1e-3)
    assert np.abs(changed.image.astype(int) - plain.image).mean() > 5


@pytest.mark.parametrize(
    ("box", "min_visible", "expected"),
    [
        ((10, 10, 30, 30), 0.5, (10, 10, 30, 30)),
        ((-10, 10, 10, 30), 0.5, (0, 10, 10, 30)),
        ((-10, 10, 10, 30), 0.6, None),
        ((90, 90, 130, 130), 0.01, (90, 90, 100, 100)),
        ((120, 10, 130, 20), 0.0, None),
    ],
)
def test_boxes_are_cut_off_at_a_window(box, min_visible, expected):
    kept, clipped = clip_boxes(np.array([box], np.float32), (0, 0, 100, 100), min_visible)
    assert kept.tolist() == [expected is not None]
    if expected is not None:
        np.testing.assert_allclose(clipped, [expected])


@pytest.mark.parametrize("mosaic", [False, True])
def test_ignored_regions_stay_what_they_are(mosaic):
    sample = replace(
        scene(),
        boxes=np.array([[70, 40, 130, 80], [10, 20, 60, 100]], np.float32),
        class_ids=np.array([3, IGNORED]),
    )
    augmenter = Augmenter(Augmentation.model_validate({**STILL, "min_visible": 0}), SIZE, 5)
    changed = augmenter.mosaic([sample] * 4) if mosaic else augmenter.single(sample)
    assert changed.class_ids.dtype == np.int64
    assert set(changed.class_ids.tolist()) == {3, IGNORED}
    # The region is the taller of the two and left of the object.
    if not mosaic:
        np.testing.assert_allclose(
            changed.boxes[changed.class_ids == IGNORED], [[8, 48, 48, 112]], atol=1
        )


@pytest.mark.parametrize("mosaic", [False, True])
def test_of_an_ignored_region_any_part_stays(mosaic):
    """What is left of it in view is as unknown as the whole was."""
    whole = np.array([[0, 0, SIZE, SIZE]], np.float32)
    sample = Sample(np.zeros((SIZE, SIZE, 3), np.uint8), whole, np.array([IGNORED]))
    strength = {**STILL, "scale": (1, 3), "mirror": 0.5, "min_visible": 0.9}
    for seed in range(5):
        augmenter = Augmenter(Augmentation.model_validate(strength), SIZE, seed)
        changed = augmenter.mosaic([sample] * 4) if mosaic else augmenter.single(sample)
        assert set(changed.class_ids.tolist()) == {IGNORED}
        covered = np.zeros((SIZE, SIZE), bool)
        for left, top, right, bottom in changed.boxes.round().astype(int):
            covered[top:bottom, left:right] = True
        assert covered.all()
        assert changed.boxes.min() == 0
        assert changed.boxes.max() == SIZE


def test_an_ignored_region_follows_what_it_is_around():
    ignored = replace(scene(), class_ids=np.array([IGNORED]))
    strength = Augmentation(mosaic=0, mirror=0.5, rotate_degrees=20, perspective=0)
    for seed in range(20):
        found, expected = (
            Augmenter(strength, SIZE, seed).single(one).boxes for one in (ignored, scene())
        )
        if len(expected):
            np.testing.assert_allclose(found, expected, atol=3)
