"""Where pictures and masks lie in a folder, and which mask is which picture's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.labelled.layout import PARTS, Part, find_parts, part_folders
from training.labelled.pictures import is_picture

PICTURE_FOLDERS = ("images", "image", "imgs", "JPEGImages", "leftImg8bit", "rgb")
MASK_FOLDERS = (
    "masks", "mask", "labels", "label", "annotations", "annots", "gtFine", "gt",
    "SegmentationClass",
)  # fmt: skip
"""What the folders of pictures and of masks may be called."""

BESIDE = ("annot", "_labels", "_masks")
"""What a folder of masks is called that lies beside one of pictures called ``train``."""

PICTURE_ENDINGS = ("_leftImg8bit", "_image", "_img")
MASK_ENDINGS = (
    "_gtFine_labelIds", "_gtFine_labelTrainIds", "_labelIds", "_mask", "_masks", "_label",
    "_labels", "_L", "_seg", "_gt", "_annotation",
)  # fmt: skip
"""What a name may have behind that of the scene."""

_OTHER_FILES = ("_color", "_instanceIds")
"""Ends of names that Cityscapes gives to files beside its masks."""

_MASK_SUFFIXES = (".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".jpg", ".jpeg")


@dataclass(frozen=True)
class Match:
    """The files of a part.

    Attributes:
        masks: for each picture, in the order of their names, the masks that may be its own.
        alone: masks without a picture.
    """

    masks: dict[Path, list[Path]]
    alone: list[Path]


def find_mask_parts(folder: Path) -> list[Part]:
    """The parts of a set of pictures and masks.

    Found are ``images/`` and ``masks/`` (or what else they may be called), or both in one folder;
    either in ``train/``, ``val/`` ...; ``images/train/`` and ``masks/train/``; and ``train/`` with
    ``trainannot/`` or ``train_labels/`` beside it.
    """
    if folder.name.lower() in PARTS:
        beside = _beside(PARTS[folder.name.lower()], folder)
        if beside:
            return beside
    parts = [part for name, pictures in part_folders(folder) for part in _beside(name, pictures)]
    return parts or find_parts(folder, PICTURE_FOLDERS, MASK_FOLDERS, _belong)


def match(pictures: Path, masks: Path) -> Match:
    """Which masks in a folder may belong to which pictures of another one, or the same.

    The name of a mask is that of its picture, or differs in usual endings only.
    """
    found_masks = [path for path in _files(masks) if _is_mask(path)]
    found_pictures = [path for path in _files(pictures) if is_picture(path)]
    if pictures == masks:
        found_pictures, found_masks = _apart(found_pictures, found_masks)
    by_stem = {path.stem: path for path in found_pictures}
    by_scene = {_scene(path.stem, PICTURE_ENDINGS): path for path in found_pictures}
    of_picture: dict[Path, list[Path]] = {path: [] for path in found_pictures}
    alone = []
    for mask in found_masks:
        picture = by_stem.get(mask.stem) or by_scene.get(_scene(mask.stem, MASK_ENDINGS))
        if picture is None:
            alone.append(mask)
        else:
            of_picture[picture].append(mask)
    return Match(of_picture, alone)


def _beside(name: str, pictures: Path) -> list[Part]:
    candidates = [pictures.with_name(pictures.name + ending) for ending in BESIDE]
    return [Part(name, pictures, masks) for masks in candidates if _belong(pictures, masks)][:1]


def _belong(pictures: Path, masks: Path) -> bool:
    if not (pictures.is_dir() and masks.is_dir()):
        return False
    return any(match(pictures, masks).masks.values())


def _files(folder: Path) -> list[Path]:
    """The files of a folder; of a part that has folders only, as Cityscapes by city, of these."""
    entries = sorted(folder.iterdir())
    files = [path for path in entries if path.is_file()]
    if not files and folder.name.lower() in PARTS:
        files = sorted(path for path in folder.glob("*/*") if path.is_file())
    return files


def _is_mask(path: Path) -> bool:
    usable = path.suffix.lower() in _MASK_SUFFIXES and not path.name.startswith(".")
    return usable and not path.stem.endswith(_OTHER_FILES)


def _apart(pictures: list[Path], masks: list[Path]) -> tuple[list[Path], list[Path]]:
    """Pictures and masks of one folder: by their endings, or JPEG and PNG of one name."""
    jpegs = {path.stem for path in pictures if path.suffix.lower() in (".jpg", ".jpeg")}
    real = {
        path
        for path in masks
        if _scene(path.stem, MASK_ENDINGS) != path.stem
        or (path.suffix.lower() == ".png" and path.stem in jpegs)
    }
    return [path for path in pictures if path not in real], sorted(real)


def _scene(stem: str, endings: Sequence[str]) -> str:
    """A name without the first of these endings that it has, the longest ones first."""
    for ending in sorted(endings, key=len, reverse=True):
        if stem.endswith(ending) and len(stem) > len(ending):
            return stem.removesuffix(ending)
    return stem
