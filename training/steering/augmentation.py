"""Training pictures from patches: another view, another light, another picture quality."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from training.steering.camera import SIDE_CAMERA_M
from training.steering.patches import INPUT_HEIGHT, INPUT_WIDTH, to_input
from training.steering.recipe import Recipe
from training.steering.views import View, nearest_camera, recovery_steering
from vision.preprocessing import UInt8Image

_GREY = np.array([0.114, 0.587, 0.299])
"""Shares of blue, green and red in luma, ITU-R BT.601."""
_NOISE_SEED = 20161201
_NOISE_BANK = np.random.default_rng(_NOISE_SEED).standard_normal(1 << 20).astype(np.float32)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Example:
    """A view and what to add to the steering for it, before mirroring.

    Attributes:
        view: where the picture is taken.
        steering_change: added to the recorded steering; the sum changes sign when mirrored.
    """

    view: View
    steering_change: float


def draw_view(
    recipe: Recipe,
    has_camera: npt.NDArray[np.bool_],
    speed_m_s: float,
    rng: np.random.Generator,
) -> Example:
    """Draws a camera, a place beside the path, a shift and whether to mirror.

    Args:
        recipe: the largest changes.
        has_camera: bool (3,), which pictures the row has.
        speed_m_s: how fast the car was, which says over what distance to come back.
        rng: source of randomness.
    """
    camera = int(rng.integers(3)) if recipe.side_cameras else 0
    if not has_camera[camera]:
        camera = 0
    change = (0.0, recipe.side_correction, -recipe.side_correction)[camera]
    right_m = heading = 0.0
    if recipe.offset_m or recipe.heading_deg:
        reach = max(recipe.recovery_min_m, recipe.recovery_s * speed_m_s)
        right_m = rng.uniform(-1, 1) * recipe.offset_m
        heading = math.radians(rng.uniform(-1, 1) * recipe.heading_deg)
        change = recovery_steering(SIDE_CAMERA_M[camera] + right_m, heading, reach)
        if recipe.side_cameras:
            better, rest = nearest_camera(SIDE_CAMERA_M[camera] + right_m)
            if has_camera[better]:
                camera, right_m = better, rest
    across, down = (float(rng.uniform(-1, 1) * largest) for largest in recipe.shift_px)
    change += recipe.shift_steering_per_px * across
    mirror = bool(recipe.mirror and rng.random() < 0.5)
    return Example(View(camera, right_m, heading, (across, down), mirror), change)


def render_view(patch: UInt8Image, view: View) -> UInt8Image:
    """The network's input as seen from a view.

    Args:
        patch: uint8 (110, 200, 3) of the view's camera.
        view: where to look from; the plain view gives the patch's middle untouched.

    Returns:
        uint8 (66, 200, 3).
    """
    if view.is_plain:
        return to_input(patch)
    warped = cv2.warpPerspective(
        patch,
        view.input_to_patch(),
        (INPUT_WIDTH, INPUT_HEIGHT),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(warped, np.uint8)


def change_light(picture: UInt8Image, recipe: Recipe, rng: np.random.Generator) -> UInt8Image:
    """Another light and picture quality; the steering stays what it is.

    Args:
        picture: uint8 (H, W, 3), BGR.
        recipe: the largest changes.
        rng: source of randomness.

    Returns:
        uint8 (H, W, 3).
    """
    matrix = _colour_matrix(recipe, rng)
    if matrix is not None:
        picture = np.asarray(cv2.transform(picture, matrix), np.uint8)
    table = _light_table(recipe, rng)
    if table is not None:
        picture = np.asarray(cv2.LUT(picture, table), np.uint8)
    if recipe.shadow and rng.random() < recipe.shadow:
        picture = _cast_shadow(picture, rng)
    if recipe.blur and rng.random() < recipe.blur:
        picture = np.asarray(cv2.GaussianBlur(picture, (3, 3), rng.uniform(0.4, 1.2)), np.uint8)
    if recipe.noise:
        picture = _add_noise(picture, rng.uniform(0, recipe.noise), rng)
    return picture


def _colour_matrix(recipe: Recipe, rng: np.random.Generator) -> Floats | None:
    if not recipe.saturation and not recipe.hue_deg:
        return None
    saturation = 1 + rng.uniform(-1, 1) * recipe.saturation
    angle = math.radians(rng.uniform(-1, 1) * recipe.hue_deg)
    grey = np.tile(_GREY, (3, 1))
    # Rotation about the grey axis (1, 1, 1), Rodrigues' formula.
    cross = np.array([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]]) / math.sqrt(3)
    turn = np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross
    return np.asarray((grey + saturation * (np.eye(3) - grey)) @ turn, np.float64)


def _light_table(recipe: Recipe, rng: np.random.Generator) -> UInt8Image | None:
    if not (recipe.brightness or recipe.gamma or recipe.tint):
        return None
    gain = (1 + rng.uniform(-1, 1) * recipe.brightness) * (1 + rng.uniform(-1, 1, 3) * recipe.tint)
    exponent = math.exp(rng.uniform(-1, 1) * recipe.gamma)
    level = (np.arange(256) / 255.0) ** exponent
    table = np.clip(255.0 * level[:, None] * gain[None, :], 0, 255)
    return np.round(table).astype(np.uint8)[None]


def _cast_shadow(picture: UInt8Image, rng: np.random.Generator) -> UInt8Image:
    """Darkens one side of a straight edge, as a bridge or a tree does."""
    height, width = picture.shape[:2]
    top, bottom = rng.uniform(0, width, 2)
    side = 0 if rng.random() < 0.5 else width - 1
    corners = np.array([[top, 0], [bottom, height - 1], [side, height - 1], [side, 0]])
    mask = np.zeros((height, width), np.uint8)
    cv2.fillConvexPoly(mask, corners.astype(np.int32), 255)
    dark = cv2.convertScaleAbs(picture, alpha=rng.uniform(0.4, 0.9))
    return np.asarray(cv2.copyTo(dark, mask, picture.copy()), np.uint8)


def _add_noise(picture: UInt8Image, deviation: float, rng: np.random.Generator) -> UInt8Image:
    start = int(rng.integers(_NOISE_BANK.size - picture.size))
    noise = _NOISE_BANK[start : start + picture.size].reshape(picture.shape)
    noisy = cv2.scaleAdd(noise, deviation, picture.astype(np.float32))
    return np.clip(noisy, 0, 255).astype(np.uint8)
