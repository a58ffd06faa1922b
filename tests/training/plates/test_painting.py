"""Plates painted onto vehicles: where they lie, and what is known of the rest."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("keras")

from training.boxes.augmentation import Sample
from training.plates.drawn_plates import draw_plate
from training.plates.painting import paint_plates
from training.plates.targets import IGNORED

LABELS = ("car", "person")
CAR, PERSON = (60.0, 40.0, 260.0, 200.0), (280.0, 40.0, 330.0, 200.0)


def road(level: int = 90) -> Sample:
    image = np.full((240, 360, 3), level, np.uint8)
    return Sample(image, np.array([CAR, PERSON], np.float32), np.array([0, 1]))


def painted(seeds: range, cut_outs: list[np.ndarray] | None = None) -> list[Sample]:
    return [
        paint_plates(road(), LABELS, cut_outs or [], np.random.default_rng(seed)) for seed in seeds
    ]


def inside(box: np.ndarray, outer: np.ndarray, margin: float = 0) -> bool:
    return bool((box[:2] >= outer[:2] - margin).all() and (box[2:] <= outer[2:] + margin).all())


def test_a_plate_lies_on_the_vehicle_and_the_rest_of_it_is_unknown():
    plates = 0
    for sample in painted(range(40)):
        regions = sample.boxes[sample.class_ids == IGNORED]
        assert len(regions) == 1, "the person must not become a region"
        for box in sample.boxes[sample.class_ids == 0]:
            plates += 1
            # It may hang over a loosely drawn vehicle a little.
            assert inside(box, regions[0], margin=0.15 * (regions[0][2] - regions[0][0]))
    assert 25 <= plates <= 40


def test_only_the_plate_is_painted():
    compared = 0
    for sample in painted(range(40)):
        if sample.image.shape != (240, 360, 3) or sample.image[0, 0, 0] != 90:
            continue  # seen from closer, or by night
        changed = (np.abs(sample.image.astype(int) - 90) > 12).any(axis=2)
        rows, columns = np.nonzero(changed)
        for box in sample.boxes[sample.class_ids == 0]:
            compared += 1
            found = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
            np.testing.assert_allclose(found, box, atol=5)
    assert compared > 5


def test_cut_out_plates_are_used_as_well_as_drawn_ones():
    magenta = np.full((40, 60, 3), (255, 0, 255), np.uint8)
    with_magenta = 0
    for sample in painted(range(40), [magenta]):
        blue, green, red = (sample.image[..., n].astype(int) for n in range(3))
        with_magenta += bool(((blue - green > 60) & (red - green > 60)).sum() > 30)
    assert 6 <= with_magenta <= 26


def test_a_small_vehicle_bears_no_plate_but_is_unknown():
    image = np.full((240, 360, 3), 90, np.uint8)
    far = Sample(image, np.array([[100, 100, 118, 112]], np.float32), np.array([0]))
    for seed in range(10):
        sample = paint_plates(far, LABELS, [], np.random.default_rng(seed))
        assert sample.class_ids.tolist() == [IGNORED]


def test_the_same_seed_paints_the_same():
    for a, b in zip(painted(range(5)), painted(range(5)), strict=True):
        np.testing.assert_array_equal(a.image, b.image)
        np.testing.assert_array_equal(a.boxes, b.boxes)


def test_the_scene_itself_is_left_alone():
    scene = road()
    paint_plates(scene, LABELS, [], np.random.default_rng(0))
    assert (scene.image == 90).all()


def test_drawn_plates_are_of_many_shapes_and_colours():
    plates = [draw_plate(np.random.default_rng(seed)) for seed in range(60)]
    aspects = np.array([plate.shape[1] / plate.shape[0] for plate in plates])
    assert aspects.min() < 1.6
    assert aspects.max() > 4
    grounds = {
        tuple(int(v) // 32 for v in np.median(plate.reshape(-1, 3), axis=0)) for plate in plates
    }
    assert len(grounds) >= 5
    for plate in plates:
        # There is something written on it.
        assert plate.std() > 8
