"""Sets as labelling tools and dataset sites leave them: folders, names, oddities that are fine."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from training.boxes.dataset import IGNORED
from training.boxes.reading import read_dataset, read_parts
from training.labelled.faults import LabelError

LINE = "0 0.5 0.5 0.2 0.4\n"
BOX = [40, 15, 60, 35]
XML = (
    "<annotation><object><name>plate</name><bndbox><xmin>40</xmin><ymin>15</ymin>"
    "<xmax>60</xmax><ymax>35</ymax></bndbox></object></annotation>"
)


def draw(path: Path, width: int = 100, height: int = 50) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.full((height, width, 3), 90, np.uint8))


def fill(folder: Path, files: dict[str, str]) -> Path:
    """Pictures are drawn, other files get their text."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix in (".png", ".jpg", ".JPG"):
            draw(path)
        else:
            path.write_text(text)
    return folder


COCO = json.dumps(
    {
        "images": [{"id": 7, "file_name": "a.png", "width": 100, "height": 50}],
        "annotations": [{"id": 1, "image_id": 7, "category_id": 1, "bbox": [40, 15, 20, 20]}],
        "categories": [{"id": 1, "name": "plate"}],
    }
)


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"images/a.png": "", "labels/a.txt": LINE}, id="yolo"),
        pytest.param({"images/a.JPG": "", "labels/a.txt": LINE}, id="yolo, capital ending"),
        pytest.param({"a.png": "", "a.txt": LINE, "classes.txt": "plate\n"}, id="labelImg, yolo"),
        pytest.param({"images/a.png": "", "images/a.txt": LINE}, id="yolo, txt in images"),
        pytest.param(
            {"a.png": "", "a.txt": LINE, "project.xml": "<project/>"}, id="yolo, another XML"
        ),
        pytest.param(
            {"images/train/a.png": "", "labels/train/a.txt": LINE, "data.yaml": "names: [plate]"},
            id="ultralytics",
        ),
        pytest.param(
            {
                "train/images/a.png": "",
                "train/labels/a.txt": LINE,
                "data.yaml": "nc: 1\nnames: {0: plate}\n",
                "README.roboflow.txt": "words",
            },
            id="roboflow, yolo",
        ),
        pytest.param({"a.png": "", "a.xml": XML}, id="labelImg, voc"),
        pytest.param({"images/a.png": "", "annotations/a.xml": XML}, id="kaggle, voc"),
        pytest.param({"JPEGImages/a.png": "", "Annotations/a.xml": XML}, id="voc"),
        pytest.param({"valid/a.png": "", "valid/a.xml": XML}, id="roboflow, voc"),
        pytest.param(
            {
                "obj.data": "classes=1\ntrain = data/train.txt\nnames = data/obj.names\n"
                "valid = data/train.txt\nbackup = backup/\n",
                "obj.names": "plate\n",
                "train.txt": "data/obj/a.png\n",
                "obj/a.png": "",
                "obj/a.txt": LINE,
            },
            id="darknet, paths from its own folder",
        ),
        pytest.param(
            {
                "my.data": "train = C:\\yolo\\set\\list.txt\n",
                "list.txt": "C:\\yolo\\set\\images\\a.png\r\n",
                "images/a.png": "",
                "labels/a.txt": LINE,
            },
            id="darknet, paths of another machine",
        ),
        pytest.param(
            {"annotations/instances_train2017.json": COCO, "train2017/a.png": ""}, id="coco"
        ),
        pytest.param(
            {"train/_annotations.coco.json": COCO, "train/a.png": ""}, id="roboflow, coco"
        ),
        pytest.param({"annotations.json": COCO, "images/a.png": ""}, id="coco, plain"),
    ],
)
def test_one_picture_in_every_layout(tmp_path: Path, files: dict[str, str]) -> None:
    dataset = read_dataset(fill(tmp_path, files), labels=("plate",))
    assert not dataset.faults
    assert dataset.labels == ("plate",)
    (image,) = dataset.images
    assert (image.width, image.height) == (100, 50)
    assert image.path.stem == "a"
    np.testing.assert_allclose(image.boxes, [BOX], atol=1e-4)
    assert image.class_ids.tolist() == [0]


@pytest.mark.parametrize(
    "text",
    [
        LINE.replace("\n", "\r\n"),
        "\ufeff" + LINE,
        LINE.replace(" ", "\t"),
        "   " + LINE.replace(" ", "   ") + "  \n\n",
        LINE.strip(),
        LINE.strip() + " 0.93\n",
        "0.000000e+00 5.0e-01 0.5 2e-1 0.4\n",
    ],
    ids=["Windows", "BOM", "tabs", "spaces", "no line end", "score", "floats"],
)
def test_oddities_that_are_fine(tmp_path: Path, text: str) -> None:
    fill(tmp_path, {"a.png": ""})
    (tmp_path / "a.txt").write_text(text, encoding="utf-8", newline="")
    dataset = read_dataset(tmp_path, "stop")
    np.testing.assert_allclose(dataset.images[0].boxes, [BOX], atol=1e-4)


@pytest.mark.parametrize(
    ("line", "box", "faults"),
    [
        # Half a pixel over the right edge: rounding.
        ("0 0.905 0.5 0.2 0.4", [80.5, 15, 100, 35], 0),
        ("0 0.907 0.5 0.2 0.4", [80.7, 15, 100, 35], 1),
        # At the edges exactly, and over them by the sixth decimal.
        ("0 0.5 0.5 1 1", [0, 0, 100, 50], 0),
        ("0 0.5 0.5 1.000001 1.000001", [0, 0, 100, 50], 0),
        ("0 0 0 0.2 0.4", [0, 0, 10, 10], 1),
    ],
)
def test_boxes_at_the_edge_are_clipped(
    tmp_path: Path, line: str, box: list[float], faults: int
) -> None:
    dataset = read_dataset(fill(tmp_path, {"a.png": "", "a.txt": line}))
    np.testing.assert_allclose(dataset.images[0].boxes, [box], atol=1e-4)
    assert len(dataset.faults) == faults


def test_of_large_pictures_a_share_counts_as_rounding(tmp_path: Path) -> None:
    draw(tmp_path / "a.png", width=1000, height=10)
    (tmp_path / "a.txt").write_text("0 0.9519 0.5 0.1 0.5")
    assert not read_dataset(tmp_path).faults
    (tmp_path / "a.txt").write_text("0 0.9521 0.5 0.1 0.5")
    assert len(read_dataset(tmp_path).faults) == 1


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_sizes_are_those_of_the_upright_picture(
    tmp_path: Path, orientation: int, suffix: str
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"a{suffix}"
    Image.new("RGB", (100, 50), (9, 99, 200)).save(path, exif=exif)
    (tmp_path / "a.txt").write_text(LINE)
    image = read_dataset(tmp_path).images[0]
    upright = cv2.imread(str(path))
    assert upright is not None
    assert (image.height, image.width) == upright.shape[:2]
    assert (image.width, image.height) == ((100, 50) if orientation < 5 else (50, 100))


NAMED = {"a.png": "", "a.txt": "1 .5 .5 .2 .4\n0 .2 .2 .1 .1\n2 .8 .8 .1 .1\n"}


@pytest.mark.parametrize(
    ("files", "labels", "expected", "class_ids"),
    [
        ({}, None, ("class_0", "class_1", "class_2"), [1, 0, 2]),
        ({}, ("x", "y", "z"), ("x", "y", "z"), [1, 0, 2]),
        ({"classes.txt": "car\nplate\nbus\n"}, None, ("car", "plate", "bus"), [1, 0, 2]),
        ({"obj.names": "car\nplate\nbus"}, None, ("car", "plate", "bus"), [1, 0, 2]),
        ({"_darknet.labels": "car\nplate\nbus"}, None, ("car", "plate", "bus"), [1, 0, 2]),
        ({"data.yaml": "names:\n- car\n- plate\n- bus\n"}, ("plate",), ("plate",), [0]),
        ({"classes.txt": "car\nplate\nbus"}, ("bus", "car"), ("bus", "car"), [1, 0]),
    ],
)
def test_names_of_classes(
    tmp_path: Path,
    files: dict[str, str],
    labels: tuple[str, ...] | None,
    expected: tuple[str, ...],
    class_ids: list[int],
) -> None:
    dataset = read_dataset(fill(tmp_path, NAMED | files), labels=labels)
    assert dataset.labels == expected
    assert dataset.images[0].class_ids.tolist() == class_ids


@pytest.mark.parametrize(
    "files",
    [
        {"a.png": "", "a.txt": LINE, "classes.txt": "number_plate"},
        {"a.png": "", "a.xml": XML.replace("plate", "bien so")},
        {"a.png": "", "instances.json": COCO.replace('"plate"', '"License_Plate"')},
    ],
)
def test_a_set_of_one_class_is_taken_for_the_one_that_is_wanted(
    tmp_path: Path, files: dict[str, str]
) -> None:
    dataset = read_dataset(fill(tmp_path, files), labels=("plate",))
    assert dataset.labels == ("plate",)
    assert dataset.images[0].class_ids.tolist() == [0]
    assert not dataset.faults


def test_a_part_finds_the_names_beside_it_and_another_folder_does_not(tmp_path: Path) -> None:
    files = {"classes.txt": "car\n"}
    for part in ("train", "street"):
        files |= {f"{part}/images/a.png": "", f"{part}/labels/a.txt": LINE}
    fill(tmp_path, files)
    train = read_dataset(tmp_path / "train")
    assert (train.name, train.labels) == (f"{tmp_path.name}/train", ("car",))
    other = read_dataset(tmp_path / "street")
    assert (other.name, other.labels) == ("street", ("class_0",))


def test_parts_are_read_apart_or_together(tmp_path: Path) -> None:
    files = {"data.yaml": "names: [plate]"}
    for folder, name in (("train", "b"), ("train", "c"), ("valid", "a"), ("test", "d")):
        files |= {f"{folder}/images/{name}.png": "", f"{folder}/labels/{name}.txt": LINE}
    fill(tmp_path, files)
    parts = read_parts(tmp_path)
    stems = {name: [image.path.stem for image in part.images] for name, part in parts.items()}
    assert stems == {
        "train": ["b", "c"],
        "val": ["a"],
        "test": ["d"],
    }
    assert list(parts) == ["train", "val", "test"]
    assert len(read_dataset(tmp_path)) == 4


def test_the_group_that_roboflow_adds_is_no_class(tmp_path: Path) -> None:
    content = json.loads(COCO)
    content["categories"] = [
        {"id": 0, "name": "plates", "supercategory": "none"},
        {"id": 1, "name": "License_Plate", "supercategory": "plates"},
    ]
    fill(tmp_path, {"a.png": "", "_annotations.coco.json": json.dumps(content)})
    assert read_dataset(tmp_path).labels == ("License_Plate",)
    assert read_dataset(tmp_path, labels=("plate",)).images[0].class_ids.tolist() == [0]
    content["annotations"][0]["category_id"] = 0
    fill(tmp_path, {"_annotations.coco.json": json.dumps(content)})
    assert read_dataset(tmp_path).labels == ("plates", "License_Plate")


def test_coco_pictures_without_an_object_are_kept(tmp_path: Path) -> None:
    content = json.loads(COCO) | {"annotations": []}
    dataset = read_dataset(fill(tmp_path, {"a.png": "", "instances.json": json.dumps(content)}))
    assert dataset.images[0].boxes.shape == (0, 4)
    assert not dataset.faults


def coco_with_a_crowd() -> str:
    content = json.loads(COCO)
    crowd = {"id": 2, "image_id": 7, "category_id": 1, "bbox": [0, 5, 30, 40], "iscrowd": 1}
    content["annotations"] += [crowd, crowd | {"id": 3}]
    return json.dumps(content)


def voc_with_a_difficult_one() -> str:
    return XML.replace(
        "</annotation>",
        "<object><name>plate</name><difficult>1</difficult><bndbox><xmin>0</xmin><ymin>5</ymin>"
        "<xmax>30</xmax><ymax>45</ymax></bndbox></object></annotation>",
    ).replace("<bndbox><xmin>40", "<difficult>0</difficult><bndbox><xmin>40")


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"a.png": "", "instances.json": coco_with_a_crowd()}, id="coco, twice"),
        pytest.param({"a.png": "", "a.xml": voc_with_a_difficult_one()}, id="voc"),
    ],
)
def test_what_the_format_does_not_judge_is_an_ignored_region(
    tmp_path: Path, files: dict[str, str]
) -> None:
    (image,) = (dataset := read_dataset(fill(tmp_path, files))).images
    assert dict(zip(image.class_ids.tolist(), image.boxes.tolist(), strict=True)) == {
        0: [40, 15, 60, 35],
        IGNORED: [0, 5, 30, 45],
    }
    assert not dataset.faults


def test_a_crowd_of_what_is_not_wanted_is_nothing(tmp_path: Path) -> None:
    content = json.loads(coco_with_a_crowd())
    content["categories"].append({"id": 2, "name": "car"})
    for crowd in content["annotations"][1:]:
        crowd["category_id"] = 2
    fill(tmp_path, {"a.png": "", "instances.json": json.dumps(content)})
    assert read_dataset(tmp_path, labels=("plate",)).images[0].class_ids.tolist() == [0]
    assert read_dataset(tmp_path).images[0].class_ids.tolist() == [0, IGNORED]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "expected pictures .* Found: nothing"),
        ({"notes.md": "", "a.png": ""}, "expected pictures .* Found: a.png, notes.md"),
        ({"labels/a.txt": LINE}, "expected pictures .* Found: labels"),
        ({"a.png": "", "b.txt": LINE}, "is named as its picture. Found: a.png, b.txt"),
        ({"a.png": "", "a.txt": "0 1"}, "none of its pictures can be used\n.*a.txt:1: expected 5"),
        ({"a.png": "", "a.txt": LINE, "classes.txt": "car\ncar"}, "a different name for every"),
        ({"a.png": "", "a.txt": LINE, "data.yaml": "names: 3"}, "expected `names:` with a list"),
        ({"a.png": "", "a.txt": LINE, "data.yaml": "a: [b"}, "expected YAML"),
        ({"a.png": "", "a.txt": LINE, "classes.txt": "car\nbus"}, "bus, without plate"),
        ({"a.data": "", "b.data": ""}, "one .data file, found a.data, b.data"),
        ({"a.data": "names = x\n"}, "it names x as names"),
        ({"a.data": "train = x\n"}, "it names x as train"),
        ({"a.data": "classes = 1\n"}, "expected `train = ...`"),
    ],
)
def test_what_is_no_set_is_told_plainly(
    tmp_path: Path, files: dict[str, str], message: str
) -> None:
    with pytest.raises(LabelError, match=f"(?s){message}"):
        read_dataset(fill(tmp_path, files), labels=("plate",))


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match="there is none"):
        read_dataset(tmp_path / "no")
