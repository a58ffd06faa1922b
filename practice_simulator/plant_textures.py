"""Pictures of plants and of their shadows, drawn by code: RGBA, transparent where there is none."""

from __future__ import annotations

import cv2
import numpy as np

from practice_simulator.textures import Image

WIDTH, HEIGHT = 128, 256


def pine(rng: np.random.Generator) -> Image:
    """A tall pine: bare trunk, ragged clumps of dull green lit from one side."""
    image = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    middle = WIDTH // 2
    lean = int(rng.integers(-6, 7))
    cv2.line(image, (middle, 60), (middle + lean, HEIGHT), (74, 60, 46, 255), 9)
    cv2.line(image, (middle - 3, 60), (middle + lean - 3, HEIGHT), (116, 96, 72, 255), 3)
    clumps = int(rng.integers(9, 13))
    for height in np.linspace(20, 165, clumps):
        reach = 12 + 34 * np.sin(np.pi * min(1.0, (height + 10) / 175)) * rng.uniform(0.6, 1.0)
        sway = rng.uniform(-12, 12)
        for _ in range(34):
            x = middle + sway + rng.uniform(-1, 1) * reach
            y = height + rng.normal(0, 6)
            side = np.clip(0.5 - (x - middle) / 70 - (y - height) / 40, 0, 1)
            tone = (0.40 + 0.85 * side) * rng.uniform(0.75, 1.15)
            colour = (*(np.array([112, 112, 56]) * tone).tolist(), 255)
            axes = (int(rng.integers(4, 9)), int(rng.integers(2, 6)))
            angle = float(rng.uniform(-30, 30))
            cv2.ellipse(image, (int(x), int(y)), axes, angle, 0, 360, colour, -1)
    return image


def bush(rng: np.random.Generator) -> Image:
    """Upright blades, dark below and yellow-green above, as wide as high."""
    image = np.zeros((128, 128, 4), np.uint8)
    for _ in range(150):
        x = rng.uniform(8, 120)
        top = 128 - rng.uniform(0.35, 1.0) * (112 - 1.1 * abs(x - 64))
        tone = rng.uniform(0.45, 1.1)
        colour = (np.array([70, 80, 24]) * tone).tolist()
        lean = rng.uniform(-9, 9)
        cv2.line(image, (int(x), 127), (int(x + lean), int(top)), (*colour, 255), 3)
    return image


def palm(rng: np.random.Generator) -> Image:
    """A palm with a leaning trunk and hanging fronds."""
    image = np.zeros((HEIGHT, WIDTH * 2, 4), np.uint8)
    crown = np.array([WIDTH + rng.uniform(-26, 26), 78.0])
    bend = rng.uniform(-26, 26)
    t = np.linspace(0, 1, 20)[:, None]
    foot = np.array([WIDTH, HEIGHT + 2.0])
    trunk = foot * (1 - t) + crown * t + np.array([bend, 0]) * (t * (1 - t) * 2)
    cv2.polylines(image, [trunk.astype(np.int32)], False, (112, 94, 70, 255), 15)
    cv2.polylines(image, [(trunk - [3, 0]).astype(np.int32)], False, (140, 120, 92, 255), 5)
    for angle in np.linspace(-0.3, np.pi + 0.3, 13) + rng.uniform(-0.12, 0.12, 13):
        length = rng.uniform(70, 104)
        reach = np.linspace(0, 1, 14)[:, None]
        rib = crown + np.hstack(
            [np.cos(angle) * length * reach, -np.sin(angle) * length * 0.75 * reach]
        )
        rib[:, 1] += 66 * reach[:, 0] ** 2
        tone = rng.uniform(0.55, 1.2)
        colour = (*(np.array([72, 88, 38]) * tone).tolist(), 255)
        for point, share in zip(rib, reach[:, 0], strict=True):
            blade = 20 * np.sin(np.pi * min(1.0, share + 0.15)) + 3
            for side in (-1, 1):
                tip = point + np.array([np.cos(angle) * 7 + side * 5, blade])
                cv2.line(
                    image,
                    tuple(point.astype(int).tolist()),
                    tuple(tip.astype(int).tolist()),
                    colour,
                    4,
                )
        cv2.polylines(image, [rib.astype(np.int32)], False, colour, 5)
    return image


def conifer(rng: np.random.Generator) -> Image:
    """A dark, narrow fir for far slopes."""
    image = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    for height in np.linspace(12, 246, 46):
        reach = 4 + 44 * height / HEIGHT
        for _ in range(7):
            x = WIDTH / 2 + rng.uniform(-1, 1) * reach
            tone = rng.uniform(0.5, 1.2)
            colour = (*(np.array([44, 56, 34]) * tone).tolist(), 255)
            centre = (int(x), int(height + rng.uniform(-4, 4)))
            cv2.ellipse(image, centre, (9, 5), float(rng.uniform(-30, 30)), 0, 360, colour, -1)
    return image


def shadow_of(plant: Image) -> Image:
    """A plant's outline as a soft dark stain, to lay on the road."""
    alpha = cv2.GaussianBlur(plant[..., 3], (0, 0), 1.6)
    image = np.zeros_like(plant)
    image[..., :3] = (16, 18, 26)
    image[..., 3] = (alpha * 0.68).astype(np.uint8)
    return image


def tidy(plant: Image) -> Image:
    """Give the transparent texels the plant's mean colour, or mipmaps would fray to black."""
    image = plant.copy()
    solid = image[..., 3] > 0
    image[~solid, :3] = image[solid][:, :3].mean(axis=0).astype(np.uint8)
    return image
