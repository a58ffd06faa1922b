"""Sunlight on surfaces, worked out once per vertex when a scene is built."""

from __future__ import annotations

import numpy as np

from practice_simulator.centre_line import Floats
from practice_simulator.weather import Weather


def lit(weather: Weather, normal: Floats, sunlit: Floats) -> Floats:
    """The light (…, 3) on surfaces; 1 shows a texture as it is.

    Args:
        normal: (…, 3) unit vectors in x, z, y.
        sunlit: (…) how much of the sun gets there, 0..1.
    """
    facing = np.clip(normal @ np.asarray(weather.sun_direction), 0.0, None) * sunlit
    # Flat ground in full sun comes out as 1 whatever the sun's height.
    facing = facing / max(0.35, weather.sun_direction[2])
    # The sky is above: what tilts away from it gets less of its light.
    open_sky = 0.7 + 0.3 * np.clip(normal[..., 2], 0.0, 1.0)
    light: Floats = facing[..., None] * np.asarray(weather.sun) * 0.72 + open_sky[
        ..., None
    ] * np.asarray(weather.ambient)
    return light


def hazed(weather: Weather, colour: Floats, distance_m: Floats) -> Floats:
    """Mix what stands far from any road with the air in between."""
    share = 1.0 - np.exp(-np.asarray(distance_m) * (0.0030 + 0.6 * weather.fog_per_m))
    mixed: Floats = (
        colour * (1 - share[..., None]) + np.asarray(weather.sky_horizon) * share[..., None]
    )
    return mixed


def surface_normals(position: Floats) -> Floats:
    """Unit normals (a, b, 3) of a grid of vertices (a, b, 3), pointing up."""
    along = np.gradient(position, axis=0)
    across = np.gradient(position, axis=1)
    normal = np.cross(along, across)
    normal *= np.where(normal[..., 2:] < 0, -1.0, 1.0)
    unit: Floats = normal / np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-9)
    return unit
