"""A detector of traffic objects on sets with other labels: the toy finds red squares exactly."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from cli.main import main
from tests.training.toy_detector import SIDE, write_toy_detector
from training.boxes.evaluate import evaluate
from training.boxes.evaluate_settings import Part
from training.detection.evaluate_settings import EvaluateSettings
from training.errors import TrainingError

QUARTERS = ((4, 4), (36, 4), (4, 36), (36, 36))
BOX = 20
CAR, TAXI, VAN, BUS = range(4)
NOTHING = -1
STREET = {"car": CAR, "taxi": TAXI, "van": VAN, "bus": BUS}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """It takes every red square for a car, and never finds a bus."""
    return write_toy_detector(tmp_path / "toy.onnx", task="detection", labels=("car", "bus"))


@pytest.fixture
def class_map(tmp_path: Path) -> Path:
    path = tmp_path / "map.yaml"
    path.write_text("classes:\n  car: [Car, taxi]\n  bus: [bus]\nignore: [van]\n")
    return path


@pytest.fixture
def write_set(tmp_path: Path):
    def write(name: str, names: list[str], *pictures: list[int]) -> Path:
        """Pictures with red squares in the first quarters, labelled by these class ids."""
        folder = tmp_path / name
        (folder / "val").mkdir(parents=True)
        (folder / "classes.txt").write_text("\n".join(names))
        for number, class_ids in enumerate(pictures):
            picture = np.full((SIDE, SIDE, 3), 40 * number, np.uint8)
            lines = []
            for quarter, class_id in enumerate(class_ids):
                left, top = QUARTERS[quarter]
                picture[top : top + BOX, left : left + BOX] = (0, 0, 255 - quarter)
                if class_id != NOTHING:
                    x, y, size = (left + BOX / 2) / SIDE, (top + BOX / 2) / SIDE, BOX / SIDE
                    lines.append(f"{class_id} {x} {y} {size} {size}\n")
            cv2.imwrite(str(folder / "val" / f"{number}.png"), picture)
            (folder / "val" / f"{number}.txt").write_text("".join(lines))
        return folder / "val"

    return write


@pytest.fixture
def run(model: Path, class_map: Path, tmp_path: Path):
    """Evaluates with the map, and gives the figures by set."""

    def evaluate_on(*data: Path, **changes):
        given = {"model": model, "classes": class_map, "output": tmp_path / "out", **changes}
        return evaluate(EvaluateSettings(data=list(data), **given), "detection").scores

    return evaluate_on


@pytest.mark.parametrize(
    ("pictures", "count", "expected"),
    [
        # A taxi is a car; a car found in a van is neither right nor wrong.
        ([[CAR, TAXI], [VAN]], [], (1.0, {"car": 2, "bus": 0})),
        # What is labelled as nothing is a false alarm, and so is a car in place of a bus ...
        ([[CAR, NOTHING]], [], (1 / 2, {"car": 1, "bus": 0})),
        ([[CAR, BUS, TAXI]], [], (2 / 3, {"car": 2, "bus": 1})),
        # ... unless buses do not count.
        ([[CAR, BUS, TAXI]], ["car"], (1.0, {"car": 2})),
    ],
)
def test_a_class_map_and_what_counts(pictures, count, expected, write_set, run) -> None:
    scores = run(write_set("street", list(STREET), *pictures), count=count)["street/val"]
    assert scores.precision == pytest.approx(expected[0])
    assert {label: part.truths for label, part in scores.by_class.items()} == expected[1]


def test_a_class_that_a_set_has_no_name_for_is_not_counted_there(write_set, run) -> None:
    with_buses = write_set("street", list(STREET), [CAR, BUS])
    without = write_set("lane", ["car"], [CAR])
    scores = run(with_buses, without)
    assert scores["street/val"].ap50 == pytest.approx(0.5)
    assert scores["lane/val"].ap50 == pytest.approx(1)
    assert set(scores["lane/val"].by_class) == {"car"}


def test_what_counted_and_the_ignored_regions_are_written(
    write_set, run, class_map, tmp_path
) -> None:
    run(write_set("street", list(STREET), [CAR, VAN]), count=["bus", "car"])
    about = json.loads((tmp_path / "out" / "scores.json").read_text())
    assert (about["classes"], about["count"]) == (str(class_map), ["bus", "car"])
    truth = json.loads((tmp_path / "out" / "street_val" / "truth.json").read_text())
    assert [
        (entry["category_id"], entry["bbox"][0], entry["iscrowd"]) for entry in truth["annotations"]
    ] == [(1, 4, 0), (1, 36, 1), (2, 36, 1)]
    assert [entry["name"] for entry in truth["categories"]] == ["car", "bus"]


def test_without_a_map_the_models_names_are_looked_for(write_set, run) -> None:
    data = write_set("street", list(STREET), [CAR, TAXI])
    # The box of the taxi is left away: the car found there is a false alarm.
    assert run(data, classes=None)["street/val"].precision == 0.5


@pytest.mark.parametrize(
    ("part", "images", "recall"), [("all", 5, 3 / 5), ("validation", 2, 1 / 2)]
)
def test_what_training_validates_on(part: Part, images: int, recall: float, write_set, run) -> None:
    """Three pictures to train on and two for validation; in one of each the car is dark."""
    data = write_set("street", list(STREET), [CAR], [CAR])
    train = write_set("other", list(STREET), [CAR], [CAR], [CAR]).rename(data.parent / "train")
    for path in (data / "1.png", train / "0.png"):
        cv2.imwrite(str(path), np.zeros((SIDE, SIDE, 3), np.uint8))
    scores = run(data.parent, part=part)["street"]
    assert (scores.images, scores.recall) == (images, pytest.approx(recall))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "classes: {bus: [bus], car: [car, taxi, van]}",
            "expected the model's classes in its order, car, bus, got bus, car; give the map it",
        ),
        ("classes: {car: [car], bus: [bus]}", "expected names that stand in .* got taxi, van; add"),
    ],
)
def test_maps_that_do_not_fit(content, message, write_set, run, class_map) -> None:
    class_map.write_text(content)
    with pytest.raises(TrainingError, match=message):
        run(write_set("street", list(STREET), [CAR]))


def test_the_command_takes_the_map_of_the_shipped_model(
    write_set, tmp_path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = write_toy_detector(
        tmp_path / "roads.onnx",
        task="detection",
        labels=("car", "truck", "bus", "motorcycle", "bicycle", "three_wheeler", "person"),
    )
    data = write_set("street", ["suv", "rickshaw", "ambulance"], [0, 2, 1])
    words = ["evaluate", "detection", str(data), "--model", str(model)]
    assert main([*words, "--output", str(tmp_path / "out"), "--count", "car,truck"]) == 0
    printed = capsys.readouterr().out
    (row,) = [line for line in printed.splitlines() if line.strip().startswith("street/val ")]
    assert row.split() == ["street/val", "1", "1", "1.0000", "1.0000", "1.0000", "1.0000"]
    assert main([*words, "--count", "car,tram"]) == 1
    assert "expected classes to count out of car, truck" in capsys.readouterr().err
