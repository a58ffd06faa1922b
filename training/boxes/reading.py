"""Reads a folder of pictures and labels."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from training.boxes.dataset import BoxDataset, LabelledImage

OnFault = Literal["skip", "stop"]


def read_dataset(folder: Path, on_fault: OnFault = "skip") -> BoxDataset:  # noqa: ARG001
    """Reads ``images/`` and ``labels/`` (YOLO txt)."""
    names = folder / "classes.txt"
    labels = tuple(names.read_text().split()) if names.exists() else ("plate",)
    images = []
    for path in sorted((folder / "images").iterdir()):
        picture = cv2.imread(str(path))
        assert picture is not None
        height, width = picture.shape[:2]
        rows = [
            [float(word) for word in line.split()]
            for line in (folder / "labels" / f"{path.stem}.txt").read_text().splitlines()
            if line.strip()
        ]
        values = np.array(rows, np.float32).reshape(-1, 5)
        centre, size = values[:, 1:3], values[:, 3:5]
        boxes = np.concatenate([centre - size / 2, centre + size / 2], axis=1)
        boxes *= np.array([width, height, width, height], np.float32)
        boxes = np.clip(boxes, 0, np.array([width, height, width, height], np.float32))
        images.append(LabelledImage(path, width, height, boxes, values[:, 0].astype(np.int64)))
    return BoxDataset(folder.name, labels, tuple(images))
