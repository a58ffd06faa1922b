"""Augmentation in which the mask follows the picture.

The transforms are albumentations'; here stands which of them, how strong and in which order.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from pydantic import Field

from training.camera_effects import CameraEffects, camera
from training.segmentation.dataset import Sample
from training.segmentation.placing import place
from vision.class_map import IGNORED
from vision.preprocessing import PAD_VALUE


class Augmentation(CameraEffects):
    """How strongly pictures and masks are changed. Probabilities are 0..1.

    Mirror, scale, shift, rotation and shear are the book's. Pixels that come in from outside are
    grey, and ignored in the mask.
    """

    mirror: float = Field(default=0.5, ge=0, le=1, description="Left and right swapped.")
    scale: tuple[float, float] = Field(
        default=(0.75, 1.35),
        description="Size in the input: below 1 shrinks (a border appears), above 1 crops. With a "
        "mean far from 1 what is learned does not fit pictures as serving gives them.",
    )
    move: float = Field(
        default=0.5, ge=0, le=1, description="Shifted, rotated and sheared, by at most the next."
    )
    shift: float = Field(default=0.1, ge=0, description="Largest shift, as a share of the input.")
    rotate_degrees: float = Field(default=3.0, ge=0, description="Largest rotation.")
    shear_degrees: float = Field(default=2.0, ge=0, description="Largest shear.")
    light: float = Field(default=0.5, ge=0, le=1, description="Brightness and contrast.")
    light_limit: float = Field(
        default=0.25, ge=0, le=1, description="Largest change of brightness and of contrast."
    )
    night: float = Field(default=0.05, ge=0, le=1, description="Dark, noisy, coloured by lamps.")
    colour: float = Field(default=0.4, ge=0, le=1, description="Hue, saturation.")
    grey: float = Field(default=0.02, ge=0, le=1, description="No colour at all.")
    blur: float = Field(default=0.1, ge=0, le=1, description="Motion or a lens out of focus.")
    noise: float = Field(default=0.1, ge=0, le=1, description="Noise of the sensor.")
    compression: float = Field(default=0.1, ge=0, le=1, description="JPEG at a low quality.")


class Augmenter:
    """Changes samples, the same way for the same seed.

    Args:
        strength: how strongly.
        width: of the samples it makes, in pixels.
        height: of the samples it makes, in pixels.
        seed: of all randomness.
    """

    def __init__(self, strength: Augmentation, width: int, height: int, seed: int) -> None:
        self._width, self._height = width, height
        self._moving = _moving(strength, width, height, seed)
        self._camera = camera(strength, seed + 1)

    def reseed(self, seed: int) -> None:
        """Starts the randomness anew."""
        self._moving.set_random_seed(seed)
        self._camera.set_random_seed(seed + 1)

    def single(self, sample: Sample) -> Sample:
        """One picture, letterboxed as in serving and changed: (height, width)."""
        placed = place(sample, self._width, self._height)
        moved = self._moving(image=placed.image, mask=placed.mask)
        image = self._camera(image=moved["image"])["image"]
        return Sample(np.asarray(image, np.uint8), np.asarray(moved["mask"], np.uint8))


def _moving(strength: Augmentation, width: int, height: int, seed: int) -> Any:
    import albumentations as transforms

    turn, lean = strength.rotate_degrees, strength.shear_degrees
    outside: Any = {"fill": (PAD_VALUE,) * 3, "fill_mask": IGNORED}
    steps = [
        transforms.HorizontalFlip(p=strength.mirror),
        transforms.Affine(
            scale=1.0,
            translate_percent=(-strength.shift, strength.shift),
            rotate=(-turn, turn),
            shear=(-lean, lean),
            interpolation=cv2.INTER_LINEAR,
            mask_interpolation=cv2.INTER_NEAREST,
            p=strength.move,
            **outside,
        ),
        transforms.RandomScale(
            tuple(factor - 1 for factor in strength.scale),
            interpolation=cv2.INTER_LINEAR,
            mask_interpolation=cv2.INTER_NEAREST_EXACT,
            p=1.0,
        ),
        transforms.PadIfNeeded(height, width, position="random", **outside),
        transforms.RandomCrop(height, width),
    ]
    return transforms.Compose(steps, seed=seed)
