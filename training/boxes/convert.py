"""From one label format to another."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from training.boxes.dataset import BoxDataset
from training.boxes.formats.coco import write_coco
from training.boxes.formats.darknet import write_darknet
from training.boxes.formats.output import PictureWriter
from training.boxes.formats.voc import write_voc
from training.boxes.formats.yolo import write_yolo
from training.boxes.reading import read_parts
from training.boxes.settings import ConvertSettings, LabelFormat
from training.errors import TrainingError

_WRITERS = {
    LabelFormat.YOLO: write_yolo,
    LabelFormat.VOC: write_voc,
    LabelFormat.DARKNET: write_darknet,
    LabelFormat.COCO: write_coco,
}


def convert(settings: ConvertSettings) -> dict[str, BoxDataset]:
    """Reads a set and writes it in another format.

    Returns:
        What was read, by part.

    Raises:
        TrainingError: the set cannot be read, the output is not an empty folder, or a picture
            cannot be copied or linked.
    """
    # Before reading: a large set takes a while.
    _need_empty(settings.output)
    parts = read_parts(settings.data, settings.on_fault, tuple(settings.labels) or None)
    write_parts(parts, settings.output, settings.to, link=settings.link)
    return parts


def write_parts(
    parts: Mapping[str, BoxDataset], folder: Path, to: LabelFormat, *, link: bool = False
) -> None:
    """Writes the parts of a set, as :func:`training.boxes.reading.read_parts` gives them.

    Args:
        parts: sets of the same labels, by part; the name of a set that is not divided is empty.
        folder: a new or empty folder.
        to: the format.
        link: make hard links to the pictures instead of copies.

    Raises:
        TrainingError: the folder is not empty, a picture cannot be copied or linked, or a set has
            ignored regions, which no format but COCO's has.
    """
    _need_empty(folder)
    if to is not LabelFormat.COCO:
        _need_objects(parts)
    folder.mkdir(parents=True, exist_ok=True)
    _WRITERS[to](parts, folder, PictureWriter(link))


def _need_empty(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise TrainingError(f"{folder}: expected a new or an empty folder to write to")


def _need_objects(parts: Mapping[str, BoxDataset]) -> None:
    for dataset in parts.values():
        for image in dataset.images:
            if image.ignored.any():
                raise TrainingError(
                    f"{image.path}: expected boxes of objects only, got an ignored region, which "
                    "only COCO JSON can hold; convert to that"
                )
