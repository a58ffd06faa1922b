"""Seeded smooth noise, for hills, colours and textures."""

from __future__ import annotations

import numpy as np

from practice_simulator.centre_line import Floats

LATTICE = 256


class Noise:
    """Value noise on a lattice of 256 x 256 random numbers that repeats; values are -1..1."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._lattice = rng.uniform(-1.0, 1.0, (LATTICE, LATTICE))

    def at(self, x: Floats, z: Floats, size: float) -> Floats:
        """Noise at each position; `size` is the lattice spacing in the positions' unit."""
        u, v = np.asarray(x) / size, np.asarray(z) / size
        iu, iv = np.floor(u).astype(int), np.floor(v).astype(int)
        fu, fv = u - iu, v - iv
        fu, fv = fu * fu * (3 - 2 * fu), fv * fv * (3 - 2 * fv)
        a, b = iu % LATTICE, iv % LATTICE
        c, d = (iu + 1) % LATTICE, (iv + 1) % LATTICE
        grid = self._lattice
        near = grid[a, b] * (1 - fu) + grid[c, b] * fu
        far = grid[a, d] * (1 - fu) + grid[c, d] * fu
        value: Floats = near * (1 - fv) + far * fv
        return value

    def layered(self, x: Floats, z: Floats, size: float, octaves: int = 3) -> Floats:
        """Octaves of noise, each half as large and half as strong as the one before."""
        total = np.zeros(np.broadcast(x, z).shape)
        weight = 0.0
        for octave in range(octaves):
            strength = 0.5**octave
            total += strength * self.at(x, z, size * strength)
            weight += strength
        value: Floats = total / weight
        return value


def smooth_step(low: float, high: float, value: Floats) -> Floats:
    """0 below `low`, 1 above `high`, and an S-curve between; falls if `high` < `low`."""
    t = np.clip((value - low) / (high - low), 0.0, 1.0)
    step: Floats = t * t * (3 - 2 * t)
    return step
