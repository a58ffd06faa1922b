"""What a reader of one format hands on: boxes as the files have them, not yet checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from training.labelled.faults import Fault

Category = int | str
"""A class as a file says it: by number or by name."""


@dataclass(frozen=True)
class RawBox:
    """One labelled box.

    Attributes:
        category: its class.
        corners: x_min, y_min, x_max, y_max in pixels of the picture; finite.
        line: where the label file has it.
        name: what to call it where a line does not say which it is.
        ignored: whether it is a region that is not to be judged, and not one object.
    """

    category: Category
    corners: tuple[float, float, float, float]
    line: int | None = None
    name: str = ""
    ignored: bool = False


@dataclass(frozen=True)
class RawPicture:
    """One picture that can be read, and its boxes.

    Attributes:
        path: the picture's file.
        width: in pixels, upright.
        height: in pixels, upright.
        boxes: its boxes.
        label_file: where they were read.
        part: ``train``, ``val``, ``test``, or empty where the set is not divided.
    """

    path: Path
    width: int
    height: int
    boxes: tuple[RawBox, ...]
    label_file: Path
    part: str = ""


@dataclass
class RawSet:
    """A set as it was read.

    Attributes:
        names: what the set says its classes are called, by class id; ``None``: it does not say.
        pictures: those that can be used as far as the reader can tell.
        faults: what is wrong with the others.
    """

    names: tuple[str, ...] | None = None
    pictures: list[RawPicture] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
