"""The land round a track: its height anywhere, where it is water, and what shadow it throws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from practice_simulator.centre_line import Floats
from practice_simulator.noise import Noise, smooth_step
from practice_simulator.track import Track

WATER_LEVEL_M = -0.9
ROADSIDE_M = 8.0
"""Out to here the ground belongs to the road and is as high as it."""
_CHUNK = 4096


@dataclass(frozen=True, slots=True)
class LandForm:
    """How the ground goes up or down beside the road; metres."""

    rise_m: float
    rise_from_m: float
    rise_to_m: float
    drop_m: float
    drop_to_m: float
    bumps_m: float
    bump_size_m: float
    mountains_m: float


LAKE_LAND = LandForm(16.0, 9.0, 36.0, 4.0, 21.0, 2.4, 20.0, 48.0)
JUNGLE_LAND = LandForm(23.0, 8.2, 13.2, 9.0, 24.0, 4.4, 12.0, 60.0)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the road is like as seen from points beside it; arrays of the points' shape.

    `distance_m` to the nearest sample of the axis, its index `nearest`, whether the point lies on
    the `right` of it, `level_m` of the roads nearby, and `lie` -1..1: how the ground runs there
    (-1 drops away, 1 rises).
    """

    distance_m: Floats
    nearest: np.ndarray
    right: np.ndarray
    level_m: Floats
    lie: Floats


class Terrain:
    """The height of the land as a smooth function of the place, drawn from the seed."""

    def __init__(self, track: Track, seed: int) -> None:
        self.track = track
        rng = np.random.default_rng([seed, 11])
        self.noise = Noise(rng)
        self.form = LAKE_LAND if track.name == "lake" else JUNGLE_LAND
        along: Floats = np.arange(track.line.count, dtype=np.float64) * track.line.spacing_m
        if track.name == "lake":
            self._left, self._right = _lake_lie(along, self.noise)
        else:
            self._left, self._right = _jungle_lie(along, self.noise)
        self.bridge = np.zeros(len(along))
        for stretch in track.stretches:
            if stretch.edge == "bridge":
                inside = smooth_step(stretch.from_m - 4, stretch.from_m + 4, along)
                self.bridge += inside * smooth_step(stretch.to_m + 4, stretch.to_m - 4, along)

    def surroundings(self, x: Floats, z: Floats) -> Surroundings:
        """See :class:`Surroundings`. Roads nearby weigh in by the fourth power of nearness."""
        shape = np.shape(x)
        x, z = np.ravel(x).astype(np.float32), np.ravel(z).astype(np.float32)
        line = self.track.line
        take = np.arange(0, line.count, 3)
        lx, lz = line.x[take].astype(np.float32), line.z[take].astype(np.float32)
        sin = np.sin(line.heading[take]).astype(np.float32)
        cos = np.cos(line.heading[take]).astype(np.float32)
        level = line.y[take].astype(np.float32)
        lie_left = self._left[take].astype(np.float32)
        lie_right = self._right[take].astype(np.float32)
        parts: list[tuple[np.ndarray, ...]] = []
        for first in range(0, len(x), _CHUNK):
            dx = x[first : first + _CHUNK, None] - lx
            dz = z[first : first + _CHUNK, None] - lz
            square = dx * dx + dz * dz
            right = dx * sin > dz * cos
            nearest = np.argmin(square, axis=1)
            row = np.arange(len(nearest))
            near_right = right[row, nearest]
            ahead = (dx * cos + dz * sin)[row, nearest]
            aside = np.abs((dx * sin - dz * cos)[row, nearest])
            # Samples are 3 m apart: the true distance is the sideways one while abreast of one.
            distance = np.where(np.abs(ahead) < 2.5, aside, np.sqrt(square[row, nearest]))
            weight = 1.0 / (square + 4.0) ** 2
            total = weight.sum(axis=1)
            parts.append(
                (
                    distance,
                    take[nearest],
                    near_right,
                    (weight @ level) / total,
                    (weight * np.where(right, lie_right, lie_left)).sum(axis=1) / total,
                )
            )
        joined = [np.concatenate(column).reshape(shape) for column in zip(*parts, strict=True)]
        return Surroundings(
            joined[0].astype(np.float64),
            joined[1],
            joined[2],
            joined[3].astype(np.float64),
            joined[4].astype(np.float64),
        )

    def heights(self, x: Floats, z: Floats, around: Surroundings | None = None) -> Floats:
        """Height in metres at each place."""
        near = around or self.surroundings(x, z)
        form, distance = self.form, near.distance_m
        ramp = smooth_step(form.rise_from_m, form.rise_to_m, distance)
        rise = np.maximum(near.lie, 0.0) * form.rise_m * ramp
        drop = np.maximum(-near.lie, 0.0) * form.drop_m
        drop *= smooth_step(ROADSIDE_M, form.drop_to_m, distance)
        rough = self.noise.layered(x, z, form.bump_size_m, 3)
        bumps = rough * form.bumps_m * smooth_step(ROADSIDE_M, ROADSIDE_M + 8.0, distance)
        bumps *= 0.35 + 0.65 * np.clip(near.lie + 0.4, 0, 1)
        far = smooth_step(32.0, 110.0, distance) * self._mountains(x, z)
        over_water = self.bridge[near.nearest]
        land = near.level_m + rise - drop + bumps + far
        sea_bed = -5.0 * smooth_step(3.0, 6.0, distance) + far * smooth_step(90, 160, distance)
        height: Floats = land * (1 - over_water) + sea_bed * over_water
        return height

    def _mountains(self, x: Floats, z: Floats) -> Floats:
        if self.track.name == "lake":
            # The lake lies inside the loop; mountains stand round it.
            inland = smooth_step(130.0, 230.0, np.hypot(np.asarray(x), np.asarray(z) * 1.15))
        else:
            inland = np.ones(np.shape(x))
        shape = 0.55 + 0.45 * self.noise.layered(np.asarray(x) + 900.0, z, 90.0, 3)
        value: Floats = inland * self.form.mountains_m * np.clip(shape, 0.0, None)
        return value


def _lake_lie(along: Floats, noise: Noise) -> tuple[Floats, Floats]:
    """Water lies to the left at three places and on both sides of the bridge."""
    left = 0.1 + 0.9 * noise.at(along, np.full_like(along, 7.3), 55.0)
    right = 0.6 + 0.8 * noise.at(along, np.full_like(along, 91.7), 60.0)
    for begin, end in ((300.0, 400.0), (655.0, 795.0), (1030.0, 1125.0)):
        water = smooth_step(begin - 12, begin + 12, along) * smooth_step(end + 12, end - 12, along)
        left = left * (1 - water) - 0.9 * water
    bridge = smooth_step(392.0, 412.0, along) * smooth_step(548.0, 528.0, along)
    left = left * (1 - bridge) - bridge
    right = right * (1 - bridge) - bridge
    return np.clip(left, -1, 1), np.clip(right, -0.25 - 0.75 * bridge, 1)


def _jungle_lie(along: Floats, noise: Noise) -> tuple[Floats, Floats]:
    """A wall on one side and a drop on the other, changing sides every 80 m or so."""
    wall = noise.at(along, np.full_like(along, 7.3), 70.0)
    own = noise.at(along, np.full_like(along, 91.7), 45.0)
    right = np.tanh(2.6 * (wall + 0.12))
    left = np.tanh(2.2 * (-0.75 * wall + 0.8 * own + 0.15))
    return left, right


class HeightGrid:
    """Heights on a square grid, to look up quickly and to walk along towards the sun."""

    def __init__(self, terrain: Terrain, cell_m: float, border_m: float) -> None:
        line = terrain.track.line
        self.cell_m = cell_m
        self.x0 = float(line.x.min()) - border_m
        self.z0 = float(line.z.min()) - border_m
        self.columns = int((float(line.x.max()) + border_m - self.x0) / cell_m) + 2
        self.rows = int((float(line.z.max()) + border_m - self.z0) / cell_m) + 2
        x = self.x0 + cell_m * np.arange(self.columns)
        z = self.z0 + cell_m * np.arange(self.rows)
        self.x, self.z = np.meshgrid(x, z)
        self.around = terrain.surroundings(self.x, self.z)
        self.height = terrain.heights(self.x, self.z, self.around)

    def lookup(self, x: Floats, z: Floats) -> Floats:
        """Bilinear height; places outside take the border's."""
        u = np.clip((np.asarray(x) - self.x0) / self.cell_m, 0, self.columns - 1.001)
        v = np.clip((np.asarray(z) - self.z0) / self.cell_m, 0, self.rows - 1.001)
        i, j = v.astype(int), u.astype(int)
        fv, fu = v - i, u - j
        h = self.height
        near = h[i, j] * (1 - fu) + h[i, j + 1] * fu
        far = h[i + 1, j] * (1 - fu) + h[i + 1, j + 1] * fu
        value: Floats = near * (1 - fv) + far * fv
        return value

    def sunlit(self, x: Floats, z: Floats, y: Floats, sun: tuple[float, float, float]) -> Floats:
        """How much of the sun reaches each place, 0..1: a walk towards it over the land.

        Args:
            x, z, y: the places, m; y a little above the ground.
            sun: unit vector (x, z, y) to the sun.
        """
        flat = max(1e-3, float(np.hypot(sun[0], sun[1])))
        clearance = np.full(np.shape(x), np.inf)
        for reach in np.concatenate([np.arange(3.0, 30.0, 3.0), np.arange(34.0, 130.0, 8.0)]):
            ray = y + reach * sun[2] / flat
            ground = self.lookup(x + reach * sun[0] / flat, z + reach * sun[1] / flat)
            clearance = np.minimum(clearance, (ray - ground) / (0.4 + 0.03 * reach))
        value: Floats = np.clip(clearance * 0.5 + 0.5, 0.0, 1.0)
        return value
