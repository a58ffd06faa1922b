from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from training.boxes.class_map import ClassMap
from training.boxes.contact_sheet import Tile, contact_sheet, draw_sample, find_extremes
from training.boxes.dataset import BoxDataset
from training.boxes.explore import explore
from training.boxes.mistakes_sheet import IGNORED_COLOUR
from training.boxes.reading import read_dataset
from training.boxes.settings import ExploreBoxesSettings
from training.boxes.statistics import Quantiles, set_figures
from training.errors import TrainingError
from vision.drawing import COLOURS

# Class, and x, y, width, height in pixels of a 400x200 picture.
BOXES = {
    "a": [(0, 10, 10, 20, 10), (1, 100, 50, 40, 40)],
    "b": [(0, 10, 10, 20, 10), (0, 200, 40, 100, 100)],
    "c": [],
    "d": [(0, 30, 60, 32, 32)],
    "twin": [(0, 30, 60, 32, 32)],
}


@pytest.fixture
def drawn(tmp_path: Path) -> Path:
    """Five pictures and a sixth without labels; ``d`` and ``twin`` look alike."""
    folder = tmp_path / "street"
    folder.mkdir()
    for seed, name in enumerate([*BOXES, "unlabelled"]):
        coarse = np.random.default_rng(3 if name == "twin" else seed).integers(
            0, 100, (10, 20, 3), np.uint8
        )
        picture = cv2.resize(coarse, (400, 200), interpolation=cv2.INTER_CUBIC)
        assert cv2.imwrite(str(folder / f"{name}.png"), picture)
    for name, boxes in BOXES.items():
        lines = [
            f"{class_id} {(x + w / 2) / 400} {(y + h / 2) / 200} {w / 400} {h / 200}\n"
            for class_id, x, y, w, h in boxes
        ]
        (folder / f"{name}.txt").write_text("".join(lines))
    (folder / "classes.txt").write_text("plate\ncar\n")
    return folder


def test_figures(drawn: Path) -> None:
    figures = set_figures(read_dataset(drawn), anchors=6, size=416)
    assert (figures.pictures, figures.boxes, figures.without_objects) == (5, 6, 1)
    assert figures.boxes_by_class == {"plate": 5, "car": 1}
    # 32 x 32 is medium by COCO's limits, 100 x 100 is large.
    assert figures.boxes_by_size == {"small": 2, "medium": 3, "large": 1}
    assert figures.faults == {"no label file": 1, "empty label file": 1}
    assert figures.near_duplicates == [["d.png", "twin.png"]]
    assert figures.width is not None
    assert figures.width.median == pytest.approx(32 / 400)
    assert figures.aspect == Quantiles(1, 1, pytest.approx(2))
    # Four different boxes, at 416 / 400 of their size.
    assert figures.anchors == [(20.8, 10.4), (33.3, 33.3), (41.6, 41.6), (104.0, 104.0)]
    assert figures.anchors_iou == pytest.approx(1)
    assert figures.yolov4_tiny_iou is not None
    assert 0.4 < figures.yolov4_tiny_iou < 0.8


def test_ignored_regions_are_no_boxes(drawn: Path, tmp_path: Path) -> None:
    path = tmp_path / "map.yaml"
    path.write_text("classes:\n  car: [car]\n  bus: [bus]\nignore: [plate]\n")
    dataset = ClassMap.read(path).apply(read_dataset(drawn))
    figures = set_figures(dataset, anchors=6, size=416)
    assert (figures.pictures, figures.boxes, figures.ignored, figures.without_objects) == (
        5, 1, 5, 4,
    )  # fmt: skip
    # No name of the set means a bus: none could be labelled.
    assert figures.boxes_by_class == {"car": 1}
    assert figures.boxes_by_size == {"small": 0, "medium": 1, "large": 0}
    assert figures.anchors == [(41.6, 41.6)]
    assert figures.aspect == Quantiles(1, 1, 1)
    assert {tile.words for tile in find_extremes(dataset)} == {
        f"{word}: 40x40 a.png" for word in ("smallest", "largest", "flattest", "tallest")
    }


def test_figures_of_a_set_without_boxes(drawn: Path) -> None:
    for name in BOXES:
        (drawn / f"{name}.txt").write_text("")
    figures = set_figures(read_dataset(drawn), anchors=6, size=416)
    assert (figures.boxes, figures.without_objects) == (0, 5)
    assert (figures.width, figures.aspect, figures.anchors_iou) == (None, None, None)
    assert figures.anchors == []
    assert find_extremes(read_dataset(drawn)) == []


@pytest.mark.parametrize("empty", [False, True])
def test_explore_writes_pictures_and_figures(
    drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], empty: bool
) -> None:
    if empty:
        for name in BOXES:
            (drawn / f"{name}.txt").write_text("")
    output = tmp_path / "look"
    report = explore(ExploreBoxesSettings(data=[drawn], output=output))
    expected = {"street_boxes.png", "street_sheet.png", "street_extremes.png", "figures.json"}
    assert {path.name for path in report.files} == expected - (
        {"street_extremes.png"} if empty else set()
    )
    for path in report.files:
        if path.suffix == ".png":
            picture = cv2.imread(str(path))
            assert picture is not None
            assert picture.std() > 10
    written = json.loads((output / "figures.json").read_text())["street"]
    assert written["pictures"] == 5
    assert written["fault_lines"][0].startswith(str(drawn / "unlabelled.png"))
    assert len(written["fault_lines"]) == (6 if empty else 2)
    shown = capsys.readouterr().out
    assert "street" in shown
    assert "1 no label file" in shown


def test_two_sets_of_one_name_are_refused(drawn: Path, tmp_path: Path) -> None:
    settings = ExploreBoxesSettings(data=[drawn, drawn], output=tmp_path / "look")
    with pytest.raises(TrainingError, match="two called street"):
        explore(settings)
    with pytest.raises(TrainingError, match="no set was given"):
        explore(ExploreBoxesSettings())


def test_the_sample_is_the_same_for_the_same_seed(drawn: Path) -> None:
    dataset = read_dataset(drawn)
    names = [
        tuple(tile.image.path.name for tile in draw_sample(dataset, 3, seed)) for seed in range(6)
    ]
    again = draw_sample(dataset, 3, 0)
    assert names[0] == tuple(tile.image.path.name for tile in again)
    assert len(set(names)) > 1
    assert len(draw_sample(dataset, 99, 0)) == len(dataset)


def test_extremes(drawn: Path) -> None:
    tiles = find_extremes(read_dataset(drawn), each=1)
    assert [tile.words for tile in tiles] == [
        "smallest: 20x10 a.png",
        "largest: 100x100 b.png",
        "flattest: 20x10 a.png",
        "tallest: 40x40 a.png",
    ]
    assert all(tile.image.boxes.shape == (1, 4) for tile in tiles)
    assert tiles[1].image.boxes.tolist() == [[200, 40, 300, 140]]


def test_boxes_are_drawn_where_they_are(drawn: Path) -> None:
    dataset = read_dataset(drawn)
    tiles = [tile for tile in draw_sample(dataset, 5, 0) if tile.image.path.name == "b.png"]
    sheet = contact_sheet(tiles, ("plate",))
    # 400x200 in a tile of 320x240: scaled by 0.8, 40 pixels down.
    left, top, right, bottom = 160, 40 + 32, 240, 40 + 112
    green = np.abs(sheet.astype(int) - COLOURS[0]).max(axis=2) <= 2
    assert green[top, left:right].mean() > 0.9
    assert green[top:bottom, left].mean() > 0.9
    assert not green[top + 5 : bottom - 5, left + 5 : right - 5].any()


def test_ignored_regions_are_grey_and_called_so(drawn: Path) -> None:
    (image,) = [one for one in read_dataset(drawn).images if one.path.name == "b.png"]
    boxes = image.boxes[1:]
    tiles = [Tile(replace(image, boxes=boxes, class_ids=np.array([ids]))) for ids in (-1, 0)]
    ignored, named = np.hsplit(contact_sheet(tiles, ("car", "bus")), 2)
    edge = (40 + 70, 240)
    assert tuple(ignored[edge]) == IGNORED_COLOUR
    assert tuple(named[edge]) == COLOURS[0]


def test_a_picture_that_is_gone_leaves_its_place_grey(
    make_dataset: Callable[..., BoxDataset],
) -> None:
    dataset = make_dataset([[0, 10, 10, 20, 20]], [])
    sheet = contact_sheet(draw_sample(dataset, 2, 0), dataset.labels)
    assert sheet.shape == (260, 640, 3)
    assert (sheet[:240] == 114).all()
