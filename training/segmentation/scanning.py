"""What stands in the masks of a set, before it is known what it means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from training.labelled.faults import Fault, FaultKind
from training.labelled.layout import Part
from training.labelled.pictures import measure
from training.labelled.progress import shown
from training.segmentation.layout import match
from training.segmentation.masks import WITH_COLOURS, WITH_VALUES, unpacked, values_of

_MOST_COLOURS = 1000
"""A mask with more has been scaled smoothly, or is a photo."""


@dataclass(frozen=True)
class MaskFile:
    """A picture and the mask that belongs to it; both can be opened, and are of one size.

    Attributes:
        picture: the picture's file.
        mask: the mask's file.
        width: of both, in pixels.
        height: of both, in pixels.
        part: ``train``, ``val``, ``test``, or empty where the set is not divided.
        coloured: whether each pixel of the mask has a colour.
    """

    picture: Path
    mask: Path
    width: int
    height: int
    part: str
    coloured: bool


@dataclass(frozen=True)
class Scan:
    """A mask and how many of its pixels have which value, or which colour as a whole number."""

    file: MaskFile
    counts: Mapping[int, int]


def find_mask_files(part: Part, faults: list[Fault]) -> list[MaskFile]:
    """The pictures of a part with their masks; what does not fit is noted in ``faults``."""
    matched = match(part.pictures, part.labels)
    for mask in matched.alone:
        message = f"expected a picture of the same name in {part.pictures}, found none"
        faults.append(Fault(mask, FaultKind.NO_PICTURE, message))
    stems = Counter(path.stem for path in matched.masks)
    files = []
    for picture, masks in matched.masks.items():
        found = (
            Fault(picture, FaultKind.SAME_NAME, f"expected one picture called {picture.stem}")
            if stems[picture.stem] > 1
            else _pair_up(picture, masks, part)
        )
        if isinstance(found, Fault):
            faults.append(found)
        else:
            files.append(found)
    return files


def scan(files: list[MaskFile], colours: bool, faults: list[Fault]) -> list[Scan]:
    """Counts the values in masks, or their colours; masks of no use are noted in ``faults``."""
    scans = []
    for file in shown(files, "reading masks"):
        counts = _count(file, colours)
        if isinstance(counts, Fault):
            faults.append(counts)
        else:
            scans.append(Scan(file, counts))
    return scans


def _pair_up(picture: Path, masks: list[Path], part: Part) -> MaskFile | Fault:
    if not masks:
        message = f"expected a mask of the same name in {part.labels}, found none"
        return Fault(picture, FaultKind.NO_MASK, message)
    if len(masks) > 1:
        names = ", ".join(mask.name for mask in masks)
        return Fault(picture, FaultKind.SEVERAL_MASKS, f"expected one mask, found {names}")
    (path,) = masks
    size = measure(picture)
    if isinstance(size, Fault):
        return size
    try:
        with Image.open(path) as mask:
            mask_size, mode, written_as = mask.size, mask.mode, mask.format
    except (OSError, SyntaxError, ValueError) as error:
        return _unreadable(path, error)
    if written_as == "JPEG":
        message = "expected a lossless mask, as PNG, got JPEG, which blurs the classes' edges"
        return Fault(path, FaultKind.MASK_FORMAT, message)
    if mode not in WITH_COLOURS + WITH_VALUES:
        message = f"expected values of 8 bits, or colours of 3 x 8 bits, got Pillow's mode {mode}"
        return Fault(path, FaultKind.MASK_FORMAT, message)
    if mask_size != size:
        message = (
            f"expected {size[0]}x{size[1]} pixels as {picture.name} has, "
            f"got {mask_size[0]}x{mask_size[1]}"
        )
        return Fault(path, FaultKind.MASK_SIZE, message)
    return MaskFile(picture, path, *size, part.name, mode in WITH_COLOURS)


def _count(file: MaskFile, colours: bool) -> dict[int, int] | Fault:
    try:
        with Image.open(file.mask) as mask:
            # Without a palette colours are of use only if they are grey values.
            values = values_of(mask, colours or file.coloured)
    except (OSError, SyntaxError, ValueError) as error:
        return _unreadable(file.mask, error)
    found, counts = np.unique(values, return_counts=True)
    if len(found) > _MOST_COLOURS:
        message = f"expected a colour for each class, got {len(found)} colours"
        return Fault(file.mask, FaultKind.MASK_FORMAT, message)
    numbers = found.tolist()
    if file.coloured and not colours:
        wrong = [unpacked(number) for number in numbers if len(set(unpacked(number))) > 1]
        if wrong:
            message = (
                f"expected values, or a palette file for colours as {wrong[0]} "
                "(palette.yaml: `Road: [128, 64, 128]` and so on)"
            )
            return Fault(file.mask, FaultKind.MASK_FORMAT, message)
        numbers = [number & 255 for number in numbers]
    return dict(zip(numbers, counts.tolist(), strict=True))


def _unreadable(path: Path, error: Exception) -> Fault:
    return Fault(path, FaultKind.UNREADABLE_MASK, f"expected a mask that can be read: {error}")
