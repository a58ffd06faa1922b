"""Augmentation in which the boxes follow: placing, mosaic, and what a bad camera does to a picture.

The transforms are albumentations'; here stands which of them, how strong and in which order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from pydantic import Field

from training.boxes.dataset import IGNORED, Boxes, ClassIds
from training.camera_effects import CameraEffects, camera
from vision.preprocessing import PAD_VALUE, UInt8Image, letterbox

_GREY = (PAD_VALUE, PAD_VALUE, PAD_VALUE)


class Augmentation(CameraEffects):
    """How strongly pictures are changed. Probabilities are 0..1."""

    mirror: float = Field(
        default=0.0, ge=0, le=1, description="Left and right swapped. Off where letters matter."
    )
    scale: tuple[float, float] = Field(
        default=(0.5, 1.6),
        description="Size on the canvas: below 1 shrinks (a border appears), above 1 crops.",
    )
    stretch: tuple[float, float] = Field(
        default=(1.0, 1.0), description="Width against height: below 1 narrower, above 1 wider."
    )
    shift: float = Field(default=0.2, ge=0, description="Largest shift, as a share of the canvas.")
    rotate_degrees: float = Field(default=8.0, ge=0, description="Largest rotation.")
    shear_degrees: float = Field(default=6.0, ge=0, description="Largest shear.")
    perspective: float = Field(default=0.3, ge=0, le=1, description="A view from elsewhere.")
    mosaic: float = Field(default=0.5, ge=0, le=1, description="Four pictures in one.")
    min_visible: float = Field(
        default=0.35,
        ge=0,
        le=1,
        description="A box of which less is left in view is dropped; ignored regions never are.",
    )


@dataclass(frozen=True)
class Sample:
    """A picture in memory with its boxes.

    Attributes:
        image: uint8 (H, W, 3), BGR.
        boxes: float32 (N, 4): x_min, y_min, x_max, y_max in pixels.
        class_ids: int64 (N,); :data:`training.boxes.dataset.IGNORED` for an ignored region.
    """

    image: UInt8Image
    boxes: Boxes
    class_ids: ClassIds


class Augmenter:
    """Changes samples, the same way for the same seed.

    Args:
        strength: how strongly.
        size: width and height of the samples it makes, in pixels.
        seed: of all randomness.
    """

    def __init__(self, strength: Augmentation, size: int, seed: int) -> None:
        self._strength = strength
        self._size = size
        self._placing = _placing(strength, seed)
        self._camera = camera(strength, seed + 1)
        self._rng = np.random.default_rng(seed)

    def reseed(self, seed: int) -> None:
        """Starts the randomness anew."""
        self._placing.set_random_seed(seed)
        self._camera.set_random_seed(seed + 1)
        self._rng = np.random.default_rng(seed)

    @property
    def wants_mosaic(self) -> bool:
        """Drawn anew each time: whether the next sample should be a mosaic."""
        return bool(self._rng.random() < self._strength.mosaic)

    def single(self, sample: Sample) -> Sample:
        """One picture, placed on the canvas and changed: (size, size, 3)."""
        return self._photograph(self._place(sample))

    def mosaic(self, samples: list[Sample]) -> Sample:
        """Four pictures around a random point of the canvas, then changed as one.

        YOLOv4 (Bochkovskiy et al., 2020), section 3.3.
        """
        size = self._size
        centre = self._rng.uniform(0.3, 0.7, 2) * size
        middle_x, middle_y = (int(value) for value in centre)
        canvas = np.full((size, size, 3), PAD_VALUE, np.uint8)
        boxes, class_ids = [], []
        quadrants = [
            (0, 0, middle_x, middle_y),
            (middle_x, 0, size, middle_y),
            (0, middle_y, middle_x, size),
            (middle_x, middle_y, size, size),
        ]
        for sample, (left, top, right, bottom) in zip(samples, quadrants, strict=True):
            placed = self._place(sample)
            # The part of the placed picture that the quadrant shows, anywhere in it.
            x = int(self._rng.integers(0, size - (right - left) + 1))
            y = int(self._rng.integers(0, size - (bottom - top) + 1))
            canvas[top:bottom, left:right] = placed.image[
                y : y + bottom - top, x : x + right - left
            ]
            moved = placed.boxes + np.array([left - x, top - y] * 2, np.float32)
            least = np.where(placed.class_ids == IGNORED, 0, self._strength.min_visible)
            kept, clipped = clip_boxes(moved, (left, top, right, bottom), least)
            boxes.append(clipped)
            class_ids.append(placed.class_ids[kept])
        whole = Sample(canvas, np.concatenate(boxes), np.concatenate(class_ids))
        return self._photograph(whole)

    def _place(self, sample: Sample) -> Sample:
        wide = np.exp(self._rng.uniform(*np.log(self._strength.stretch)))
        stretched = cv2.resize(sample.image, None, fx=float(wide), fy=1.0)
        # What the picture really became: its width is a whole number of pixels.
        factor = stretched.shape[1] / sample.image.shape[1]
        image, placement = letterbox(np.asarray(stretched, np.uint8), self._size, self._size)
        boxes = placement.to_input(sample.boxes * np.array([factor, 1, factor, 1], np.float32))
        ignored = sample.class_ids == IGNORED
        answer = self._placing(
            image=image,
            bboxes=boxes[~ignored],
            class_ids=sample.class_ids[~ignored].astype(np.float32),
            # As points, for boxes of which little is left in view are dropped.
            keypoints=_corners(boxes[ignored]),
        )
        objects = np.asarray(answer["bboxes"], np.float32).reshape(-1, 4)
        object_ids = np.asarray(answer["class_ids"]).reshape(-1).astype(np.int64)
        around = _around(np.asarray(answer["keypoints"], np.float32).reshape(-1, 4, 2))
        _, regions = clip_boxes(around, (0, 0, self._size, self._size), 0)
        return Sample(
            answer["image"],
            np.concatenate([objects, regions]),
            np.concatenate([object_ids, np.full(len(regions), IGNORED)]),
        )

    def _photograph(self, sample: Sample) -> Sample:
        return Sample(self._camera(image=sample.image)["image"], sample.boxes, sample.class_ids)


def clip_boxes(
    boxes: Boxes,
    window: tuple[float, float, float, float],
    min_visible: float | npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.bool_], Boxes]:
    """Boxes cut off at a window, without those of which too little is left.

    Args:
        boxes: float32 (N, 4): x_min, y_min, x_max, y_max.
        window: left, top, right, bottom.
        min_visible: smallest share of a box's area that must be left, 0..1: one for all, or (N,).

    Returns:
        Which boxes are kept, bool (N,), and these, cut off.
    """
    left, top, right, bottom = window
    low = np.array([left, top, left, top], np.float32)
    high = np.array([right, bottom, right, bottom], np.float32)
    clipped = np.clip(boxes, low, high)
    before = (boxes[:, 2:] - boxes[:, :2]).prod(1)
    after = (clipped[:, 2:] - clipped[:, :2]).prod(1)
    kept = (after > 0) & (after >= min_visible * before)
    return kept, clipped[kept]


def _corners(boxes: Boxes) -> npt.NDArray[np.float32]:
    """The corners of N boxes, in the order of the boxes: float32 (4 N, 2), x and y."""
    return boxes[:, [[0, 1], [2, 1], [2, 3], [0, 3]]].reshape(-1, 2)


def _around(corners: npt.NDArray[np.float32]) -> Boxes:
    """The boxes around N times four corners: float32 (N, 4)."""
    return np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)


def _placing(strength: Augmentation, seed: int) -> Any:
    import albumentations as transforms

    turn, lean = strength.rotate_degrees, strength.shear_degrees
    steps = [
        transforms.HorizontalFlip(p=strength.mirror),
        transforms.Affine(
            scale=strength.scale,
            keep_ratio=True,
            balanced_scale=True,
            translate_percent=(-strength.shift, strength.shift),
            rotate=(-turn, turn),
            shear=(-lean, lean),
            fill=_GREY,
            p=1.0,
        ),
        transforms.Perspective(scale=(0.02, 0.08), fill=_GREY, p=strength.perspective),
    ]
    boxes = transforms.BboxParams(
        "pascal_voc", ["class_ids"], min_visibility=strength.min_visible, min_area=4, clip=True
    )
    points = transforms.KeypointParams("xy", remove_invisible=False)
    return transforms.Compose(steps, bbox_params=boxes, keypoint_params=points, seed=seed)
