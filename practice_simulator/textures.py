"""Surfaces of the road and the ground, drawn by code. All images are RGB or RGBA, 8 bits.

A road texture covers half the road: u runs from the axis (left edge of the image) 8 m out to the
roadside, v along the road over `ROAD_TILE_M`.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from practice_simulator.centre_line import Floats
from practice_simulator.track import Edge

Image = npt.NDArray[np.uint8]

SIZE = 256
ROAD_REACH_M = 8.0
ROAD_TILE_M = 9.4
GROUND_TILE_M = 9.0


def lake_road(edge: Edge, rng: np.random.Generator) -> Image:
    """Rough asphalt with yellow lines, gutter and concrete; or kerb, dirt, or cobbles."""
    if edge == "bridge":
        return _cobble(rng)
    across, along = _metres()
    image = _speckled((124, 121, 106), 21.0, 3.5, rng)
    # The middle of each wheel track is worn a little brighter.
    image *= 1.0 + 0.05 * np.exp(-(((across - 1.3) / 0.6) ** 2))[..., None]
    if edge == "dirt":
        dirt = _speckled((186, 138, 86), 9.0, 8.0, rng)
        wander = 0.25 * np.sin(2 * np.pi * along / ROAD_TILE_M * 2)
        share = np.clip((across - 3.7 - wander) / 0.9 + 0.5, 0, 1)[..., None]
        return _finish(image * (1 - share) + dirt * share)
    concrete = _speckled((224, 219, 199), 6.0, 5.0, rng)
    if edge == "kerb":
        # The stripes lean, as on race tracks, and come out even over the tile.
        stripe = (along / ROAD_TILE_M * 20 + across * 0.8) % 1.0 < 0.5
        paint = np.where(stripe[..., None], np.array([214.0, 84, 72]), np.array([236.0, 226, 214]))
        _put(image, (across > 3.78) & (across < 5.3), paint)
        _put(image, across >= 5.3, concrete)
    else:
        gutter = _speckled((78, 74, 62), 10.0, 6.0, rng)
        _put(image, (across > 3.78) & (across < 5.1), gutter)
        _put(image, (across > 4.9) & (across < 5.02), np.array([176.0, 148, 52]))
        _put(image, across >= 5.15, concrete)
    _put(image, (across > 3.62) & (across < 3.78), np.array([196.0, 164, 52]))
    return _finish(image)


def jungle_road(rng: np.random.Generator) -> Image:
    """Smooth asphalt, half a broken centre line, an edge line, then grass."""
    across, along = _metres()
    image = _speckled((163, 161, 157), 10.0, 5.0, rng)
    image *= 1.0 - 0.05 * np.exp(-(((across - 1.1) / 0.35) ** 2))[..., None]
    image *= 1.0 - 0.05 * np.exp(-(((across - 3.2) / 0.35) ** 2))[..., None]
    white = np.array([238.0, 237, 232])
    _put(image, (across < 0.085) & (along % 4.7 < 3.4), white)
    _put(image, (across > 4.5) & (across < 4.65), white)
    grass = _speckled((104, 112, 68), 20.0, 14.0, rng)
    ragged = 0.08 * np.sin(2 * np.pi * along / ROAD_TILE_M * 5) + 0.06 * rng.standard_normal(
        across.shape
    )
    share = np.clip((across - 4.8 - ragged) / 0.15, 0, 1)[..., None]
    return _finish(image * (1 - share) + grass * share)


def ground(track: str, rng: np.random.Generator) -> Image:
    """A bright, grey-free pattern; the ground's colour comes from the vertices."""
    if track == "lake":
        return _finish(_speckled((224, 224, 224), 10.0, 15.0, rng))
    # Leaves on slopes: blotches that the steep walls stretch to streaks, as in the original.
    return _finish(_speckled((196, 196, 196), 26.0, 34.0, rng))


def rock(rng: np.random.Generator) -> Image:
    """Boulders: cracked and blotchy, bright."""
    return _finish(_speckled((205, 205, 205), 12.0, 30.0, rng))


def _cobble(rng: np.random.Generator) -> Image:
    """Reddish-brown stones with pale joints, about 0.35 m long."""
    rows, columns = 26, 26
    centres = np.stack(
        np.meshgrid(np.arange(columns) + 0.5, np.arange(rows) + 0.5), axis=-1
    ).reshape(-1, 2)
    centres[:, 0] += 0.5 * (centres[:, 1].astype(int) % 2)
    centres += rng.uniform(-0.18, 0.18, centres.shape)
    tone = rng.uniform(0.72, 1.12, len(centres))
    y, x = np.mgrid[0:SIZE, 0:SIZE] * (columns / SIZE)
    best = np.full((SIZE, SIZE), np.inf)
    second = np.full((SIZE, SIZE), np.inf)
    shade = np.ones((SIZE, SIZE))
    for (cx, cy), t in zip(centres, tone, strict=True):
        dx = np.abs(x - cx)
        dy = np.abs(y * (rows / columns) - cy)
        dx, dy = np.minimum(dx, columns - dx), np.minimum(dy, rows - dy)
        far = dx**2 * 1.25 + dy**2
        nearer = far < best
        second = np.where(nearer, best, np.minimum(second, far))
        shade = np.where(nearer, t, shade)
        best = np.where(nearer, far, best)
    joint = np.clip(1.0 - (np.sqrt(second) - np.sqrt(best)) / 0.16, 0, 1)[..., None]
    stone = _speckled((138, 110, 97), 13.0, 10.0, rng) * shade[..., None]
    mortar = np.array([205.0, 176, 152])
    return _finish(stone * (1 - joint) + mortar * joint)


def _metres() -> tuple[Floats, Floats]:
    """Metres from the axis and along the road, of each texel."""
    row, column = np.mgrid[0:SIZE, 0:SIZE]
    return (column + 0.5) * (ROAD_REACH_M / SIZE), (row + 0.5) * (ROAD_TILE_M / SIZE)


def _speckled(
    colour: tuple[float, float, float], grain: float, blotch: float, rng: np.random.Generator
) -> Floats:
    """A colour with grain of one to two texels and blotches of a tenth of the tile."""
    fine = _tiled_noise(rng, 0.5)
    coarse = _tiled_noise(rng, SIZE / 26)
    image = np.asarray(colour, dtype=np.float64) + (fine * grain + coarse * blotch)[..., None]
    return image


def _tiled_noise(rng: np.random.Generator, sigma: float) -> Floats:
    """Blurred white noise that continues over the edges, with deviation 1."""
    white = rng.standard_normal((SIZE, SIZE))
    wide = np.pad(white, 64, mode="wrap")
    soft = cv2.GaussianBlur(wide, (0, 0), sigma)[64:-64, 64:-64]
    noise: Floats = soft / soft.std()
    return noise


def _put(image: Floats, where: npt.NDArray[np.bool_], colour: Floats) -> None:
    """Paint over, keeping a third of the grain beneath so that paint looks worn."""
    grain = (image - image.mean(axis=(0, 1))) * 0.3
    painted = np.broadcast_to(colour, image.shape) + grain
    image[where] = painted[where]


def _finish(image: Floats) -> Image:
    return np.clip(image, 0, 255).astype(np.uint8)
