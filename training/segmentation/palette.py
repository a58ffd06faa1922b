"""Colours of classes: read from the files that sets have, and chosen for sets that have none."""

from __future__ import annotations

import colorsys
import csv
import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from training.labelled.faults import LabelError
from training.labelled.names import read_text
from vision.class_map import RGB

PALETTE_FILES = ("palette.yaml", "palette.yml", "label_colors.txt", "class_dict.csv")
"""Ours, CamVid's, and that of CamVid as it is often passed on."""

CAMVID = {
    "sky": (128, 128, 128),
    "building": (128, 0, 0),
    "pole": (192, 192, 128),
    "road": (128, 64, 128),
    "pavement": (60, 40, 222),
    "tree": (128, 128, 0),
    "signsymbol": (192, 128, 128),
    "fence": (64, 64, 128),
    "car": (64, 0, 128),
    "pedestrian": (64, 64, 0),
    "bicyclist": (0, 128, 192),
}
"""G. Brostow, J. Fauqueur, R. Cipolla, "Semantic object classes in video" (2009), as SegNet has
them."""

_BACKGROUND = {"background": (0, 0, 0)}
_LEAST_DISTANCE = 80
"""Two colours of a palette differ by at least so much, summed over red, green and blue."""


def default_palette(labels: Sequence[str]) -> tuple[RGB, ...]:
    """A colour for each class: CamVid's for its names, others are generated, told apart easily.

    Args:
        labels: names of the classes; case does not matter.
    """
    known = CAMVID | _BACKGROUND
    taken = [known[label.casefold()] for label in labels if label.casefold() in known]
    palette: list[RGB] = []
    colours = _generated()
    for label in labels:
        colour = known.get(label.casefold())
        if colour is None:
            colour = next(colour for colour in colours if _is_new(colour, taken))
            taken.append(colour)
        palette.append(colour)
    return tuple(palette)


def find_palette(folders: Iterable[Path]) -> Path | None:
    """The first palette file in some folders."""
    paths = (folder / name for folder in folders for name in PALETTE_FILES)
    return next((path for path in paths if path.is_file()), None)


def read_palette(path: Path) -> dict[str, RGB]:
    """Names of classes and their colours, in the order of the file.

    YAML has ``Road: [128, 64, 128]``; a text file ``128 64 128 Road``, as CamVid; a CSV file
    ``name,r,g,b`` with a heading.

    Raises:
        LabelError: the file cannot be read, or is no palette.
    """
    rows = _READERS.get(path.suffix.lower(), _text_rows)(path)
    palette: dict[str, RGB] = {}
    for name, values in rows:
        colour = _colour(values)
        if colour is None or not name:
            raise LabelError(
                f"{path}: expected for each class a name and red, green and blue of 0 to 255, "
                f"got {name!r} with {values!r}"
            )
        if name in palette or colour in palette.values():
            raise LabelError(
                f"{path}: expected each name and each colour once, got {name} with {colour} again"
            )
        palette[name] = colour
    if not palette:
        raise LabelError(f"{path}: expected names of classes with their colours, got none")
    return palette


def _yaml_rows(path: Path) -> list[tuple[str, Any]]:
    try:
        content: Any = yaml.safe_load(read_text(path))
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise LabelError(f"{path}: expected YAML, got {reason}") from error
    if not isinstance(content, dict):
        raise LabelError(f"{path}: expected `Road: [128, 64, 128]` and so on, got {content!r}")
    return [(str(name).strip(), values) for name, values in content.items()]


def _text_rows(path: Path) -> list[tuple[str, Any]]:
    lines = (line.split(maxsplit=3) for line in read_text(path).splitlines() if line.strip())
    return [(words[3].strip() if len(words) == 4 else "", words[:3]) for words in lines]


def _csv_rows(path: Path) -> list[tuple[str, Any]]:
    rows = [row for row in csv.reader(read_text(path).splitlines()) if row]
    return [(row[0].strip(), row[1:4]) for row in rows[1:]]


_READERS = {".yaml": _yaml_rows, ".yml": _yaml_rows, ".csv": _csv_rows}


def _colour(values: Any) -> RGB | None:
    try:
        red, green, blue = (int(value) for value in values)
    except (TypeError, ValueError):
        return None
    return (
        (red, green, blue) if min(red, green, blue) >= 0 and max(red, green, blue) < 256 else None
    )


def _generated() -> Iterator[RGB]:
    """Without end: hues a golden angle apart, in four lightnesses."""
    for number in itertools.count():
        hue = number * 0.618034 % 1
        value, saturation = ((0.95, 0.75), (0.6, 0.9), (1.0, 0.4), (0.4, 0.6))[number // 8 % 4]
        red, green, blue = colorsys.hsv_to_rgb(hue, saturation, value)
        yield round(red * 255), round(green * 255), round(blue * 255)


def _is_new(colour: RGB, taken: list[RGB]) -> bool:
    # Of many classes some have to be alike; none are the same.
    least = _LEAST_DISTANCE if len(taken) < 24 else 1
    return all(
        sum(abs(a - b) for a, b in zip(colour, other, strict=True)) >= least for other in taken
    )
