"""What is written in a format is read as it was."""

from __future__ import annotations

import contextlib
import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from training.boxes.convert import write_parts
from training.boxes.dataset import IGNORED, BoxDataset, LabelledImage
from training.boxes.reading import read_parts
from training.boxes.settings import LabelFormat
from training.errors import TrainingError
from training.labelled.faults import LabelError

LABELS = ("plate", "number plate", "xe máy")
DrawSet = Callable[..., BoxDataset]


@pytest.fixture
def draw_set(tmp_path: Path) -> DrawSet:
    """A set of pictures of different sizes with boxes anywhere; every fourth has none."""

    def draw(name: str, count: int = 8, seed: int = 0) -> BoxDataset:
        rng = np.random.default_rng(seed)
        images = []
        for number in range(count):
            width, height = (int(side) for side in rng.integers(40, 400, 2))
            path = tmp_path / name / f"{name} {number}.png"
            path.parent.mkdir(exist_ok=True)
            assert cv2.imwrite(str(path), rng.integers(0, 255, (height, width, 3), np.uint8))
            boxes = int(number % 4)
            first = rng.uniform(0, 0.6, (boxes, 2))
            last = first + rng.uniform(0.1, 0.4, (boxes, 2))
            corners = np.concatenate([first, last], axis=1) * [width, height, width, height]
            images.append(
                LabelledImage(
                    path,
                    width,
                    height,
                    corners.astype(np.float32),
                    rng.integers(0, len(LABELS), boxes),
                )
            )
        return BoxDataset(name, LABELS, tuple(images))

    return draw


@pytest.mark.parametrize("to", list(LabelFormat))
@pytest.mark.parametrize("part_names", [("",), ("train", "val"), ("train", "val", "test")])
def test_round_trip(
    tmp_path: Path, draw_set: DrawSet, to: LabelFormat, part_names: tuple[str, ...]
) -> None:
    parts = {name: draw_set(f"in_{name}", seed=seed) for seed, name in enumerate(part_names)}
    output = tmp_path / "out"
    write_parts(parts, output, to)
    again = read_parts(output, "stop")
    if part_names == ("",) and to is LabelFormat.DARKNET:
        # darknet knows no set that is not divided.
        assert list(again) == ["train"]
        again = {"": again["train"]}
    assert list(again) == list(part_names)
    for name, dataset in parts.items():
        assert again[name].labels == LABELS
        for was, found in zip(dataset.images, again[name].images, strict=True):
            assert found.path != was.path
            assert found.path.read_bytes() == was.path.read_bytes()
            assert (found.width, found.height) == (was.width, was.height)
            assert found.class_ids.tolist() == was.class_ids.tolist()
            tolerance = 0.5 if to is LabelFormat.VOC else 0.01
            np.testing.assert_allclose(found.boxes, was.boxes, atol=tolerance)


def test_pycocotools_reads_what_is_written(tmp_path: Path, draw_set: DrawSet) -> None:
    from pycocotools.coco import COCO

    dataset = draw_set("in")
    write_parts({"": dataset}, tmp_path / "out", LabelFormat.COCO)
    coco = COCO(str(tmp_path / "out" / "instances.json"))
    assert [entry["name"] for entry in coco.loadCats(coco.getCatIds())] == list(LABELS)
    for image_id, image in zip(coco.getImgIds(), dataset.images, strict=True):
        found = coco.loadAnns(coco.getAnnIds(imgIds=[image_id]))
        expected = [[x, y, X - x, Y - y] for x, y, X, Y in image.boxes.tolist()]
        np.testing.assert_allclose(
            np.reshape([entry["bbox"] for entry in found], (-1, 4)),
            np.reshape(expected, (-1, 4)),
            atol=1e-4,
        )


def test_darknet_files(tmp_path: Path, draw_set: DrawSet) -> None:
    output = tmp_path / "out"
    write_parts({"train": draw_set("a", 2), "val": draw_set("b", 1)}, output, LabelFormat.DARKNET)
    assert (output / "obj.data").read_text() == (
        "classes = 3\ntrain = train.txt\nvalid = valid.txt\nnames = obj.names\nbackup = backup\n"
    )
    assert (output / "train.txt").read_text() == "obj/train/a 0.png\nobj/train/a 1.png\n"
    assert (output / "obj" / "val" / "b 0.txt").exists()


def test_voc_pixels_are_whole_and_boxes_never_vanish(tmp_path: Path, draw_set: DrawSet) -> None:
    picture = draw_set("in", 1).images[0]
    boxes = [[0.2, 0.2, 0.4, 0.4], [picture.width - 0.3, 3, picture.width, 7.6]]
    image = LabelledImage(
        picture.path, picture.width, picture.height, np.array(boxes, np.float32), np.zeros(2, int)
    )
    write_parts({"": BoxDataset("in", LABELS, (image,))}, tmp_path / "out", LabelFormat.VOC)
    found = read_parts(tmp_path / "out", "stop")[""].images[0].boxes
    width = picture.width
    assert found.tolist() == [[0, 0, 1, 1], [width - 1, 3, width, 8]]


def test_pictures_of_one_name_get_names_of_their_own(tmp_path: Path, draw_set: DrawSet) -> None:
    first = draw_set("in", 3)
    twin = tmp_path / "other" / "IN 1.png"
    twin.parent.mkdir()
    twin.write_bytes(first.images[1].path.read_bytes())
    image = first.images[1]
    double = LabelledImage(twin, image.width, image.height, image.boxes, image.class_ids)
    dataset = BoxDataset("in", LABELS, (*first.images, double))
    write_parts({"": dataset}, tmp_path / "out", LabelFormat.YOLO)
    names = sorted(path.name for path in (tmp_path / "out" / "images").iterdir())
    assert names == ["IN 1_2.png", "in 0.png", "in 1.png", "in 2.png"]


def test_linked_pictures_are_the_same_files(tmp_path: Path, draw_set: DrawSet) -> None:
    dataset = draw_set("in", 2)
    write_parts({"": dataset}, tmp_path / "out", LabelFormat.YOLO, link=True)
    for image in dataset.images:
        assert (tmp_path / "out" / "images" / image.path.name).samefile(image.path)


def test_nothing_is_written_over(tmp_path: Path, draw_set: DrawSet) -> None:
    output = tmp_path / "out"
    output.mkdir()
    (output / "mine.txt").write_text("keep")
    with pytest.raises(TrainingError, match="a new or an empty folder"):
        write_parts({"": draw_set("in", 1)}, output, LabelFormat.YOLO)
    assert [path.name for path in output.iterdir()] == ["mine.txt"]


DAMAGE = (
    b"nan",
    b"-1",
    b"1e309",
    b"\xff",
    b"\0",
    b"<",
    b"]",
    b'"',
    b"null",
    b"9" * 400,
    b"..",
    b"",
)


@pytest.mark.parametrize("to", list(LabelFormat))
def test_damage_anywhere_gives_good_boxes_or_a_label_error(
    tmp_path: Path, draw_set: DrawSet, to: LabelFormat
) -> None:
    output = tmp_path / "out"
    write_parts({"": draw_set("in", 4)}, output, to)
    files = sorted(path for path in output.rglob("*") if path.is_file())
    chance = random.Random(0)
    usable = 0
    for _ in range(80):
        path = chance.choice(files)
        whole = path.read_bytes()
        first = chance.randrange(len(whole) + 1)
        rest = first + chance.choice((0, 1, 5, 40))
        path.write_bytes(whole[:first] + chance.choice(DAMAGE) + whole[rest:])
        parts: dict[str, BoxDataset] = {}
        with contextlib.suppress(LabelError):
            parts = read_parts(output)
        for image in (image for part in parts.values() for image in part.images):
            usable += 1
            assert (image.boxes[:, :2] >= 0).all()
            assert (image.boxes[:, 2:] > image.boxes[:, :2]).all()
            assert (image.boxes[:, 2:] <= [image.width, image.height]).all()
        path.write_bytes(whole)
    # Most damage costs a picture, not the set.
    assert usable > 80


@pytest.mark.parametrize("to", list(LabelFormat))
def test_ignored_regions_are_written_as_such_or_refused(
    to: LabelFormat, draw_set: DrawSet, tmp_path: Path
) -> None:
    dataset = draw_set("in", 4)
    last = dataset.images[-1]
    class_ids = np.array([IGNORED, 0, 0])
    parts = {"": replace(dataset, images=(replace(last, class_ids=class_ids),))}
    if to is not LabelFormat.COCO:
        with pytest.raises(TrainingError, match=r"in 3\.png: .* got an ignored region"):
            write_parts(parts, tmp_path / "out", to)
        return
    write_parts(parts, tmp_path / "out", to)
    (content,) = (json.loads(path.read_text()) for path in (tmp_path / "out").glob("*.json"))
    crowds = [entry for entry in content["annotations"] if entry["iscrowd"]]
    assert [entry["category_id"] for entry in crowds] == [1, 2, 3]
    (image,) = read_parts(tmp_path / "out")[""].images
    assert image.class_ids.tolist() == [IGNORED, 0, 0]
    assert image.boxes == pytest.approx(last.boxes, abs=1e-3)
