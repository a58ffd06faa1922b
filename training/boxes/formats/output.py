"""Pictures of a set that is being written: copied or linked, each with a name of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from training.boxes.dataset import LabelledImage
from training.errors import TrainingError
from training.labelled.progress import shown


@dataclass(frozen=True)
class PictureWriter:
    """Brings pictures to a folder.

    Attributes:
        link: make hard links instead of copies: quick, and takes no space.
    """

    link: bool = False

    def write(self, images: Sequence[LabelledImage], folder: Path) -> Iterator[LabelledImage]:
        """Writes pictures one by one, and yields each with its new path.

        Two pictures whose names differ in folder or ending only get a number: a label file is
        found by the name without its ending.

        Raises:
            TrainingError: a picture cannot be linked or copied.
        """
        folder.mkdir(parents=True, exist_ok=True)
        taken: set[str] = set()
        for image in shown(images, f"writing {folder}"):
            path = folder / _free_name(image.path, taken)
            self._bring(image.path, path)
            yield replace(image, path=path)

    def _bring(self, source: Path, target: Path) -> None:
        try:
            if self.link:
                os.link(source, target)
            else:
                shutil.copyfile(source, target)
        except OSError as error:
            way = "linked (leave --link away to copy it)" if self.link else "copied"
            message = f"{source}: cannot be {way} to {target}: {error.strerror}"
            raise TrainingError(message) from error


def _free_name(path: Path, taken: set[str]) -> str:
    stem, number = path.stem, 1
    # Without regard to case: the set may be carried to a system that has none in file names.
    while stem.lower() in taken:
        number += 1
        stem = f"{path.stem}_{number}"
    taken.add(stem.lower())
    return stem + path.suffix
