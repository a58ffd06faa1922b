"""Every kind of fault: one line that names file and fault, and the set goes on or stops."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from training.boxes.reading import read_dataset
from training.labelled.faults import Effect, Fault, FaultKind, LabelError, in_lines

WIDTH, HEIGHT = 100, 50
GOOD_LINE = "0 0.5 0.5 0.2 0.2"
EFFECTS = {
    FaultKind.EMPTY_LABEL_FILE: Effect.KEPT,
    FaultKind.OVER_THE_EDGE: Effect.REPAIRED,
    FaultKind.DUPLICATE: Effect.REPAIRED,
    FaultKind.SWAPPED_CORNERS: Effect.REPAIRED,
    FaultKind.LISTED_TWICE: Effect.REPAIRED,
}
"""Of the other kinds the picture is left out."""


def draw(path: Path, width: int = WIDTH, height: int = HEIGHT) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(0).integers(0, 255, (height, width, 3), np.uint8)
    assert cv2.imwrite(str(path), noise)


def check(
    folder: Path, fault: tuple[FaultKind, str, int | None, str], labels: Any = ("plate",)
) -> None:
    """Reads a set of good.png and bad.png with one fault, both ways."""
    kind, file_name, line, words = fault
    effect = EFFECTS.get(kind, Effect.LEFT_OUT)
    dataset = read_dataset(folder, labels=labels)
    assert [found.kind for found in dataset.faults] == [kind]
    found = dataset.faults[0]
    assert (found.effect, found.path.name, found.line) == (effect, file_name, line)
    assert words in found.message
    text = str(found)
    assert "\n" not in text
    assert str(found.path) in text
    names = [image.path.name for image in dataset.images]
    assert names == (["good.png"] if effect is Effect.LEFT_OUT else ["bad.png", "good.png"])
    if effect is Effect.KEPT:
        assert len(read_dataset(folder, "stop", labels)) == 2
    else:
        with pytest.raises(LabelError) as stopped:
            read_dataset(folder, "stop", labels)
        assert text in str(stopped.value)


# --- YOLO txt -----------------------------------------------------------------------------------


@pytest.fixture
def yolo(tmp_path: Path) -> Path:
    for name in ("good", "bad"):
        draw(tmp_path / "images" / f"{name}.png")
        (tmp_path / "labels").mkdir(exist_ok=True)
        (tmp_path / "labels" / f"{name}.txt").write_text(GOOD_LINE + "\n")
    return tmp_path


@pytest.mark.parametrize(
    ("content", "kind", "line", "words"),
    [
        ("", FaultKind.EMPTY_LABEL_FILE, None, "found none: a picture without objects"),
        (" \n\n", FaultKind.EMPTY_LABEL_FILE, None, "found none"),
        (f"{GOOD_LINE}\n0 .1 .1 .1\n", FaultKind.COLUMNS, 2, "5 columns"),
        ("0 .5 .5 .2 .2 .9 .9", FaultKind.COLUMNS, 1, "got 7"),
        ("0,0.5,0.5,0.2,0.2", FaultKind.COLUMNS, 1, "got 1"),
        ("0 .5 .5 .2 .2 90", FaultKind.COLUMNS, 1, "a score of 0 to 1 as sixth, got 90"),
        ("0 .5 x .2 .2", FaultKind.NOT_A_NUMBER, 1, "a number as y, got 'x'"),
        ("0 .5 .5 0,2 .2", FaultKind.NOT_A_NUMBER, 1, "a number as width, got '0,2'"),
        ("0 .5 .5 nan .2", FaultKind.NOT_FINITE, 1, "got 0 .5 .5 nan .2"),
        ("0 .5 .5 .2 inf", FaultKind.NOT_FINITE, 1, "finite"),
        ("0.5 .5 .5 .2 .2", FaultKind.CLASS_NOT_INTEGER, 1, "got 0.5"),
        ("plate .5 .5 .2 .2", FaultKind.CLASS_NOT_INTEGER, 1, "got 'plate'"),
        ("-1 .5 .5 .2 .2", FaultKind.CLASS_NEGATIVE, 1, "from 0 on, got -1"),
        ("1 .5 .5 .2 .2", FaultKind.UNKNOWN_CLASS, 1, "a class from 0 to 0, got 1"),
        ("0 1.3 .5 .2 .2", FaultKind.OVER_ONE, 1, "one over 1: 1.3 .5 .2 .2"),
        ("0 .5 .5 .2 1.01", FaultKind.OVER_ONE, 1, "one over 1"),
        ("0 .5 -.1 .2 .2", FaultKind.NEGATIVE, 1, "a negative one: .5 -.1 .2 .2"),
        ("0 .5 .5 0 .2", FaultKind.NO_AREA, 1, "over 0, got 0 and .2"),
        ("0 .5 .5 .2 -.2", FaultKind.NO_AREA, 1, "over 0, got .2 and -.2"),
        ("0 50 25 20 10", FaultKind.PIXELS, 1, "looks like pixels: 50 25 20 10"),
        ("0 .95 .5 .2 .2", FaultKind.OVER_THE_EDGE, 1, "100x50 pixels, got x 85 to 105"),
        (f"{GOOD_LINE}\n{GOOD_LINE}", FaultKind.DUPLICATE, 2, "each box once"),
        (b"0 .5 .5 .2 .2\n\xff\xfe", FaultKind.NOT_UTF8, 2, "the byte 0xff"),
        (GOOD_LINE.encode("utf-16"), FaultKind.NOT_UTF8, 1, "UTF-8"),
    ],
)
def test_yolo_lines(
    yolo: Path, content: str | bytes, kind: FaultKind, line: int | None, words: str
) -> None:
    data = content if isinstance(content, bytes) else content.encode()
    (yolo / "labels" / "bad.txt").write_bytes(data)
    check(yolo, (kind, "bad.txt", line, words))


def no_label_file(folder: Path) -> None:
    (folder / "labels" / "bad.txt").unlink()


def label_file_is_a_folder(folder: Path) -> None:
    no_label_file(folder)
    (folder / "labels" / "bad.txt").mkdir()


def no_picture(folder: Path) -> None:
    (folder / "images" / "bad.png").unlink()


def empty_picture(folder: Path) -> None:
    (folder / "images" / "bad.png").write_bytes(b"")


def text_as_picture(folder: Path) -> None:
    (folder / "images" / "bad.png").write_text("<html>404 not found</html>")


def broken_off_picture(folder: Path) -> None:
    path = folder / "images" / "bad.png"
    path.write_bytes(path.read_bytes()[:-2000])


@pytest.mark.parametrize(
    ("spoil", "kind", "file_name", "words"),
    [
        (no_label_file, FaultKind.NO_LABEL_FILE, "bad.png", "bad.txt, found none"),
        (label_file_is_a_folder, FaultKind.UNREADABLE_LABELS, "bad.txt", "that can be read"),
        (no_picture, FaultKind.NO_PICTURE, "bad.txt", "a picture of the same name"),
        (empty_picture, FaultKind.UNREADABLE_PICTURE, "bad.png", "a file of 0 bytes"),
        (text_as_picture, FaultKind.UNREADABLE_PICTURE, "bad.png", "a file of 26 bytes"),
        (broken_off_picture, FaultKind.BROKEN_PICTURE, "bad.png", "truncated"),
    ],
)
def test_files_of_a_yolo_set(
    yolo: Path, spoil: Callable[[Path], None], kind: FaultKind, file_name: str, words: str
) -> None:
    spoil(yolo)
    check(yolo, (kind, file_name, None, words))


def test_a_jpeg_that_breaks_off_is_found_although_opencv_reads_it(yolo: Path) -> None:
    path = yolo / "images" / "bad.jpg"
    (yolo / "images" / "bad.png").unlink()
    draw(path)
    path.write_bytes(path.read_bytes()[:-500])
    assert cv2.imread(str(path)) is not None
    check(yolo, (FaultKind.BROKEN_PICTURE, "bad.jpg", None, "truncated"))


def test_two_pictures_of_one_name_are_both_left_out(yolo: Path) -> None:
    draw(yolo / "images" / "bad.jpg")
    dataset = read_dataset(yolo)
    assert [(fault.kind, fault.path.name) for fault in dataset.faults] == [
        (FaultKind.SAME_NAME, "bad.jpg"),
        (FaultKind.SAME_NAME, "bad.png"),
    ]
    assert [image.path.name for image in dataset.images] == ["good.png"]


# --- PASCAL VOC ---------------------------------------------------------------------------------


def voc_xml(
    box: str = "<xmin>10</xmin><ymin>5</ymin><xmax>30</xmax><ymax>20</ymax>",
    name: str = "<name>plate</name>",
    size: str = "<size><width>100</width><height>50</height><depth>3</depth></size>",
    head: str = "",
) -> str:
    return (
        f"{head}<annotation>\n{size}\n<object>\n{name}<bndbox>{box}</bndbox>\n</object>\n"
        "</annotation>\n"
    )


def corners(*values: object) -> str:
    names = ("xmin", "ymin", "xmax", "ymax")
    return "".join(f"<{n}>{v}</{n}>" for n, v in zip(names, values, strict=True))


BOMB = '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>\n'
FILE_ENTITY = '<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]>\n'


@pytest.mark.parametrize(
    ("content", "kind", "line", "words"),
    [
        (
            voc_xml(corners(30, 20, 10, 5)),
            FaultKind.SWAPPED_CORNERS,
            3,
            "xmin < xmax and ymin < ymax, got 30 20 10 5",
        ),
        (
            voc_xml(corners(90, 5, 130, 20)),
            FaultKind.OVER_THE_EDGE,
            3,
            "100x50 pixels, got x 90 to 130, y 5 to 20",
        ),
        (voc_xml(corners(110, 5, 130, 20)), FaultKind.OUTSIDE, 3, "got x 110 to 130"),
        (voc_xml(corners(10, 5, 10, 20)), FaultKind.NO_AREA, 3, "got x 10 to 10"),
        (voc_xml(corners(10, "a", 10, 20)), FaultKind.NOT_A_NUMBER, 3, "got 10 a 10"),
        (voc_xml(corners(10, 5, "NaN", 20)), FaultKind.NOT_FINITE, 3, "10 5 NaN 20"),
        (
            voc_xml(name="<name>plat</name>"),
            FaultKind.UNKNOWN_CLASS,
            3,
            "one of plate, got 'plat'",
        ),
        (voc_xml(name=""), FaultKind.MISSING_ELEMENT, 3, "without name"),
        (voc_xml("<xmin>3</xmin>"), FaultKind.MISSING_ELEMENT, 3, "ymin, xmax, ymax"),
        (
            voc_xml(size="<size><width>50</width><height>100</height></size>"),
            FaultKind.OTHER_SIZE,
            2,
            "size of 100x50, got 50x100",
        ),
        (voc_xml()[:-30], FaultKind.MALFORMED_XML, 4, "well-formed XML"),
        ("", FaultKind.MALFORMED_XML, 1, "Document is empty"),
        (voc_xml(head=BOMB), FaultKind.XML_ENTITIES, None, "document type"),
        (
            voc_xml(head=FILE_ENTITY, name="<name>&f;</name>"),
            FaultKind.XML_ENTITIES,
            None,
            "document type",
        ),
        (
            "<annotation></annotation>",
            FaultKind.EMPTY_LABEL_FILE,
            None,
            "a picture without objects",
        ),
    ],
)
def test_voc_files(
    tmp_path: Path, content: str, kind: FaultKind, line: int | None, words: str
) -> None:
    for name, text in (("good", voc_xml()), ("bad", content)):
        draw(tmp_path / f"{name}.png")
        (tmp_path / f"{name}.xml").write_text(text)
    check(tmp_path, (kind, "bad.xml", line, words))


@pytest.mark.parametrize("size", ["", "<size><width>0</width><height>0</height></size>"])
def test_voc_without_a_size_is_fine(tmp_path: Path, size: str) -> None:
    draw(tmp_path / "a.png")
    (tmp_path / "a.xml").write_text(voc_xml(size=size))
    assert not read_dataset(tmp_path).faults


def test_swapped_corners_are_put_right(tmp_path: Path) -> None:
    draw(tmp_path / "a.png")
    (tmp_path / "a.xml").write_text(voc_xml(corners(30, 20, 10, 5)))
    assert read_dataset(tmp_path).images[0].boxes.tolist() == [[10, 5, 30, 20]]


# --- darknet ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("listed", "kind", "line", "words"),
    [
        ("obj/good.png\nobj/bad.jpg\n", FaultKind.NO_PICTURE, 2, "got obj/bad.jpg"),
        ("obj/good.png\n" + "bad/" * 2000, FaultKind.NO_PICTURE, 2, "got bad/bad"),
        (
            "obj/good.png\nobj/bad.png\n\nobj/good.png\n",
            FaultKind.LISTED_TWICE,
            4,
            "good.png again",
        ),
    ],
)
def test_darknet_lists(tmp_path: Path, listed: str, kind: FaultKind, line: int, words: str) -> None:
    for name in ("good", "bad"):
        draw(tmp_path / "obj" / f"{name}.png")
        (tmp_path / "obj" / f"{name}.txt").write_text(GOOD_LINE)
    (tmp_path / "train.txt").write_text(listed)
    (tmp_path / "obj.data").write_text("classes = 1\ntrain = train.txt\n")
    check(tmp_path, (kind, "train.txt", line, words))


# --- COCO ---------------------------------------------------------------------------------------


def coco_content() -> dict[str, list[dict[str, Any]]]:
    return {
        "images": [
            {"id": number, "file_name": f"{name}.png", "width": 100, "height": 50}
            for number, name in ((1, "good"), (2, "bad"))
        ],
        "annotations": [
            {"id": number, "image_id": number, "category_id": 3, "bbox": [10, 5, 20, 10]}
            for number in (1, 2)
        ],
        "categories": [{"id": 3, "name": "plate"}],
    }


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"bbox": [1, 2, 3]}, FaultKind.MISSING_KEY, "annotation 1: bbox.3"),
        ({"bbox": [1, 2, 3, 4, 5]}, FaultKind.COLUMNS, "annotation 1: bbox"),
        ({"bbox": [1, 2, "a", 4]}, FaultKind.NOT_A_NUMBER, "annotation 1: bbox.2"),
        ({"bbox": [1, 2, float("nan"), 4]}, FaultKind.NOT_FINITE, "finite number"),
        ({"bbox": [1, 2, 0, 4]}, FaultKind.NO_AREA, "annotation 1: expected a box with an area"),
        ({"bbox": [90, 2, 20, 4]}, FaultKind.OVER_THE_EDGE, "got x 90 to 110"),
        (
            {"category_id": 4},
            FaultKind.UNKNOWN_CLASS,
            "annotation 1: expected one of plate, got 'category 4'",
        ),
        ({"category_id": None}, FaultKind.NOT_A_NUMBER, "annotation 1: category_id"),
    ],
)
def test_coco_annotations(
    tmp_path: Path, change: dict[str, Any], kind: FaultKind, words: str
) -> None:
    content = coco_content()
    content["annotations"][1] |= change
    write_coco_set(tmp_path, content)
    check(tmp_path, (kind, "instances.json", None, words))


@pytest.mark.parametrize(
    ("place", "change", "kind", "words"),
    [
        ("images", {"file_name": "no.png"}, FaultKind.NO_PICTURE, "image 1: expected a picture"),
        ("images", {"width": 50}, FaultKind.OTHER_SIZE, "size of 100x50, got 50x50"),
    ],
)
def test_coco_images(
    tmp_path: Path, place: str, change: dict[str, Any], kind: FaultKind, words: str
) -> None:
    content = coco_content()
    content[place][1] |= change
    write_coco_set(tmp_path, content)
    check(tmp_path, (kind, "instances.json", None, words))


@pytest.mark.parametrize(
    "entry", [{"id": 3, "file_name": "bad.png"}, {"id": 2, "file_name": "third.png"}]
)
def test_coco_entries_that_share_an_id_or_a_picture_are_left_out(
    tmp_path: Path, entry: dict[str, Any]
) -> None:
    content = coco_content()
    content["images"].append(entry)
    draw(tmp_path / "third.png")
    write_coco_set(tmp_path, content)
    dataset = read_dataset(tmp_path)
    assert [fault.kind for fault in dataset.faults] == [FaultKind.SAME_NAME]
    assert "image 2: expected an id and a picture of its own" in dataset.faults[0].message
    assert [image.path.name for image in dataset.images] == ["good.png"]


def test_coco_annotation_of_no_image(tmp_path: Path) -> None:
    content = coco_content()
    content["annotations"].append({"image_id": 9, "category_id": 3, "bbox": [1, 1, 5, 5]})
    write_coco_set(tmp_path, content)
    dataset = read_dataset(tmp_path)
    assert [fault.kind for fault in dataset.faults] == [FaultKind.UNKNOWN_PICTURE]
    assert "annotation 2" in dataset.faults[0].message
    assert len(dataset) == 2


def write_coco_set(folder: Path, content: Any) -> None:
    for name in ("good", "bad"):
        draw(folder / f"{name}.png")
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / "instances.json").write_text(text)


@pytest.mark.parametrize(
    ("text", "kind", "line", "words"),
    [
        ('{"images": [],\n "annotations": [}', FaultKind.MALFORMED_JSON, 2, "expected JSON"),
        ("[1, 2]", FaultKind.MISSING_KEY, None, "images, annotations, categories"),
        ('{"images": [], "annotations": []}', FaultKind.MISSING_KEY, None, "without categories"),
        ("9" * 5000, FaultKind.MALFORMED_JSON, None, "expected JSON"),
        ("[" * 100_000, FaultKind.MALFORMED_JSON, None, "expected JSON"),
    ],
)
def test_a_coco_file_that_is_none_leaves_nothing(
    tmp_path: Path, text: str, kind: FaultKind, line: int | None, words: str
) -> None:
    write_coco_set(tmp_path, text)
    with pytest.raises(LabelError, match="none of its pictures can be used") as stopped:
        read_dataset(tmp_path)
    place = f"instances.json:{line}: " if line else "instances.json: "
    assert place in str(stopped.value)
    assert words in str(stopped.value)


# --- all of them --------------------------------------------------------------------------------


def test_all_lines_of_a_file_are_told(yolo: Path) -> None:
    (yolo / "labels" / "bad.txt").write_text(f"0 2\n{GOOD_LINE}\n7 .5 .5 .2 .2\n0 .5 .5 0 .1\n")
    faults = read_dataset(yolo, labels=("plate",)).faults
    assert [(fault.line, fault.kind) for fault in faults] == [
        (1, FaultKind.COLUMNS),
        (4, FaultKind.NO_AREA),
    ]


def test_many_faults_are_summed_up() -> None:
    faults = [Fault(Path("a.txt"), FaultKind.COLUMNS, "odd", number) for number in range(1, 24)]
    faults += [Fault(Path("b.txt"), FaultKind.NOT_UTF8, "odd")]
    lines = in_lines(faults, limit=20).splitlines()
    assert lines[0] == "a.txt:1: odd; left out"
    assert lines[19] == "a.txt:20: odd; left out"
    assert lines[20:] == ["... and 4 more: 3 x wrong number of columns, 1 x not UTF-8"]


def test_faults_are_logged(yolo: Path, caplog: pytest.LogCaptureFixture) -> None:
    (yolo / "labels" / "bad.txt").write_text("0 2\n")
    read_dataset(yolo)
    assert f"{yolo / 'labels' / 'bad.txt'}:1: expected 5 columns" in caplog.text
