"""A closed road axis in space, sampled every metre: where things are along it and beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SEARCH_METRES = 25.0
"""How far from the last known place `locate` looks before it searches the whole line."""


@dataclass(frozen=True, slots=True)
class Place:
    """A ground position told by the line: metres along it, and metres to the right of it."""

    along_m: float
    offset_m: float


class CentreLine:
    """A smooth closed curve through control points, in Unity's axes (x right, z forward, y up).

    Arrays hold one entry per sample, `spacing_m` (about 1 m) apart; the last is followed by the
    first. `heading` is in radians, counter-clockwise from +x as seen from above; `curvature` in
    1/m, positive where the line bends left; `grade` is rise per metre.
    """

    def __init__(self, x: Floats, z: Floats, y: Floats) -> None:
        step: Floats = np.hypot(np.roll(x, -1) - x, np.roll(z, -1) - z)
        self.x, self.z, self.y = x, z, y
        self.length_m = float(step.sum())
        self.count = len(x)
        self.spacing_m = self.length_m / self.count
        tangent_x = np.roll(x, -1) - np.roll(x, 1)
        tangent_z = np.roll(z, -1) - np.roll(z, 1)
        self.heading = np.unwrap(np.arctan2(tangent_z, tangent_x))
        turn = np.angle(np.exp(1j * (np.roll(self.heading, -1) - np.roll(self.heading, 1))))
        self.curvature = turn / (2 * self.spacing_m)
        self.grade = (np.roll(y, -1) - np.roll(y, 1)) / (2 * self.spacing_m)

    @classmethod
    def through(
        cls, points: Sequence[tuple[float, float, float]] | Floats, smoothing_m: float
    ) -> CentreLine:
        """Make a line through (x, z, y) control points, rounded over about `smoothing_m`.

        A centripetal Catmull-Rom curve joins the points, for it neither overshoots nor loops on
        unevenly spaced ones; a periodic Gaussian then takes the ripples out of its curvature.

        Raises:
            ValueError: fewer than four points, or not three numbers a point.
        """
        control = np.asarray(points, dtype=np.float64)
        if control.ndim != 2 or control.shape[1] != 3 or len(control) < 4:
            raise ValueError(f"expected at least 4 points (x, z, y), got shape {control.shape}")
        samples = _resample(_catmull_rom(control), 0.5)
        samples = _blur(samples, smoothing_m / 0.5)
        samples = _resample(samples, 1.0)
        return cls(samples[:, 0].copy(), samples[:, 1].copy(), samples[:, 2].copy())

    def reversed(self) -> CentreLine:
        """The same line driven the other way round, from the same first sample."""
        order = (-np.arange(self.count)) % self.count
        return CentreLine(self.x[order], self.z[order], self.y[order])

    def starting_near(self, x: float, z: float) -> CentreLine:
        """The same line with its first sample moved to the one nearest (x, z)."""
        first = int(np.argmin((self.x - x) ** 2 + (self.z - z) ** 2))
        return CentreLine(np.roll(self.x, -first), np.roll(self.z, -first), np.roll(self.y, -first))

    def at(self, along_m: float) -> tuple[float, float, float, float]:
        """x, z, y (m) and heading (rad) at a distance along the line, which wraps round."""
        position = (along_m / self.spacing_m) % self.count
        i = int(position) % self.count
        j = (i + 1) % self.count
        f = position - int(position)
        turn = float(np.angle(np.exp(1j * (self.heading[j] - self.heading[i]))))
        return (
            float(self.x[i] + f * (self.x[j] - self.x[i])),
            float(self.z[i] + f * (self.z[j] - self.z[i])),
            float(self.y[i] + f * (self.y[j] - self.y[i])),
            float(self.heading[i] + f * turn),
        )

    def point(self, along_m: float, offset_m: float) -> tuple[float, float, float]:
        """x, z, y of the point `offset_m` to the right of the line at `along_m`."""
        x, z, y, heading = self.at(along_m)
        return x + offset_m * np.sin(heading), z - offset_m * np.cos(heading), y

    def index(self, along_m: float) -> int:
        """The sample at or just before `along_m`."""
        return int(along_m / self.spacing_m) % self.count

    def locate(self, x: float, z: float, near_m: float | None = None) -> Place:
        """Project a ground position on the line.

        Args:
            x, z: the position, m.
            near_m: where along the line it was lately. Given, only the surroundings are searched,
                so a stretch that passes close by is not taken for this one.
        """
        if near_m is None:
            candidates = np.arange(self.count)
        else:
            reach = int(SEARCH_METRES / self.spacing_m)
            candidates = (self.index(near_m) + np.arange(-reach, reach + 1)) % self.count
        gaps = (self.x[candidates] - x) ** 2 + (self.z[candidates] - z) ** 2
        i = int(candidates[int(np.argmin(gaps))])
        heading = self.heading[i]
        dx, dz = x - self.x[i], z - self.z[i]
        ahead = float(dx * np.cos(heading) + dz * np.sin(heading))
        # The line bends between samples: a metre of arc holds less or more at an offset.
        right = float(dx * np.sin(heading) - dz * np.cos(heading))
        stretch = 1.0 + right * float(self.curvature[i])
        ahead = ahead / stretch if stretch > 0.2 else 0.0
        along = (i * self.spacing_m + ahead) % self.length_m
        base_x, base_z, _, base_heading = self.at(along)
        offset = (x - base_x) * np.sin(base_heading) - (z - base_z) * np.cos(base_heading)
        return Place(along, float(offset))


def _catmull_rom(points: Floats, steps: int = 24) -> Floats:
    """A closed centripetal Catmull-Rom curve, `steps` samples for each piece."""
    p0, p1 = np.roll(points, 1, axis=0), points
    p2, p3 = np.roll(points, -1, axis=0), np.roll(points, -2, axis=0)

    def knot(a: Floats, b: Floats) -> Floats:
        gap: Floats = np.sqrt(np.linalg.norm(b - a, axis=1))[:, None, None]
        return gap

    t1 = knot(p0, p1)
    t2 = t1 + knot(p1, p2)
    t3 = t2 + knot(p2, p3)
    t = t1 + (t2 - t1) * np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    q0, q1, q2, q3 = (p[:, None, :] for p in (p0, p1, p2, p3))
    a1 = (t1 - t) / t1 * q0 + t / t1 * q1
    a2 = (t2 - t) / (t2 - t1) * q1 + (t - t1) / (t2 - t1) * q2
    a3 = (t3 - t) / (t3 - t2) * q2 + (t - t2) / (t3 - t2) * q3
    b1 = (t2 - t) / t2 * a1 + t / t2 * a2
    b2 = (t3 - t) / (t3 - t1) * a2 + (t - t1) / (t3 - t1) * a3
    curve: Floats = (t2 - t) / (t2 - t1) * b1 + (t - t1) / (t2 - t1) * b2
    return curve.reshape(-1, points.shape[1])


def _resample(points: Floats, spacing_m: float) -> Floats:
    """Points of a closed polygon at equal plan distance, about `spacing_m` apart."""
    closed = np.vstack([points, points[:1]])
    step = np.hypot(np.diff(closed[:, 0]), np.diff(closed[:, 1]))
    along = np.concatenate([[0.0], np.cumsum(step)])
    wanted = np.linspace(0.0, along[-1], max(8, round(along[-1] / spacing_m)), endpoint=False)
    return np.stack([np.interp(wanted, along, column) for column in closed.T], axis=1)


def _blur(points: Floats, sigma_samples: float) -> Floats:
    """Periodic Gaussian blur of each column."""
    frequency = np.fft.rfftfreq(len(points))
    response = np.exp(-2 * (np.pi * frequency * sigma_samples) ** 2)
    blurred: Floats = np.fft.irfft(
        np.fft.rfft(points, axis=0) * response[:, None], n=len(points), axis=0
    )
    return blurred
