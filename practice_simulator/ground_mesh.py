"""The land beside the road as meshes: a fine strip along it, a coarse grid beyond, water, sky."""

from __future__ import annotations

import numpy as np

from practice_simulator.centre_line import Floats
from practice_simulator.light import hazed, lit, surface_normals
from practice_simulator.mesh import Mesh, join, strip
from practice_simulator.noise import smooth_step
from practice_simulator.road_mesh import sideways
from practice_simulator.terrain import (
    ROADSIDE_M,
    WATER_LEVEL_M,
    HeightGrid,
    Surroundings,
    Terrain,
)
from practice_simulator.textures import GROUND_TILE_M
from practice_simulator.weather import Weather

_STRIP_STEP = 4
_STRIP = np.array([ROADSIDE_M - 0.6, 9.2, 10.6, 12.4, 16.5, 24.0])


def roadside_strip(terrain: Terrain, grid: HeightGrid, weather: Weather) -> Mesh:
    """From the end of the road's texture to 24 m out, both sides."""
    line = terrain.track.line
    meshes = []
    for sign in (1.0, -1.0):
        x, z = sideways(line, sign * _STRIP)
        rows = np.append(np.arange(0, line.count - 1, _STRIP_STEP), line.count)
        x, z = x[rows], z[rows]
        around = terrain.surroundings(x, z)
        y = terrain.heights(x, z, around)
        # What reaches over another stretch of road is buried under it.
        y -= np.where(around.distance_m < np.minimum(np.abs(_STRIP), ROADSIDE_M) - 1.0, 3.0, 0.0)
        level = np.append(line.y, line.y[0])[rows]
        bridge = np.append(terrain.bridge, terrain.bridge[0])[rows]
        # It begins a little under the road, so that no sky shows through the seam.
        y[:, 0] = level - 0.08 - 5.0 * bridge
        meshes.append(_land(terrain, grid, weather, np.stack([x, z, y], axis=-1), around))
    return join(meshes)


def far_land(terrain: Terrain, grid: HeightGrid, weather: Weather) -> Mesh:
    """The grid of the whole land, sunk where the strip covers it and left out below the road."""
    distance = grid.around.distance_m
    # Flat and low under the strip: a cliff between two coarse vertices would cut into the road.
    sunk = smooth_step(22.0, 18.0, distance)
    y = grid.height * (1 - sunk) + np.minimum(grid.height, grid.around.level_m - 2.0) * sunk
    far = distance > ROADSIDE_M
    keep = far[:-1, :-1] & far[1:, :-1] & far[:-1, 1:] & far[1:, 1:]
    position = np.stack([grid.x, grid.z, y], axis=-1)
    return _land(terrain, grid, weather, position, grid.around, keep=keep)


def water(terrain: Terrain, grid: HeightGrid, weather: Weather) -> Mesh | None:
    """The lake's surface, mirroring the sky; None where the land has no lake."""
    if terrain.track.name != "lake":
        return None
    x, z = np.meshgrid(grid.x[0, ::6], grid.z[::6, 0])
    y = np.full(x.shape, WATER_LEVEL_M)
    sky = 0.55 * np.asarray(weather.sky_horizon) + 0.45 * np.asarray(weather.sky_top)
    colour = np.broadcast_to(sky * 1.02, (*x.shape, 3))
    return strip(np.stack([x, z, y], axis=-1), colour, np.zeros((*x.shape, 2)))


def sky_dome(weather: Weather) -> Mesh:
    """A dome round the camera, pale at the horizon; a brighter patch where the sun is."""
    height = np.radians(np.array([-12.0, 0.0, 4.0, 9.0, 16.0, 28.0, 50.0, 89.0]))
    turn = np.linspace(0, 2 * np.pi, 33)
    up, round_about = np.meshgrid(height, turn)
    direction = np.stack(
        [np.cos(up) * np.cos(round_about), np.cos(up) * np.sin(round_about), np.sin(up)], axis=-1
    )
    rise = np.clip(up / np.radians(20.0), 0, 1)[..., None] ** 0.7
    colour = np.asarray(weather.sky_horizon) * (1 - rise) + np.asarray(weather.sky_top) * rise
    glow = np.clip(direction @ np.asarray(weather.sun_direction), 0, 1)[..., None] ** 8
    colour = colour + 0.12 * glow * np.asarray(weather.sun)
    return strip(direction * 300.0, colour, np.zeros((*up.shape, 2)))


def _land(
    terrain: Terrain,
    grid: HeightGrid,
    weather: Weather,
    position: Floats,
    around: Surroundings,
    *,
    keep: np.ndarray | None = None,
) -> Mesh:
    x, z, y = position[..., 0], position[..., 1], position[..., 2]
    normal = surface_normals(position)
    sunlit = grid.sunlit(x, z, y + 0.6, weather.sun_direction)
    colour = ground_colour(terrain, position, normal, around) * lit(weather, normal, sunlit)
    colour = hazed(weather, colour, np.maximum(0.0, around.distance_m - 25.0))
    uv = np.stack([x, z], axis=-1) / GROUND_TILE_M
    return strip(position, colour, uv, keep)


def ground_colour(
    terrain: Terrain, position: Floats, normal: Floats, around: Surroundings
) -> Floats:
    """What grows or lies there (…, 3): grass, sand, rock; before any light."""
    x, z, y = position[..., 0], position[..., 1], position[..., 2]
    patches = terrain.noise.layered(x + 311.0, z, 26.0, 3)
    steep = smooth_step(0.86, 0.62, normal[..., 2])[..., None]

    def mixed(first: tuple[float, ...], second: tuple[float, ...], share: Floats) -> Floats:
        blend: Floats = np.asarray(first) * (1 - share) + np.asarray(second) * share
        return blend

    choice = smooth_step(-0.35, 0.35, patches)[..., None]
    if terrain.track.name != "lake":
        grass = mixed((0.52, 0.56, 0.34), (0.41, 0.44, 0.29), choice)
        wall = mixed((0.48, 0.50, 0.38), (0.36, 0.37, 0.31), choice)
        return grass * (1 - steep) + wall * steep
    grass = mixed((0.84, 0.74, 0.22), (0.56, 0.50, 0.16), choice)
    sand = mixed((0.84, 0.64, 0.36), (0.72, 0.50, 0.26), choice)
    stone = mixed((0.78, 0.75, 0.58), (0.56, 0.58, 0.50), choice)
    # The mountains are bare.
    steep = np.maximum(steep, smooth_step(70.0, 140.0, around.distance_m)[..., None] * 0.8)
    sandy = smooth_step(0.15, 0.5, terrain.noise.layered(x, z + 777.0, 48.0, 2))
    # Shores are sandy, and so is the land beside the stretches with a dirt edge.
    sandy = np.maximum(sandy, smooth_step(-0.1, -0.7, y))
    for stretch in terrain.track.stretches:
        if stretch.edge == "dirt":
            spacing = terrain.track.line.spacing_m
            along = around.nearest * spacing
            beside = smooth_step(stretch.from_m - 8, stretch.from_m, along)
            beside *= smooth_step(stretch.to_m + 8, stretch.to_m, along)
            beside *= around.right * smooth_step(26.0, 14.0, around.distance_m)
            sandy = np.maximum(sandy, beside)
    flat = grass * (1 - sandy[..., None]) + sand * sandy[..., None]
    return flat * (1 - steep) + stone * steep
