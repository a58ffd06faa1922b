"""Light and weather of a run, drawn from its seed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

Colour = tuple[float, float, float]
"""Red, green, blue, each 0..1."""


@dataclass(frozen=True, slots=True)
class Weather:
    """What the light is like.

    Ground that faces the sun gets `sun` + `ambient` and looks as its texture does where that sums
    to 1; in shadow it gets `ambient` alone. `sun_direction` is the unit vector (x, z, y) to it.
    `fog_per_m` is the share of the view lost each metre. `gain` and `gamma` are the exposure.
    """

    kind: str
    sun_direction: tuple[float, float, float]
    sun: Colour
    ambient: Colour
    sky_top: Colour
    sky_horizon: Colour
    fog_per_m: float
    gain: float
    gamma: float


_KINDS = ("clear", "low sun", "overcast", "clear", "haze", "dim")


def weather_for(track: str, seed: int) -> Weather:
    """The weather of a seed; seed 0 is the clear noon that the Udacity simulator always has."""
    rng = np.random.default_rng([seed, 23])
    kind = _KINDS[seed % len(_KINDS)]
    usual = 48.0 if track == "lake" else 39.0
    height = math.radians(22.0 if kind == "low sun" else usual)
    if seed:
        height += math.radians(float(rng.uniform(-8, 8)))
    round_about = math.radians(215.0) if seed == 0 else float(rng.uniform(0, 2 * math.pi))
    direction = (
        math.cos(height) * math.cos(round_about),
        math.cos(height) * math.sin(round_about),
        math.sin(height),
    )
    ambient: Colour = (0.42, 0.44, 0.48) if track == "lake" else (0.27, 0.30, 0.37)
    sun: Colour = (0.84, 0.80, 0.70) if track == "lake" else (0.98, 0.93, 0.84)
    sky_top: Colour = (0.40, 0.51, 0.68) if track == "lake" else (0.30, 0.42, 0.66)
    sky_horizon: Colour = (0.68, 0.80, 0.94) if track == "lake" else (0.60, 0.74, 0.93)
    fog, gain, gamma = 0.0008, 1.0, 1.0
    if kind == "low sun":
        sun, sky_horizon = (1.35, 1.05, 0.66), (0.93, 0.82, 0.66)
        ambient = (ambient[0] * 0.9, ambient[1] * 0.88, ambient[2] * 0.95)
    elif kind == "overcast":
        sun, ambient = (0.22, 0.22, 0.22), (0.66, 0.67, 0.69)
        sky_top, sky_horizon = (0.62, 0.65, 0.69), (0.78, 0.80, 0.82)
        fog = 0.0015
    elif kind == "haze":
        sun, sky_horizon = (sun[0] * 0.8, sun[1] * 0.8, sun[2] * 0.8), (0.80, 0.82, 0.83)
        ambient = (0.50, 0.51, 0.52)
        fog = 0.006
    elif kind == "dim":
        gain, gamma = 0.72, 1.1
        sky_top = (0.30, 0.36, 0.50)
    if seed:
        gain *= float(rng.uniform(0.85, 1.15))
        gamma *= float(rng.uniform(0.92, 1.08))
        warmth = float(rng.uniform(-0.05, 0.05))
        sun = (sun[0] * (1 + warmth), sun[1], sun[2] * (1 - warmth))
    return Weather(kind, direction, sun, ambient, sky_top, sky_horizon, fog, gain, gamma)
