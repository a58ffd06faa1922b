"""What light, weather and a bad camera do to a picture, by albumentations."""

from __future__ import annotations

from typing import Any

import cv2
from pydantic import BaseModel, ConfigDict, Field


class CameraEffects(BaseModel):
    """How often a picture gets which fault of a camera. Probabilities are 0..1."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    light: float = Field(default=0.7, ge=0, le=1, description="Brightness and contrast.")
    light_limit: float = Field(
        default=0.35, ge=0, le=1, description="Largest change of brightness and of contrast."
    )
    night: float = Field(default=0.12, ge=0, le=1, description="Dark, noisy, coloured by lamps.")
    colour: float = Field(default=0.5, ge=0, le=1, description="Hue, saturation.")
    grey: float = Field(default=0.08, ge=0, le=1, description="No colour at all.")
    blur: float = Field(default=0.25, ge=0, le=1, description="Motion or a lens out of focus.")
    noise: float = Field(default=0.25, ge=0, le=1, description="Noise of the sensor.")
    compression: float = Field(default=0.3, ge=0, le=1, description="JPEG at a low quality.")


def camera(strength: CameraEffects, seed: int) -> Any:
    """A transform of albumentations: the effects, drawn anew for each picture."""
    import albumentations as transforms

    limit = strength.light_limit

    night = transforms.Sequential(
        [
            transforms.RandomGamma(gamma_limit=(130, 260), p=1.0),
            transforms.RGBShift(
                r_shift_limit=(0, 25), g_shift_limit=(-5, 10), b_shift_limit=(-25, 5), p=0.6
            ),
            transforms.ISONoise(color_shift=(0.02, 0.08), intensity=(0.2, 0.6), p=0.8),
        ],
        p=strength.night,
    )
    steps = [
        transforms.RandomBrightnessContrast(limit, limit, p=strength.light),
        transforms.HueSaturationValue(15, 40, 20, p=strength.colour),
        transforms.ToGray(p=strength.grey),
        night,
        transforms.OneOf(
            [
                transforms.MotionBlur(blur_limit=(3, 9)),
                transforms.GaussianBlur(blur_limit=(3, 7)),
                transforms.Downscale(
                    scale_range=(0.35, 0.8),
                    interpolation_pair={
                        "downscale": cv2.INTER_AREA,
                        "upscale": cv2.INTER_LINEAR,
                    },
                ),
            ],
            p=strength.blur,
        ),
        transforms.GaussNoise(std_range=(0.02, 0.1), p=strength.noise),
        transforms.ImageCompression(quality_range=(25, 90), p=strength.compression),
    ]
    return transforms.Compose(steps, seed=seed)
