"""Reads a folder of pictures and masks, and checks them."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from training.labelled.faults import Fault, FaultKind, LabelError, OnFault, in_lines, judge
from training.labelled.layout import PART_ORDER, name_folders, set_name
from training.labelled.names import find_names
from training.segmentation.classes import Classes, Wanted, classes_by_colour, classes_by_value
from training.segmentation.dataset import MaskDataset, MaskedImage
from training.segmentation.layout import find_mask_parts
from training.segmentation.masks import MaskKind, unpacked
from training.segmentation.palette import find_palette, read_palette
from training.segmentation.scanning import Scan, find_mask_files, scan
from vision.class_map import IGNORED

_NAMED = 5
"""So many unknown values of a mask are named."""


def read_set(
    folder: Path,
    on_fault: OnFault = "skip",
    wanted: Wanted | None = None,
    palette: Path | None = None,
) -> MaskDataset:
    """Reads a set of pictures and masks, all parts of it; name ``train/`` ... to read that part.

    Args:
        folder: the set.
        on_fault: what to do about files with faults. ``skip``: leave these pictures out, and log
            the first faults. ``stop``: raise, and name them.
        wanted: which classes; the set's own unless given.
        palette: names and colours of the classes; unless given, a file in the folder, if any.

    Returns:
        The set, in the order of the pictures' paths.

    Raises:
        LabelError: the folder has no set, not one picture of it can be used, or ``on_fault`` is
            ``stop`` and there are faults.
        ClassMapError: a name of the set stands nowhere in the class map.
    """
    parts = read_parts(folder, on_fault, wanted, palette)
    images = [image for part in parts.values() for image in part.images]
    first = next(iter(parts.values()))
    return MaskDataset(
        first.name,
        first.labels,
        first.palette,
        tuple(sorted(images, key=lambda image: image.path)),
        first.coding,
        first.ignored,
        first.faults,
    )


def read_parts(
    folder: Path,
    on_fault: OnFault = "skip",
    wanted: Wanted | None = None,
    palette: Path | None = None,
) -> dict[str, MaskDataset]:
    """Reads a set as :func:`read_set` does, each of its parts apart.

    Returns:
        The parts by name, ``train``, ``val``, ``test``; a set that is not divided is one part named
        with the empty string. Each has all faults of the whole set.

    Raises:
        LabelError, ClassMapError: as of :func:`read_set`.
    """
    name = set_name(folder)
    parts = find_mask_parts(folder) if folder.is_dir() else []
    if not parts:
        raise LabelError(_no_set(folder))
    faults: list[Fault] = []
    files = [file for part in parts for file in find_mask_files(part, faults)]
    places = name_folders(folder, parts)
    path = palette or find_palette(places)
    colours = {} if path is None else read_palette(path)
    by_colour = bool(colours) and any(file.coloured for file in files)
    scans = scan(files, by_colour, faults)
    wanted = wanted or Wanted()
    if by_colour:
        classes = classes_by_colour(name, colours, wanted)
    else:
        seen = frozenset(value for one in scans for value in one.counts)
        names = find_names(places) or tuple(colours) or None
        classes = classes_by_value(name, names, colours, seen, wanted)
    images: defaultdict[str, list[MaskedImage]] = defaultdict(list)
    for one in sorted(scans, key=lambda one: one.file.picture):
        image = _check(one, classes)
        if isinstance(image, Fault):
            faults.append(image)
        else:
            images[one.file.part].append(image)
    judge(folder, faults, on_fault)
    if not images:
        raise LabelError(f"{folder}: none of its pictures can be used\n{in_lines(faults)}")
    return {
        part: MaskDataset(
            name,
            classes.labels,
            classes.palette,
            tuple(images[part]),
            classes.coding,
            classes.ignored,
            tuple(faults),
        )
        for part in sorted(images, key=PART_ORDER.index)
    }


def _check(one: Scan, classes: Classes) -> MaskedImage | Fault:
    file, coding = one.file, classes.coding
    unknown = [value for value in one.counts if value not in coding.class_ids]
    if unknown:
        in_colours = coding.kind is MaskKind.COLOUR
        shown = ", ".join(str(unpacked(v) if in_colours else v) for v in unknown[:_NAMED])
        more = ", ..." if len(unknown) > _NAMED else ""
        pixels = sum(one.counts[value] for value in unknown)
        return Fault(
            file.mask,
            FaultKind.UNKNOWN_VALUE,
            f"expected {_expected(classes)}, got {shown}{more} in {pixels} pixels",
        )
    pixels_of = [0] * len(classes.labels)
    for value, count in one.counts.items():
        class_id = coding.class_ids[value]
        if class_id != IGNORED:
            pixels_of[class_id] += count
    if not any(pixels_of):
        message = f"expected pixels of a class ({', '.join(classes.labels)}), got none"
        return Fault(file.mask, FaultKind.ALL_IGNORED, message)
    return MaskedImage(file.picture, file.mask, file.width, file.height, tuple(pixels_of))


def _expected(classes: Classes) -> str:
    if classes.coding.kind is MaskKind.COLOUR:
        return "the colours of the palette"
    values = sorted(value for value in classes.coding.class_ids if value != IGNORED)
    if classes.coding.kind is MaskKind.BINARY:
        return "0 and one other value"
    return f"values of {values[0]} to {values[-1]}, or {IGNORED}"


def _no_set(folder: Path) -> str:
    if not folder.is_dir():
        return f"{folder}: expected a folder with pictures and masks, there is none"
    entries = sorted(path.name for path in folder.iterdir())
    found = ", ".join(entries[:8]) + (", ..." if len(entries) > 8 else "")
    return (
        f"{folder}: expected pictures with masks: images/ and masks/ (or labels/, annotations/), "
        "in train/, val/ ... or not, or train/ and trainannot/; a mask is named as its picture, or "
        f"with an ending as _mask. Found: {found or 'nothing'}"
    )
