"""``roadsight explore segmentation``: figures worked out by hand, and the files that it writes."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from cli.main import main
from tests.training.segmentation.drawn_scenes import LABELS, draw_scenes
from training.errors import TrainingError
from training.labelled.sheet import TILE_HEIGHT, TILE_WIDTH
from training.segmentation.dataset import MaskDataset
from training.segmentation.explore import explore
from training.segmentation.explore_settings import ExploreSettings
from training.segmentation.overlay_sheet import class_sheet, sample_sheet
from training.segmentation.reading import read_set
from training.segmentation.set_plots import classes_figure
from training.segmentation.statistics import set_figures

SIZE = (40, 20)
ROW = TILE_HEIGHT + 20


@pytest.fixture
def street(tmp_path: Path) -> Path:
    """Three pictures of three classes and an ignored one; ``b`` and ``twin`` look alike."""
    folder = tmp_path / "street"
    for inner in ("images", "masks"):
        (folder / inner).mkdir(parents=True)
    masks = {"a": (0, 0, 0, 0), "b": (0, 0, 1, 3), "twin": (1, 1, 1, 3)}
    for seed, (name, quarters) in enumerate(masks.items()):
        rng = np.random.default_rng(1 if name == "twin" else seed)
        coarse = rng.integers(0, 255, (5, 10, 3), np.uint8)
        picture = cv2.resize(coarse, SIZE, interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(folder / "images" / f"{name}.png"), picture)
        mask = np.repeat(np.array(quarters, np.uint8), 10)[None].repeat(20, axis=0)
        Image.fromarray(mask).save(folder / "masks" / f"{name}.png")
    Image.new("RGB", SIZE).save(folder / "images" / "unlabelled.png")
    (folder / "classes.txt").write_text("sky\nroad\ncar\nvoid\n")
    return folder


@pytest.fixture
def dataset(street: Path) -> MaskDataset:
    return read_set(street)


def test_figures(dataset: MaskDataset) -> None:
    figures = set_figures(dataset)
    assert (figures.pictures, figures.masks, figures.sizes) == (3, "index", {"40x20": 3})
    # Of twelve quarters two are void, six sky, four road.
    assert figures.pixel_share == pytest.approx({"sky": 0.6, "road": 0.4, "car": 0})
    assert figures.picture_share == pytest.approx({"sky": 2 / 3, "road": 2 / 3, "car": 0})
    assert figures.ignored_share == pytest.approx(1 / 6)
    assert figures.ignored == ("void",)
    assert figures.near_duplicates == [["b.png", "twin.png"]]
    assert figures.faults == {"no mask": 1}


def test_bars_show_the_shares(dataset: MaskDataset) -> None:
    figure = classes_figure("street", {"": set_figures(dataset)})
    pixels, pictures = figure.axes
    assert [bar.get_width() for bar in pixels.patches] == pytest.approx([60, 40, 0])
    assert [bar.get_width() for bar in pictures.patches] == pytest.approx([200 / 3, 200 / 3, 0])
    assert [label.get_text() for label in pixels.get_yticklabels()] == ["sky", "road", "car"]


def test_masks_are_laid_over_the_pictures(dataset: MaskDataset) -> None:
    drawn = sample_sheet(dataset, count=2, seed=0)
    # Two pictures and the legend.
    assert drawn.shape == (ROW, 3 * TILE_WIDTH, 3)
    names = [image.path.name for image in dataset.images]
    assert names == ["a.png", "b.png", "twin.png"]
    sheet = sample_sheet(dataset, count=99, seed=0)
    assert sheet.shape == (ROW, 4 * TILE_WIDTH, 3)
    # 40 x 20 is 320 x 160 on the tile, 40 rows down; half the picture, half the class's colour.
    tile = sheet[40:200, TILE_WIDTH : 2 * TILE_WIDTH].astype(int)
    picture = cv2.imread(str(dataset.images[1].path)).astype(int)
    expected = cv2.resize(picture.astype(np.uint8), (320, 160)).astype(int)
    for column, colour in ((40, (128, 128, 128)), (200, (128, 64, 128)[::-1]), (300, None)):
        found = tile[80, column]
        wanted = expected[80, column]
        if colour is not None:
            wanted = (wanted + np.array(colour)) / 2
        assert found == pytest.approx(wanted, abs=6)


def test_each_class_has_a_row_of_the_pictures_with_most_of_it(dataset: MaskDataset) -> None:
    drawn = class_sheet(dataset)
    assert drawn.shape == (4 * ROW, 5 * TILE_WIDTH, 3)

    def is_blank(row: int, column: int) -> bool:
        tile = drawn[row * ROW : (row + 1) * ROW, column * TILE_WIDTH : (column + 1) * TILE_WIDTH]
        return bool((tile == 255).all())

    blank = [[is_blank(row, column) for column in range(5)] for row in range(4)]
    assert blank == [
        [False, False, True, True, True],
        [False, False, True, True, True],
        [True] * 5,
        [False, True, True, True, True],
    ]
    # `twin` has more of road than `b`: it comes first, with its colour on the left.
    first = sample_sheet(dataset.select([2]), 1, 0)[:TILE_HEIGHT, :TILE_WIDTH]
    assert (drawn[ROW : ROW + TILE_HEIGHT, :TILE_WIDTH] == first).all()


def test_a_picture_that_is_gone_leaves_its_place_grey(dataset: MaskDataset) -> None:
    dataset.images[0].path.unlink()
    drawn = sample_sheet(dataset.select([0]), 1, 0)
    assert (drawn[:TILE_HEIGHT, :TILE_WIDTH] == 114).all()


def test_the_command(tmp_path: Path, street: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawn = draw_scenes(tmp_path / "drawn", train=3, val=2, kind="colour")
    output = tmp_path / "look"
    words = ["explore", "segmentation", str(drawn), str(street), "--output", str(output)]
    assert main(words) == 0
    pictures = {
        "drawn_classes.png", "drawn_train_sheet.png", "drawn_train_by_class.png",
        "drawn_val_sheet.png", "drawn_val_by_class.png", "street_classes.png", "street_sheet.png",
        "street_by_class.png",
    }  # fmt: skip
    assert {path.name for path in output.iterdir()} == {*pictures, "figures.json"}
    for name in pictures:
        picture = cv2.imread(str(output / name))
        assert picture is not None
        assert picture.std() > 10
    written = json.loads((output / "figures.json").read_text())
    assert list(written) == ["drawn/train", "drawn/val", "street"]
    assert written["drawn/val"]["pictures"] == 2
    assert list(written["drawn/val"]["pixel_share"]) == list(LABELS)
    assert [str(street / "images" / "unlabelled.png") in line for line in
            written["street"]["fault_lines"]] == [True]  # fmt: skip
    shown = capsys.readouterr().out
    assert "1 no mask" in shown
    assert "60.00%   67%" in shown


def test_what_is_refused(street: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(TrainingError, match="no set was given"):
        explore(ExploreSettings())
    with pytest.raises(TrainingError, match="two called street"):
        explore(ExploreSettings(data=[street, street], output=tmp_path / "look"))
    assert main(["explore", "segmentation", str(tmp_path / "nowhere")]) == 1
    assert "expected a folder with pictures and masks" in capsys.readouterr().err


def test_a_class_map_and_ignored_names_are_given(street: Path, tmp_path: Path) -> None:
    path = tmp_path / "map.yaml"
    path.write_text("classes:\n  way: [road]\n  other: [car, sky]\n")
    settings = ExploreSettings(data=[street], output=tmp_path / "look", class_map=path)
    assert explore(settings).figures["street"].pixel_share == pytest.approx(
        {"way": 0.4, "other": 0.6}
    )
    settings = ExploreSettings(data=[street], output=tmp_path / "look", ignore=["Sky"])
    found = explore(settings).figures["street"]
    # `a` shows nothing but sky, and is left out.
    assert found.pixel_share == pytest.approx({"road": 4 / 6, "car": 0, "void": 2 / 6})
    assert found.faults == {"no mask": 1, "all of it ignored": 1}
