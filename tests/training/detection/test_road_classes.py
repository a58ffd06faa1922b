from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training.boxes.class_map import ClassMap
from training.boxes.dataset import IGNORED, BoxDataset, LabelledImage
from training.detection.road_classes import ROAD_CLASSES

CAR, TRUCK, BUS, MOTORCYCLE, BICYCLE, THREE_WHEELER, PERSON = range(7)

STREETS = {
    "ambulance": IGNORED, "army vehicle": TRUCK, "auto rickshaw": THREE_WHEELER,
    "bicycle": BICYCLE, "bus": BUS, "car": CAR, "garbagevan": TRUCK, "human hauler": IGNORED,
    "minibus": BUS, "minivan": IGNORED, "motorbike": MOTORCYCLE, "pickup": IGNORED,
    "policecar": CAR, "rickshaw": THREE_WHEELER, "scooter": MOTORCYCLE, "suv": CAR, "taxi": CAR,
    "three wheelers -CNG-": THREE_WHEELER, "truck": TRUCK, "van": IGNORED, "wheelbarrow": IGNORED,
}  # fmt: skip
HIGHWAY = {"bus": BUS, "car": CAR, "motorbike": MOTORCYCLE, "person": PERSON, "truck": TRUCK}


@pytest.mark.parametrize(
    ("name", "names", "unlabelled"),
    [
        ("road_bd/val", STREETS, {PERSON}),
        ("highway_id/val", HIGHWAY, {BICYCLE, THREE_WHEELER}),
        # As the model itself calls them.
        ("own", {label: number for number, label in enumerate(
            ("car", "truck", "bus", "motorcycle", "bicycle", "three_wheeler", "person")
        )}, set()),
    ],
)  # fmt: skip
def test_names_of_the_sets(name: str, names: dict[str, int], unlabelled: set[int]) -> None:
    left = 20 * np.arange(len(names), dtype=np.float32)
    boxes = np.stack([left, left * 0, left + 10, left * 0 + 10], axis=1)
    image = LabelledImage(Path("a.png"), 640, 480, boxes, np.arange(len(names)))
    mapped = ClassMap.read(ROAD_CLASSES).apply(BoxDataset(name, tuple(names), (image,)))
    assert mapped.labels == (
        "car", "truck", "bus", "motorcycle", "bicycle", "three_wheeler", "person",
    )  # fmt: skip
    assert mapped.images[0].class_ids.tolist() == list(names.values())
    assert mapped.unlabelled == unlabelled


def test_a_set_may_be_called_otherwise() -> None:
    """A copy of the streets under another name has no name for people either."""
    image = LabelledImage(Path("a.png"), 9, 9, np.zeros((0, 4), np.float32), np.zeros(0, np.int64))
    dataset = BoxDataset("road_bd", tuple(STREETS), (image,))
    class_map = ClassMap.read(ROAD_CLASSES)
    assert class_map.apply(replace(dataset, name="streets")).unlabelled == {PERSON}
