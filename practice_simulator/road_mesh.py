"""The road as meshes: one for each kind of edge, and the walls of the bridge."""

from __future__ import annotations

import numpy as np

from practice_simulator.centre_line import CentreLine, Floats
from practice_simulator.light import lit
from practice_simulator.mesh import Mesh, join, strip
from practice_simulator.terrain import HeightGrid
from practice_simulator.textures import ROAD_REACH_M, ROAD_TILE_M
from practice_simulator.track import Edge, Side, Track
from practice_simulator.weather import Weather

BRIDGE_HALF_WIDTH_M = 5.75
WALL_HEIGHT_M = 0.95
ROW_STEP = 2
"""One row of vertices for every so many samples of the line."""
_ACROSS = np.array([0.0, 1.85, 3.7, 5.75, 8.0])
_CONCRETE_TILT = 0.45


def road_meshes(track: Track, grid: HeightGrid, weather: Weather) -> dict[Edge, Mesh]:
    """Half ribbons of the road, both sides, by the edge they have."""
    parts: dict[Edge, list[Mesh]] = {}
    for side in ("left", "right"):
        for edge, mesh in _half(track, side, grid, weather).items():
            parts.setdefault(edge, []).append(mesh)
    return {edge: join(meshes) for edge, meshes in parts.items()}


def sideways(line: CentreLine, offsets: Floats) -> tuple[Floats, Floats]:
    """x and z (n + 1, k) of points to the right of each sample, closed; offsets (k) or (n, k).

    On the inside of tight bends offsets are cut short before they cross each other.
    """
    wide = np.broadcast_to(offsets, (line.count, offsets.shape[-1]))
    inner = np.sign(wide) * line.curvature[:, None] < 0
    # The tightest place within 16 m counts: the way in must not reach over to the way out.
    near = [np.roll(line.curvature, shift) for shift in range(-16, 17, 4)]
    tightest = np.abs(near).max(axis=0)[:, None]
    limit = 0.85 / np.maximum(tightest, 1e-6)
    held = np.where(inner, np.sign(wide) * np.minimum(np.abs(wide), limit), wide)
    x = line.x[:, None] + held * np.sin(line.heading)[:, None]
    z = line.z[:, None] - held * np.cos(line.heading)[:, None]
    return np.vstack([x, x[:1]]), np.vstack([z, z[:1]])


def _half(track: Track, side: Side, grid: HeightGrid, weather: Weather) -> dict[Edge, Mesh]:
    line = track.line
    sign = 1.0 if side == "right" else -1.0
    x, z = sideways(line, sign * _ACROSS)
    y = np.repeat(np.append(line.y, line.y[0])[:, None], len(_ACROSS), axis=1)
    along = np.arange(line.count + 1) * line.spacing_m
    edges = [track.edge_at(float(s), side) for s in along[:-1]]
    edges.append(edges[0])
    normal = np.zeros((*x.shape, 3))
    normal[..., 2] = 1.0
    if track.name == "lake":
        # The concrete leans towards the road, which is why one side of it is bright.
        paved = np.array([edge in ("plain", "kerb") for edge in edges])
        y[:, -1] += np.where(paved, 0.3, 0.0)
        heading = np.append(line.heading, line.heading[0])
        tilt = np.stack([-sign * np.sin(heading), sign * np.cos(heading)], axis=-1)
        normal[:, -1, :2] = _CONCRETE_TILT * tilt * paved[:, None]
        normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    light = lit(weather, normal, grid.sunlit(x, z, y + 0.3, weather.sun_direction))
    # The tile length is fitted so that the pattern meets itself at the start.
    tiles = round(line.length_m / ROAD_TILE_M)
    v = along / line.length_m * tiles + (0.0 if side == "right" else 0.37 * _shift(track))
    uv = np.stack(np.broadcast_arrays(_ACROSS[None, :] / ROAD_REACH_M, v[:, None]), axis=-1)
    rows = np.append(np.arange(0, line.count - 1, ROW_STEP), line.count)
    edges = [edges[row] for row in rows]
    position, light, uv = np.stack([x, z, y], axis=-1)[rows], light[rows], uv[rows]
    meshes: dict[Edge, Mesh] = {}
    for edge in sorted(set(edges)):
        here = np.array([e == edge for e in edges[:-1]])
        keep = np.repeat(here[:, None], len(_ACROSS) - 1, axis=1)
        if edge == "bridge":
            keep[:, _ACROSS[:-1] >= BRIDGE_HALF_WIDTH_M] = False
        meshes[edge] = strip(position, light, uv, keep)
    return meshes


def _shift(track: Track) -> float:
    """The halves of a road without a centre line are shifted, so that they do not mirror."""
    return 1.0 if track.lane_offset_m == 0 else 0.0


def bridge_walls(track: Track, weather: Weather) -> Mesh | None:
    """Black inner faces with a pale ledge on top; None where there is no bridge."""
    line = track.line
    places = np.arange(line.count) * line.spacing_m
    here = np.array([track.edge_at(float(s), "left") == "bridge" for s in places])
    if not here.any():
        return None
    meshes = []
    for sign in (1.0, -1.0):
        offsets = sign * (BRIDGE_HALF_WIDTH_M + np.array([0.0, 0.0, 0.0, 0.7, 0.7]))
        x, z = sideways(line, offsets)
        y = np.append(line.y, line.y[0])[:, None] + np.array([-0.1, *[WALL_HEIGHT_M] * 3, -5.0])
        dark, pale, outer = (0.04, 0.045, 0.06), (0.93, 0.93, 0.90), (0.35, 0.36, 0.38)
        colour = np.array([dark, dark, pale, pale, outer]) * (
            np.asarray(weather.ambient) + 0.6 * np.asarray(weather.sun)
        )
        colour = np.broadcast_to(colour, (*x.shape, 3))
        keep = np.repeat(here[:, None], 4, axis=1)
        keep[:, 1] = False
        meshes.append(strip(np.stack([x, z, y], axis=-1), colour, np.zeros((*x.shape, 2)), keep))
    return join(meshes)
