"""COCO JSON (instances): one file for all pictures of a part; boxes as x, y, width, height.

A picture without an annotation shows no object. Regions of a crowd (``iscrowd``) are left away.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from training.boxes.coco import truth
from training.boxes.dataset import BoxDataset
from training.boxes.faults import Fault, FaultKind, LabelError
from training.boxes.formats.output import PictureWriter
from training.boxes.layout import PARTS, first_file, part_folders
from training.boxes.pictures import measure
from training.boxes.progress import shown
from training.boxes.raw import RawBox, RawPicture, RawSet

OWN_NAME = "instances.json"

_CANDIDATES = (r"instances.*", r".*coco.*", r".*annotations.*")
"""Names of such files without ``.json``, the surest first."""

_KINDS = {
    "missing": FaultKind.MISSING_KEY,
    "too_short": FaultKind.COLUMNS,
    "too_long": FaultKind.COLUMNS,
    "finite_number": FaultKind.NOT_FINITE,
}
_FINITE = ConfigDict(allow_inf_nan=False)
_Entry = TypeVar("_Entry", bound=BaseModel)


class _Image(BaseModel):
    id: int
    file_name: str
    width: int | None = None
    height: int | None = None


class _Annotation(BaseModel):
    model_config = _FINITE

    image_id: int
    category_id: int
    bbox: tuple[float, float, float, float]
    iscrowd: bool = False


class _Category(BaseModel):
    id: int
    name: str


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
    content = _parse(path, raw.faults)
    if content is None:
        return
    categories = [
        found for found, _ in _entries(content["categories"], _Category, path, raw.faults)
    ]
    names = tuple(category.name for category in sorted(categories, key=lambda entry: entry.id))
    if raw.names not in (None, names):
        raise LabelError(
            f"{path}: expected the categories of the files before, {', '.join(raw.names or ())}, "
            f"got {', '.join(names)}"
        )
    raw.names = names
    category_names = {category.id: category.name for category in categories}
    boxes: defaultdict[int, list[RawBox]] = defaultdict(list)
    bad: set[int] = set()
    images = {image.id: image for image, _ in _entries(content["images"], _Image, path, raw.faults)}
    for entry, number in _entries(content["annotations"], _Annotation, path, raw.faults, bad):
        if entry.image_id not in images:
            message = f"annotation {number}: expected the id of an image, got {entry.image_id}"
            raw.faults.append(Fault(path, FaultKind.UNKNOWN_PICTURE, message))
        elif not entry.iscrowd:
            x, y, width, height = entry.bbox
            category = category_names.get(entry.category_id, f"category {entry.category_id}")
            boxes[entry.image_id].append(RawBox(category, (x, y, x + width, y + height)))
    places = _picture_places(path, folder)
    found = {image.id: _find_picture(image.file_name, places) for image in images.values()}
    by_path = {picture: images[number] for number, picture in found.items() if picture}
    for number, picture in found.items():
        if picture is None:
            message = (
                f"image {number}: expected a picture that exists, got {images[number].file_name}"
            )
            raw.faults.append(Fault(path, FaultKind.NO_PICTURE, message))
    for picture in shown(sorted(by_path), f"reading {path}"):
        image = by_path[picture]
        size = measure(picture)
        if isinstance(size, Fault):
            raw.faults.append(size)
        elif size != (image.width or size[0], image.height or size[1]):
            message = (
                f"{picture.name}: expected the picture's size of {size[0]}x{size[1]}, "
                f"got {image.width}x{image.height}"
            )
            raw.faults.append(Fault(path, FaultKind.OTHER_SIZE, message))
        elif image.id not in bad:
            raw.pictures.append(RawPicture(picture, *size, tuple(boxes[image.id]), path, part))


def _parse(path: Path, faults: list[Fault]) -> dict[str, list[Any]] | None:
    """The file's content if it has the three lists, or ``None``."""
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        message = f"expected a label file that can be read: {error.strerror}"
        faults.append(Fault(path, FaultKind.UNREADABLE_LABELS, message))
        return None
    except json.JSONDecodeError as error:
        faults.append(
            Fault(path, FaultKind.MALFORMED_JSON, f"expected JSON: {error.msg}", error.lineno)
        )
        return None
    except (ValueError, RecursionError) as error:
        # Not UTF-8, a number of thousands of digits, or lists in lists in lists.
        message = f"expected JSON in UTF-8: {error}"
        faults.append(Fault(path, FaultKind.MALFORMED_JSON, message))
        return None
    keys = ("images", "annotations", "categories")
    lacking = [
        key
        for key in keys
        if not (isinstance(content, dict) and isinstance(content.get(key), list))
    ]
    if lacking:
        message = f"expected the lists {', '.join(keys)}, without {', '.join(lacking)}"
        faults.append(Fault(path, FaultKind.MISSING_KEY, message))
        return None
    return {key: content[key] for key in keys}


def _entries(
    entries: Sequence[Any],
    kind: type[_Entry],
    path: Path,
    faults: list[Fault],
    bad: set[int] | None = None,
) -> list[tuple[_Entry, int]]:
    """The entries that can be used, with their place in the list.

    Of those that cannot, the fault is noted, and in ``bad`` the picture they belong to.
    """
    good = []
    for number, entry in enumerate(entries):
        try:
            good.append((kind.model_validate(entry), number))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "entry"
            message = f"{kind.__name__[1:].lower()} {number}: {where}: {first['msg']}"
            faults.append(Fault(path, _KINDS.get(first["type"], FaultKind.NOT_A_NUMBER), message))
            image_id = entry.get("image_id") if isinstance(entry, dict) else None
            if bad is not None and isinstance(image_id, int):
                bad.add(image_id)
    return good


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
