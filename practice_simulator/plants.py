"""What stands about: trees, bushes, boulders and posts, where they stand, what shade they throw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from practice_simulator.centre_line import Floats
from practice_simulator.light import hazed, lit
from practice_simulator.mesh import EMPTY_MESH, Mesh, join, quads_as_triangles, strip
from practice_simulator.noise import Noise
from practice_simulator.terrain import WATER_LEVEL_M, HeightGrid, Surroundings, Terrain
from practice_simulator.weather import Weather

SHADE_REACH_M = 26.0
POSTS_FROM_CURVATURE = 0.028
"""1/m: bends tighter than this have posts."""


@dataclass(frozen=True, slots=True)
class Plants:
    """Places (n) in metres, and how high and wide each plant is."""

    x: Floats
    z: Floats
    y: Floats
    height: Floats
    width: Floats
    around: Surroundings


def scatter(
    terrain: Terrain,
    grid: HeightGrid,
    rng: np.random.Generator,
    *,
    count: int,
    near_far_m: tuple[float, float],
    heights_m: tuple[float, float],
    slimness: float,
) -> Plants:
    """Let `count` places be drawn in a band beside the road; those in water fall away.

    They gather in groves: where a noise field is low, nothing grows.
    """
    x = rng.uniform(grid.x.min(), grid.x.max(), count * 14)
    z = rng.uniform(grid.z.min(), grid.z.max(), count * 14)
    grove = terrain.noise.at(x + 55.0, z, 34.0) > rng.uniform(-0.9, 0.7, len(x))
    x, z = x[grove], z[grove]
    around = terrain.surroundings(x, z)
    # Nearer places are seen more: prefer them.
    low, high = near_far_m
    wanted = (around.distance_m > low) & (around.distance_m < high)
    wanted &= rng.uniform(0, 1, len(x)) < (low + 12.0) / (around.distance_m + 12.0) + 0.06
    y = grid.lookup(x, z)
    wanted &= y > WATER_LEVEL_M + 0.2
    index = np.flatnonzero(wanted)[:count]
    x, z = x[index], z[index]
    around = Surroundings(
        around.distance_m[index],
        around.nearest[index],
        around.right[index],
        around.level_m[index],
        around.lie[index],
    )
    y = terrain.heights(x, z, around)
    height = rng.uniform(*heights_m, len(index))
    return Plants(x, z, y - 0.25, height, height * slimness, around)


def crossed_quads(
    plants: Plants, grid: HeightGrid, weather: Weather, rng: np.random.Generator, variants: int
) -> Mesh:
    """Two upright pictures at right angles for each plant, of one of the `variants` abreast."""
    n = len(plants.x)
    turn = rng.uniform(0, np.pi, n)
    # corners: foot left, foot right, top right, top left
    side = np.array([-0.5, 0.5, 0.5, -0.5])
    up = np.array([0.0, 0.0, 1.0, 1.0])
    position = np.empty((n, 2, 4, 3))
    for quad in range(2):
        angle = turn + quad * np.pi / 2
        across = side[None, :] * plants.width[:, None]
        position[:, quad, :, 0] = plants.x[:, None] + across * np.cos(angle)[:, None]
        position[:, quad, :, 1] = plants.z[:, None] + across * np.sin(angle)[:, None]
        position[:, quad, :, 2] = plants.y[:, None] + up * plants.height[:, None]
    crown = plants.y + 0.7 * plants.height
    sunlit = grid.sunlit(plants.x, plants.z, crown, weather.sun_direction)
    normal = np.broadcast_to(np.array([0.0, 0.0, 1.0]), (n, 3))
    tone = lit(weather, normal, sunlit) * rng.uniform(0.72, 1.05, n)[:, None]
    tone = hazed(weather, tone, np.maximum(0.0, plants.around.distance_m - 25.0))
    colour = np.broadcast_to(tone[:, None, None, :], (n, 2, 4, 3))
    variant = rng.integers(variants, size=n)
    u = (variant[:, None] + 0.5 + 0.97 * side[None, :]) / variants
    # Inset, for the renderer filters over the edges of a picture even where it should clamp.
    uv = np.stack([u, np.broadcast_to(0.015 + 0.97 * up, (n, 4))], axis=-1)
    uv = np.broadcast_to(uv[:, None], (n, 2, 4, 2))
    triangles = quads_as_triangles(n * 2)
    return Mesh(position.reshape(-1, 3), colour.reshape(-1, 3), uv.reshape(-1, 2).copy(), triangles)


def shadows(terrain: Terrain, plants: Plants, weather: Weather, variants: int) -> Mesh:
    """Stains on the ground behind the plants near the road, following its slope.

    Only where there is a sun to speak of; an overcast sky throws none.
    """
    sun = weather.sun_direction
    flat = float(np.hypot(sun[0], sun[1]))
    near = np.flatnonzero(plants.around.distance_m < SHADE_REACH_M)
    if weather.sun[0] < 0.4 or not len(near):
        return EMPTY_MESH
    length = np.minimum(plants.height[near] * flat / sun[2], 24.0)
    along = np.linspace(0.0, 1.0, 9)
    aside = np.array([-0.5, 0.5])
    away = np.array([-sun[0], -sun[1]]) / flat
    reach = length[:, None, None] * along[None, :, None]
    across = plants.width[near][:, None, None] * aside[None, None, :]
    x = plants.x[near][:, None, None] + reach * away[0] - across * away[1]
    z = plants.z[near][:, None, None] + reach * away[1] + across * away[0]
    around = terrain.surroundings(x, z)
    y = terrain.heights(x, z, around)
    line = terrain.track.line
    for place in np.argwhere(around.distance_m < 8.0):
        key = tuple(place)
        found = line.locate(x[key], z[key], float(around.nearest[key]) * line.spacing_m)
        y[key] = max(line.at(found.along_m)[2], y[key])
    position = np.stack([x, z, y + 0.07], axis=-1)
    variant = (np.arange(len(near)) % variants)[:, None, None]
    u = (variant + 0.5 + 0.97 * aside[None, None, :]) / variants
    uv = np.stack(np.broadcast_arrays(u, 0.015 + 0.97 * along[None, :, None]), axis=-1)
    index = np.arange(len(near) * 18).reshape(-1, 9, 2)
    quads = np.stack(
        [index[:, :-1, 0], index[:, 1:, 0], index[:, 1:, 1], index[:, :-1, 1]], axis=-1
    ).reshape(-1, 4)
    return Mesh(
        position.reshape(-1, 3),
        np.ones((position.size // 3, 3)),
        uv.reshape(-1, 2).astype(np.float64),
        np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]),
    )


def boulders(plants: Plants, grid: HeightGrid, weather: Weather, rng: np.random.Generator) -> Mesh:
    """A bumpy half ball at each place, pale to nearly black, as the lake's rocks are."""
    rings, spokes = 5, 9
    up = np.linspace(-0.25, np.pi / 2, rings)[:, None]
    round_about = np.linspace(0, 2 * np.pi, spokes)[None, :]
    ball = np.stack(
        [
            np.cos(up) * np.cos(round_about),
            np.cos(up) * np.sin(round_about),
            np.sin(up) * np.ones_like(round_about),
        ],
        axis=-1,
    )
    noise = Noise(rng)
    parts = []
    for i in range(len(plants.x)):
        bumps = 1 + 0.35 * noise.at(ball[..., 0] + 9.0 * i, ball[..., 1] + ball[..., 2], 0.6)
        bumps[:, -1] = bumps[:, 0]
        width = plants.width[i]
        size = np.array([width, width * rng.uniform(0.6, 1.0), plants.height[i]])
        shape = ball * bumps[..., None] * size
        turn = rng.uniform(0, 2 * np.pi)
        cos, sin = np.cos(turn), np.sin(turn)
        turned = shape.copy()
        turned[..., 0] = shape[..., 0] * cos - shape[..., 1] * sin
        turned[..., 1] = shape[..., 0] * sin + shape[..., 1] * cos
        position = turned + np.array([plants.x[i], plants.z[i], plants.y[i]])
        normal = turned / size**2
        normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
        stone = np.asarray((0.80, 0.77, 0.66) if rng.uniform() < 0.5 else (0.26, 0.28, 0.30))
        sunlit = grid.sunlit(
            position[..., 0], position[..., 1], position[..., 2] + 0.5, weather.sun_direction
        )
        colour = stone * lit(weather, normal, np.maximum(sunlit, 0.3))
        uv = np.stack(np.broadcast_arrays(round_about * 0.6, up * 1.2), axis=-1)
        parts.append(strip(position, colour, uv))
    return join(parts)


def posts(terrain: Terrain, weather: Weather, rng: np.random.Generator) -> Mesh:
    """Tall pale posts with red-and-white boards along the outside of tight bends."""
    line = terrain.track.line
    corners: list[Floats] = [np.zeros((0, 3))]
    colours: list[Floats] = []
    light = np.asarray(weather.ambient) + 0.5 * np.asarray(weather.sun)
    pale, red, white = (
        np.asarray(paint) * light
        for paint in ((0.62, 0.64, 0.66), (0.74, 0.32, 0.30), (0.90, 0.90, 0.90))
    )
    for along in np.arange(float(rng.uniform(0, 8)), line.length_m, 8.0):
        i = line.index(float(along))
        if abs(line.curvature[i]) < POSTS_FROM_CURVATURE:
            continue
        foot = np.asarray(line.point(float(along), float(np.sign(line.curvature[i])) * 5.7))
        heading = float(line.heading[i])
        across = np.array([np.sin(heading), -np.cos(heading)])
        forward = np.array([np.cos(heading), np.sin(heading)])
        for way in (across, forward):
            corners.append(_upright(foot, 0.09 * way, -0.5, 4.2))
            colours.append(pale)
        for k in range(4):
            corners.append(_upright(foot, 0.55 * across, 3.5 + 0.17 * k, 3.67 + 0.17 * k))
            colours.append(red if k % 2 else white)
    count = len(colours)
    return Mesh(
        np.concatenate(corners),
        np.repeat(np.array(colours).reshape(count, 3), 4, axis=0),
        np.zeros((4 * count, 2)),
        quads_as_triangles(count),
    )


def _upright(foot: Floats, half: Floats, low: float, high: float) -> Floats:
    """Corners of an upright board: `half` its width as (x, z), `low` to `high` above its foot."""
    side = np.append(half, 0.0)
    up = np.array([0.0, 0.0, 1.0])
    return np.array(
        [
            foot - side + low * up,
            foot + side + low * up,
            foot + side + high * up,
            foot - side + high * up,
        ]
    )
