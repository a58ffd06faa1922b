"""Masks: files in which the value or the colour of each pixel says its class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from training.errors import TrainingError
from vision.class_map import IGNORED, RGB, ClassMap

Values = npt.NDArray[np.uint8] | npt.NDArray[np.uint32]
"""(H, W): what stands in a mask, uint8; or its colours as whole numbers, uint32."""

WITH_COLOURS = ("RGB", "RGBA")
"""What Pillow calls the pictures whose pixels have a colour each."""

WITH_VALUES = ("1", "L", "LA", "P")
"""What Pillow calls those with a value of at most 8 bits a pixel; ``P`` has colours for these."""


class MaskKind(StrEnum):
    """How masks say which class a pixel has."""

    INDEX = "index"
    """By a value of 8 bits; of a PNG with a palette the index counts, not its colour."""
    COLOUR = "colour"
    """By a colour, which a palette file names."""
    BINARY = "binary"
    """By a value that is not 0 where the one class is."""


@dataclass(frozen=True)
class MaskCoding:
    """What the values of the pixels of a set's masks mean.

    Attributes:
        kind: how the masks say which class a pixel has.
        class_ids: by the value, or the colour as :func:`packed` has it, the class id or
            :data:`vision.class_map.IGNORED`.
    """

    kind: MaskKind
    class_ids: Mapping[int, int]

    def decode(self, values: Values) -> ClassMap:
        """Class ids, uint8 (H, W); a value without a meaning is ignored."""
        return self._table[values]

    @cached_property
    def _table(self) -> npt.NDArray[np.uint8]:
        # For colours 16 MiB; a search among them would take ten times as long as a look-up.
        size = 2**24 if self.kind is MaskKind.COLOUR else 2**8
        table = np.full(size, IGNORED, np.uint8)
        table[list(self.class_ids)] = list(self.class_ids.values())
        return table


def packed(colour: RGB) -> int:
    """A colour as a whole number below 2 ** 24: red in its highest byte, blue in its lowest."""
    red, green, blue = colour
    return red << 16 | green << 8 | blue


def unpacked(number: int) -> RGB:
    """The colour that :func:`packed` made a number of."""
    return number >> 16, number >> 8 & 255, number & 255


def read_values(path: Path, kind: MaskKind) -> Values:
    """What stands in a mask, read as a set of this kind has it.

    Of masks with colours where values are wanted the red counts: such a set's are all grey.

    Raises:
        TrainingError: the file can no longer be read.
    """
    try:
        with Image.open(path) as mask:
            return values_of(mask, colours=kind is MaskKind.COLOUR)
    except (OSError, SyntaxError, ValueError) as error:
        raise TrainingError(f"{path}: expected a mask that can be read: {error}") from error


def values_of(mask: Image.Image, colours: bool) -> Values:
    """What stands in an open mask: its colours as whole numbers, or its values.

    Raises:
        OSError, SyntaxError, ValueError: it breaks off, as Pillow tells it.
    """
    if colours:
        rgb = np.asarray(mask.convert("RGB"), np.uint32)
        return np.asarray(rgb[..., 0] << 16 | rgb[..., 1] << 8 | rgb[..., 2], np.uint32)
    if mask.mode == "1":
        return np.asarray(mask.convert("L"), np.uint8)
    values = np.asarray(mask, np.uint8)
    return values if values.ndim == 2 else values[..., 0]
