"""A darknet tree: ``obj.data`` names the file of names and the lists of pictures.

Labels are YOLO txt beside each picture, or in ``labels/`` where the picture is in ``images/``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from training.boxes.dataset import BoxDataset
from training.boxes.formats.output import PictureWriter
from training.boxes.formats.yolo import SUFFIX, as_lines, read_label_file
from training.boxes.pairing import pair_up
from training.boxes.raw import RawPicture, RawSet
from training.labelled.faults import Fault, FaultKind, LabelError
from training.labelled.layout import first_file
from training.labelled.names import read_name_list, read_text, write_name_list
from training.labelled.progress import shown

_LISTS = {"train": "train", "valid": "val", "test": "test"}
"""Keys of the data file that name a list, and what we call the part."""


def read_darknet(folder: Path) -> RawSet | None:
    """Reads a folder with one ``.data`` file, or returns ``None`` if it has none.

    Paths in the files were written for darknet's working folder, which is not known: they are
    looked for in the data file's folder and in the one above, then without their leading folders.

    Raises:
        LabelError: there are several data files, or one names a file that is missing.
    """
    data_files = sorted(folder.glob("*.data"))
    if not data_files:
        return None
    if len(data_files) > 1:
        found = ", ".join(path.name for path in data_files)
        raise LabelError(f"{folder}: expected one .data file, found {found}")
    data_file = data_files[0]
    entries = _entries(data_file)
    names_file = _find(folder, entries["names"]) if "names" in entries else None
    if "names" in entries and names_file is None:
        raise LabelError(f"{data_file}: it names {entries['names']} as names, which is not there")
    raw = RawSet(read_name_list(names_file) if names_file else None)
    lists: dict[Path, str] = {}
    for key, part in _LISTS.items():
        if key in entries:
            path = _find(folder, entries[key])
            if path is None:
                raise LabelError(f"{data_file}: it names {entries[key]} as {key}, not there")
            # People without validation pictures name the list of training twice.
            lists.setdefault(path.resolve(), part)
    if not lists:
        raise LabelError(f"{data_file}: expected `train = ...` with a list of pictures")
    taken: set[Path] = set()
    for list_file, part in lists.items():
        _read_list(list_file, folder, part, taken, raw)
    return raw


def _entries(data_file: Path) -> dict[str, str]:
    lines = (line.partition("#")[0] for line in read_text(data_file).splitlines())
    pairs = (line.partition("=") for line in lines if "=" in line)
    return {key.strip(): value.strip() for key, _, value in pairs}


def _read_list(list_file: Path, folder: Path, part: str, taken: set[Path], raw: RawSet) -> None:
    lines: dict[Path, int] = {}
    for number, picture in _listed(list_file, folder, raw.faults):
        if picture in taken:
            message = f"expected each picture once, got {picture} again"
            raw.faults.append(Fault(list_file, FaultKind.LISTED_TWICE, message, number))
            continue
        taken.add(picture)
        lines[picture] = number
    for picture in shown(list(lines), f"reading {list_file}"):
        found = pair_up(picture, _label_file(picture))
        if isinstance(found, Fault):
            raw.faults.append(found)
            continue
        boxes = read_label_file(found, raw.faults)
        if boxes is not None:
            raw.pictures.append(
                RawPicture(picture, found.width, found.height, boxes, found.label_file, part)
            )


def _listed(list_file: Path, folder: Path, faults: list[Fault]) -> Iterator[tuple[int, Path]]:
    for number, line in enumerate(read_text(list_file).splitlines(), start=1):
        if not line.strip():
            continue
        picture = _find(folder, line.strip())
        if picture is None:
            message = f"expected a picture that exists, got {line.strip()}"
            faults.append(Fault(list_file, FaultKind.NO_PICTURE, message, number))
        else:
            yield number, picture


def _find(folder: Path, written: str) -> Path | None:
    """The file that a path in a darknet file means, or ``None``."""
    path = Path(written.replace("\\", "/"))
    tails = [Path(*path.parts[first:]) for first in range(1, len(path.parts))]
    return first_file((folder / path, folder.parent / path, *(folder / tail for tail in tails)))


def _label_file(picture: Path) -> Path:
    beside = picture.with_suffix(SUFFIX)
    apart = picture.parent.parent / "labels" / beside.name
    in_images = picture.parent.name.lower() in ("images", "jpegimages")
    return apart if in_images and not beside.exists() else beside


def write_darknet(parts: Mapping[str, BoxDataset], folder: Path, writer: PictureWriter) -> None:
    """Writes ``obj.data``, ``obj.names``, a list for each part, and ``obj/`` with pictures and txt.

    Paths are those seen from the folder: start darknet in it. A set that is not divided is in
    ``train.txt``, which is named for validation too, since darknet wants one.
    """
    keys = {part: key for key, part in _LISTS.items()}
    lists: dict[str, str] = {}
    for part, dataset in parts.items():
        key = keys[part or "train"]
        lines = []
        for image in writer.write(dataset.images, folder / "obj" / part):
            image.path.with_suffix(SUFFIX).write_text(as_lines(image), encoding="utf-8")
            lines.append(f"{image.path.relative_to(folder).as_posix()}\n")
        lists[key] = f"{key}.txt"
        (folder / lists[key]).write_text("".join(lines), encoding="utf-8")
    labels = next(iter(parts.values())).labels
    write_name_list(labels, folder / "obj.names")
    lists.setdefault("valid", lists.get("train", ""))
    entries = {
        "classes": str(len(labels)),
        **lists,
        "names": "obj.names",
        "backup": "backup",
    }
    text = "".join(f"{key} = {value}\n" for key, value in entries.items())
    (folder / "obj.data").write_text(text, encoding="utf-8")
