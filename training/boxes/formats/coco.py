"""COCO JSON (instances): one file for all pictures of a part; boxes as x, y, width, height.

A picture without an annotation shows no object. Regions of a crowd (``iscrowd``)
are ignored ones: neither objects nor background.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from training.boxes.coco import truth
from training.boxes.dataset import BoxDataset
from training.boxes.formats.coco_json import (
    CocoAnnotation,
    CocoCategory,
    CocoImage,
    parse_file,
    valid_entries,
)
from training.boxes.formats.output import PictureWriter
from training.boxes.raw import RawBox, RawPicture, RawSet
from training.labelled.faults import Fault, FaultKind, LabelError
from training.labelled.layout import PARTS, first_file, part_folders
from training.labelled.pictures import measure
from training.labelled.progress import shown

OWN_NAME = "instances.json"

_CANDIDATES = (r"instances.*", r".*coco.*", r".*annotations.*")
"""Names of such files without ``.json``, the surest first."""


def read_coco(folder: Path) -> RawSet | None:
    """Reads a folder, or returns ``None`` if it has no file that may be COCO JSON.

    Looked for is ``instances*.json``, else ``*coco*.json``, else ``*annotations*.json``: in the
    folder, in its ``annotations/``, and in the folders of its parts.

    Raises:
        LabelError: two files name their categories differently.
    """
    raw = RawSet()
    files = _find_files(folder)
    if not files:
        return None
    for path, part in files.items():
        _read_file(path, folder, part, raw)
    return raw


def _find_files(folder: Path) -> dict[Path, str]:
    places = [folder, folder / "annotations", *(sub for _, sub in part_folders(folder))]
    found = [path for place in places if place.is_dir() for path in sorted(place.glob("*.json"))]
    for pattern in _CANDIDATES:
        fitting = [path for path in found if re.fullmatch(pattern, path.stem, re.IGNORECASE)]
        if fitting:
            return {path: _part_of(path, folder) for path in fitting}
    return {}


def _part_of(path: Path, folder: Path) -> str:
    if path.parent != folder and path.parent.name.lower() in PARTS:
        return PARTS[path.parent.name.lower()]
    words = re.split(r"[^a-z]+", path.stem.lower())
    return next((PARTS[word] for word in words if word in PARTS), "")


def _read_file(path: Path, folder: Path, part: str, raw: RawSet) -> None:
    content = parse_file(path, raw.faults)
    if content is None:
        return
    categories = _find_categories(content, path, raw.faults)
    names = tuple(category.name for category in categories)
    if raw.names not in (None, names):
        raise LabelError(
            f"{path}: expected the categories of the files before, {', '.join(raw.names or ())}, "
            f"got {', '.join(names)}"
        )
    raw.names = names
    bad: set[int] = set()
    boxes = _read_boxes(content["annotations"], categories, path, raw.faults, bad)
    images = _find_images(content["images"], path, folder, raw, bad)
    for image_id in boxes.keys() - images.keys() - bad:
        message = f"{boxes[image_id][0].name}: expected the id of an image, got {image_id}"
        raw.faults.append(Fault(path, FaultKind.UNKNOWN_PICTURE, message))
    pictures = {picture: image_id for image_id, (picture, _) in images.items()}
    for picture in shown(sorted(pictures), f"reading {path}"):
        image_id = pictures[picture]
        entry = images[image_id][1]
        size = measure(picture)
        if isinstance(size, Fault):
            raw.faults.append(size)
        elif size != (entry.width or size[0], entry.height or size[1]):
            message = (
                f"{picture.name}: expected the picture's size of {size[0]}x{size[1]}, "
                f"got {entry.width}x{entry.height}"
            )
            raw.faults.append(Fault(path, FaultKind.OTHER_SIZE, message))
        elif image_id not in bad:
            raw.pictures.append(RawPicture(picture, *size, tuple(boxes[image_id]), path, part))


def _find_categories(
    content: dict[str, list[Any]], path: Path, faults: list[Fault]
) -> list[CocoCategory]:
    """The classes by their id, without those that stand for a group of others only.

    Roboflow begins its files with such a one: no box has it, and the others are kinds of it.
    """
    entries = valid_entries(content["categories"], CocoCategory, path, faults)
    groups = {entry.supercategory for entry in entries if entry.supercategory != entry.name}
    used = [entry.get("category_id") for entry in content["annotations"] if isinstance(entry, dict)]
    classes = [entry for entry in entries if entry.name not in groups or entry.id in used]
    return sorted(classes, key=lambda entry: entry.id)


def _read_boxes(
    entries: Sequence[Any],
    categories: Sequence[CocoCategory],
    path: Path,
    faults: list[Fault],
    bad: set[int],
) -> defaultdict[int, list[RawBox]]:
    """The boxes by image id; ids of images with an annotation that cannot be used go to ``bad``."""
    names = {category.id: category.name for category in categories}
    boxes: defaultdict[int, list[RawBox]] = defaultdict(list)
    for entry in valid_entries(entries, CocoAnnotation, path, faults, bad):
        x, y, width, height = entry.bbox
        category = names.get(entry.category_id, f"category {entry.category_id}")
        corners = (x, y, x + width, y + height)
        box = RawBox(category, corners, name=entry.place, ignored=entry.iscrowd)
        boxes[entry.image_id].append(box)
    return boxes


def _find_images(
    entries: Sequence[Any], path: Path, folder: Path, raw: RawSet, bad: set[int]
) -> dict[int, tuple[Path, CocoImage]]:
    """The pictures that exist, by image id; ids that cannot be used go to ``bad``."""
    places = _picture_places(path, folder)
    elsewhere = {picture.path for picture in raw.pictures}
    taken: dict[Path, int] = {}
    images: dict[int, tuple[Path, CocoImage]] = {}
    for entry in valid_entries(entries, CocoImage, path, raw.faults, bad):
        picture = _find_picture(entry.file_name, places)
        if picture is None:
            kind = FaultKind.NO_PICTURE
            message = f"expected a picture that exists, got {entry.file_name}"
        elif entry.id in images or picture in taken or picture in elsewhere:
            kind = FaultKind.SAME_NAME
            message = f"expected an id and a picture of its own, got {entry.id} and {picture.name}"
            # Whose boxes are whose cannot be told.
            bad.add(taken.get(picture, entry.id))
        else:
            taken[picture] = entry.id
            images[entry.id] = (picture, entry)
            continue
        bad.add(entry.id)
        raw.faults.append(Fault(path, kind, f"{entry.place}: {message}"))
    return images


def _picture_places(path: Path, folder: Path) -> list[Path]:
    """Where the pictures of a file may lie: COCO's own tree, Roboflow's, CVAT's, and ours."""
    year = path.stem.removeprefix("instances_")
    places = [path.parent, path.parent / "images", folder, folder / "images"]
    return [*places, folder / year, folder / "images" / year, folder / path.parent.name]


def _find_picture(file_name: str, places: Sequence[Path]) -> Path | None:
    written = Path(file_name.replace("\\", "/"))
    names = (written, Path(written.name))
    return first_file(place / name for name in names for place in places)


def write_coco(parts: Mapping[str, BoxDataset], folder: Path, writer: PictureWriter) -> None:
    """Writes ``images/`` and ``instances.json``, in a folder of each part's name."""
    for name, dataset in parts.items():
        images = tuple(writer.write(dataset.images, folder / name / "images"))
        written = BoxDataset(dataset.name, dataset.labels, images)
        text = json.dumps(truth(written), indent=1)
        (folder / name / OWN_NAME).write_text(text + "\n", encoding="utf-8")
