"""Class maps: which class each pixel of a picture belongs to."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

ClassMap = npt.NDArray[np.uint8]
"""uint8, (H, W): class ids, the index of the class among the labels; or ``IGNORED``."""

IGNORED = 255
"""Stands in a class map where a pixel has no class, or one that does not count."""

MAX_CLASSES = IGNORED
"""So many classes have ids of their own below ``IGNORED``."""

RGB = tuple[int, int, int]
"""A colour: red, green, blue, each 0..255."""
