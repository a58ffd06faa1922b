"""Reads a folder of pictures and labels, whatever format they are in."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from training.boxes.checking import check_picture
from training.boxes.classes import find_classes
from training.boxes.dataset import BoxDataset, LabelledImage
from training.boxes.formats.coco import read_coco
from training.boxes.formats.darknet import read_darknet
from training.boxes.formats.voc import read_voc
from training.boxes.formats.yolo import read_yolo
from training.boxes.raw import RawSet
from training.labelled.faults import LabelError, OnFault, in_lines, judge
from training.labelled.layout import PART_ORDER, set_name

_READERS = (read_darknet, read_coco, read_voc, read_yolo)
"""In this order: who converted a set has the YOLO txt still lying beside what was made of it."""


def read_dataset(
    folder: Path, on_fault: OnFault = "skip", labels: tuple[str, ...] | None = None
) -> BoxDataset:
    """Reads a set of labelled pictures in any of the formats, found by what lies in the folder.

    In this order: a darknet tree (a ``.data`` file), COCO JSON, PASCAL VOC XML, YOLO txt. A set
    divided into ``train/``, ``val/`` ... is read whole; name such a folder to read that part.

    Args:
        folder: the set.
        on_fault: what to do about labels and pictures with faults. ``skip``: repair what can only
            have meant one thing, leave the other pictures out, and log the first faults. ``stop``:
            raise, and name them. An empty label file is a fault that never stops: it may well be
            meant.
        labels: names of the wanted classes, by class id. ``None``: those that the set has, or else
            ``class_0`` and so on. A set that names its classes is searched for the wanted ones, and
            boxes of its other classes are left away; a set with one class only is taken for the one
            that is wanted, whatever it calls it.

    Returns:
        The set, in the order of the pictures' paths.

    Raises:
        LabelError: the folder has no set, not one picture of it can be used, it has not the wanted
            classes, or ``on_fault`` is ``stop`` and there are faults.
    """
    parts = read_parts(folder, on_fault, labels)
    images = [image for part in parts.values() for image in part.images]
    first = next(iter(parts.values()))
    ordered = tuple(sorted(images, key=lambda image: image.path))
    return BoxDataset(first.name, first.labels, ordered, first.faults)


def read_parts(
    folder: Path, on_fault: OnFault = "skip", labels: tuple[str, ...] | None = None
) -> dict[str, BoxDataset]:
    """Reads a set as :func:`read_dataset` does, each of its parts apart.

    Returns:
        The parts by name, ``train``, ``val``, ``test``; a set that is not divided is one part named
        with the empty string. Each has all faults of the whole set.

    Raises:
        LabelError: as of :func:`read_dataset`.
    """
    raw = _read(folder)
    name = set_name(folder)
    classes = find_classes(raw, labels, name)
    faults = list(raw.faults)
    images: defaultdict[str, list[LabelledImage]] = defaultdict(list)
    for picture in sorted(raw.pictures, key=lambda picture: picture.path):
        image, found = check_picture(picture, classes)
        faults += found
        if image is not None:
            images[picture.part].append(image)
    judge(folder, faults, on_fault)
    if not images:
        raise LabelError(f"{folder}: none of its pictures can be used\n{in_lines(faults)}")
    return {
        part: BoxDataset(name, classes.labels, tuple(images[part]), tuple(faults))
        for part in sorted(images, key=PART_ORDER.index)
    }


def _read(folder: Path) -> RawSet:
    if not folder.is_dir():
        raise LabelError(f"{folder}: expected a folder with pictures and labels, there is none")
    for reader in _READERS:
        raw = reader(folder)
        if raw is not None:
            return raw
    entries = sorted(path.name for path in folder.iterdir())
    found = ", ".join(entries[:8]) + (", ..." if len(entries) > 8 else "")
    raise LabelError(
        f"{folder}: expected pictures (jpg, png, bmp, webp) with labels: images/ and labels/ with "
        "YOLO txt, or both in one folder; PASCAL VOC XML in Annotations/ or beside the pictures; a "
        "darknet .data file; or COCO's instances.json; a txt or XML file is named as its picture. "
        f"Found: {found or 'nothing'}"
    )
