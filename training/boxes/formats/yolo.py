"""YOLO txt: a file for each picture, a line for each box, ``class x y width height``.

x and y are the box's centre; all four are shares of the picture's width or height.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from training.boxes.dataset import BoxDataset, LabelledImage
from training.boxes.formats.output import PictureWriter
from training.boxes.formats.paired import PairedLayout, read_paired
from training.boxes.pairing import Pair
from training.boxes.raw import RawBox, RawSet
from training.labelled.faults import Fault, FaultKind
from training.labelled.names import write_name_list

PICTURE_FOLDERS = ("images", "JPEGImages")
LABEL_FOLDERS = ("labels",)
SUFFIX = ".txt"

_COLUMNS = "class x y width height"
_TOLERANCE = 0.002
"""A share may be over 1 by so much: rounding. The box is clipped later."""
_PIXELS_FROM = 2.0


def read_yolo(folder: Path) -> RawSet | None:
    """Reads a folder, or returns ``None`` if nothing in it is YOLO txt."""
    layout = PairedLayout(PICTURE_FOLDERS, LABEL_FOLDERS, SUFFIX)
    return read_paired(folder, layout, read_label_file)


def read_label_file(found: Pair, faults: list[Fault]) -> tuple[RawBox, ...] | None:
    """The boxes of one label file, or ``None`` if a line of it cannot be used.

    An empty file says that the picture shows no object; it is noted, and kept. Line ends of any
    system, a byte order mark, tabs and further spaces are fine. So is a sixth column with a score
    of 0 to 1, as detectors write it; the score is not used.
    """
    path = found.label_file
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        message = f"expected a label file that can be read: {error.strerror}"
        faults.append(Fault(path, FaultKind.UNREADABLE_LABELS, message))
        return None
    except UnicodeDecodeError as error:
        message = f"expected UTF-8 text, got the byte 0x{error.object[error.start]:02x}"
        place = error.object[: error.start].count(b"\n") + 1
        faults.append(Fault(path, FaultKind.NOT_UTF8, message, place))
        return None
    boxes: list[RawBox] = []
    good = True
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        parsed = _parse(line.split(), found.width, found.height, number)
        if isinstance(parsed, RawBox):
            boxes.append(parsed)
        else:
            good = False
            faults.append(Fault(path, *parsed, number))
    if good and not boxes:
        message = "expected a line for each object, found none: a picture without objects"
        faults.append(Fault(path, FaultKind.EMPTY_LABEL_FILE, message))
    return tuple(boxes) if good else None


def _parse(words: list[str], width: int, height: int, line: int) -> RawBox | tuple[FaultKind, str]:
    """One line, or what is wrong with it."""
    values = _numbers(words)
    if isinstance(values, tuple):
        return values
    category, x, y, w, h, *score = values
    shares, limits = " ".join(words[1:5]), "expected shares of 0 to 1, got"
    # The first that holds is told: a box in pixels is over 1 as well.
    for wrong, kind, message in (
        (
            not category.is_integer(),
            FaultKind.CLASS_NOT_INTEGER,
            f"expected a whole number as class, got {words[0]}",
        ),
        (category < 0, FaultKind.CLASS_NEGATIVE, f"expected a class from 0 on, got {words[0]}"),
        (
            max(x, y, w, h) >= _PIXELS_FROM,
            FaultKind.PIXELS,
            f"{limits} what looks like pixels: {shares}",
        ),
        (max(x, y, w, h) > 1 + _TOLERANCE, FaultKind.OVER_ONE, f"{limits} one over 1: {shares}"),
        (min(x, y) < 0, FaultKind.NEGATIVE, f"{limits} a negative one: {shares}"),
        (
            min(w, h) <= 0,
            FaultKind.NO_AREA,
            f"expected a width and a height over 0, got {words[3]} and {words[4]}",
        ),
        (
            any(not 0 <= value <= 1 for value in score),
            FaultKind.COLUMNS,
            f"expected 5 columns ({_COLUMNS}), or a score of 0 to 1 as sixth, got {words[-1]}",
        ),
    ):
        if wrong:
            return kind, message
    left, top = (x - w / 2) * width, (y - h / 2) * height
    return RawBox(int(category), (left, top, left + w * width, top + h * height), line)


def _numbers(words: list[str]) -> list[float] | tuple[FaultKind, str]:
    """The five or six finite numbers of a line, or what is wrong with them."""
    if len(words) not in (5, 6):
        return FaultKind.COLUMNS, f"expected 5 columns ({_COLUMNS}), got {len(words)}"
    values: list[float] = []
    for name, word in zip((*_COLUMNS.split(), "score"), words, strict=False):
        try:
            values.append(float(word))
        except ValueError:
            if name == "class":
                message = f"expected a whole number as class, got {word!r}"
                return FaultKind.CLASS_NOT_INTEGER, message
            return FaultKind.NOT_A_NUMBER, f"expected a number as {name}, got {word!r}"
    if not all(map(math.isfinite, values)):
        return FaultKind.NOT_FINITE, f"expected finite numbers, got {' '.join(words)}"
    return values


def write_yolo(parts: Mapping[str, BoxDataset], folder: Path, writer: PictureWriter) -> None:
    """Writes ``images/`` and ``labels/``, in a folder of each part's name, and ``classes.txt``."""
    for name, dataset in parts.items():
        labels = folder / name / "labels"
        labels.mkdir(parents=True)
        for image in writer.write(dataset.images, folder / name / "images"):
            (labels / f"{image.path.stem}{SUFFIX}").write_text(as_lines(image), encoding="utf-8")
    write_name_list(next(iter(parts.values())).labels, folder / "classes.txt")


def as_lines(image: LabelledImage) -> str:
    """The boxes of a picture as YOLO txt."""
    lines = []
    for class_id, (x_min, y_min, x_max, y_max) in zip(
        image.class_ids.tolist(), image.boxes.tolist(), strict=True
    ):
        x, w = (x_min + x_max) / 2 / image.width, (x_max - x_min) / image.width
        y, h = (y_min + y_max) / 2 / image.height, (y_max - y_min) / image.height
        lines.append(f"{class_id} {x:.6f} {y:.6f} {w:.6f} {h:.6f}\n")
    return "".join(lines)
