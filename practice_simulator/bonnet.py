"""The bonnet of the car, as the three cameras see it at the bottom of every picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from practice_simulator.weather import Weather

WIDTH, HEIGHT = 320, 160
CameraName = Literal["center", "left", "right"]
Pixels = npt.NDArray[np.uint8]
_FINE = 4


class Bonnet:
    """A drawn overlay: `paint` puts it over a BGR picture of 320 x 160 in place."""

    def __init__(self, camera: CameraName, weather: Weather) -> None:
        canvas = np.zeros((HEIGHT * _FINE, WIDTH * _FINE, 4), np.float32)
        if camera == "center":
            _front(canvas)
        else:
            _wing(canvas)
            if camera == "right":
                canvas = canvas[:, ::-1].copy()
        small = cv2.resize(canvas, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
        light = np.asarray(weather.ambient) * 0.95 + np.asarray(weather.sun) * 0.7
        self._mask = small[..., 3] > 127
        colour = small[..., :3] * light[::-1] / np.maximum(small[..., 3:] / 255.0, 1e-3)
        self._colour = np.clip(colour, 0, 255).astype(np.uint8)[self._mask]

    def paint(self, picture: Pixels) -> None:
        """Overwrite the bonnet's pixels."""
        picture[self._mask] = self._colour


def _shape(
    canvas: np.ndarray, points: Sequence[tuple[float, float]], rgb: tuple[int, int, int]
) -> None:
    corners = (np.array(points) * _FINE).astype(np.int32)
    cv2.fillPoly(canvas, [corners], (rgb[2], rgb[1], rgb[0], 255))


def _front(canvas: np.ndarray) -> None:
    """The middle camera looks over the bonnet's bulge and the top of the windscreen."""
    outline = [
        (34, 160),
        (58, 154),
        (76, 150.5),
        (95, 147.5),
        (108, 144.5),
        (121, 140),
        (137, 137.6),
        (155, 137),
        (172, 137.6),
        (189, 140),
        (202, 144.5),
        (216, 147.5),
        (236, 151),
        (252, 154.5),
        (267, 160),
    ]
    _shape(canvas, outline, (166, 154, 128))
    lower = [(x, y + (5.5 if 100 < x < 210 else 3.5)) for x, y in outline]
    _shape(canvas, lower, (134, 124, 100))
    seam = [(80, 160), (110, 153.6), (150, 150.6), (190, 153.6), (228, 160)]
    rubber = [(86, 160), (112, 154.8), (150, 151.9), (188, 154.8), (222, 160)]
    glass = [(98, 160), (120, 156.4), (150, 154.4), (180, 156.4), (208, 160)]
    _shape(canvas, seam, (52, 48, 40))
    _shape(canvas, rubber, (156, 160, 146))
    _shape(canvas, glass, (172, 184, 178))


def _wing(canvas: np.ndarray) -> None:
    """The left camera sees the bonnet's corner with its lamp at the lower right."""
    outline = [
        (185, 160),
        (188, 156),
        (198, 146.5),
        (218, 144),
        (229, 142.5),
        (254, 139.3),
        (270, 138.2),
        (294, 138),
        (320, 139.5),
        (320, 160),
    ]
    _shape(canvas, outline, (104, 94, 72))
    _shape(
        canvas,
        [(229, 142.5), (254, 139.3), (270, 138.2), (320, 139), (320, 145), (290, 144), (256, 146)],
        (142, 130, 104),
    )
    _shape(canvas, [(300, 160), (302, 154), (320, 152), (320, 160)], (168, 178, 174))
    _shape(canvas, [(188, 157), (200, 146.5), (218, 145), (212, 150), (196, 153)], (232, 232, 230))
    _shape(canvas, [(185, 160), (189, 155), (198, 153.5), (194, 160)], (188, 194, 196))
