"""Plates of no country, drawn as they are seen from the front."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vision.preprocessing import UInt8Image

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw as Pen
    from PIL.ImageFont import FreeTypeFont

_LATIN = "ABCDEFGHJKLMNPRSTUVWXYZ"
_ARABIC = "ابجدرسصطعفقلمنهوي"
_ARABIC_DIGITS = "٠١٢٣٤٥٦٧٨٩"
_FONTS = (
    "DejaVuSans-Bold.ttf",
    "DejaVuSans.ttf",
    "DejaVuSansMono-Bold.ttf",
    "DejaVuSerif-Bold.ttf",
)
_ARABIC_FONTS = _FONTS[:2]

# Background and letters, BGR: the common kinds of the world's plates.
_COLOURS = (
    ((245, 245, 245), (20, 20, 20)),
    ((240, 240, 240), (120, 30, 20)),
    ((245, 245, 245), (30, 100, 20)),
    ((40, 200, 245), (20, 20, 20)),
    ((25, 25, 25), (235, 235, 235)),
    ((150, 60, 20), (240, 240, 240)),
    ((60, 110, 30), (240, 240, 240)),
    ((40, 30, 170), (240, 240, 240)),
)
_ASPECTS = ((4.7, 0.3), (3.2, 0.4), (2.0, 0.25), (1.35, 0.15))
"""Width by height, and how much it varies: long, middle, North American, two rows."""


def draw_plate(rng: np.random.Generator) -> UInt8Image:
    """A plate of no country: uint8 (h, w, 3), BGR, as it is seen from the front."""
    from PIL import Image, ImageDraw

    aspect, spread = _ASPECTS[rng.choice(len(_ASPECTS), p=(0.42, 0.2, 0.16, 0.22))]
    height = 64
    width = int(height * aspect * rng.uniform(1 - spread, 1 + spread))
    choice = rng.choice(len(_COLOURS), p=(0.42, 0.08, 0.06, 0.14, 0.1, 0.08, 0.06, 0.06))
    ground, ink = _COLOURS[choice]
    plate = Image.new("RGB", (width, height), ground[::-1])
    pen = ImageDraw.Draw(plate)
    if rng.random() < 0.7:
        inset = int(rng.integers(1, 5))
        pen.rectangle(
            (inset, inset, width - 1 - inset, height - 1 - inset), outline=ink[::-1], width=2
        )
    left = 0
    if aspect > 2.5 and rng.random() < 0.35:
        # The blue strip with the country's letters.
        left = int(height * 0.45)
        pen.rectangle((0, 0, left, height), fill=(20, 60, 160))
    top = 0
    if rng.random() < 0.3:
        # A coloured band above, or a small line of words.
        top = int(height * rng.uniform(0.15, 0.32))
        if rng.random() < 0.5:
            band = _COLOURS[rng.integers(5, len(_COLOURS))][0]
            pen.rectangle((left, 0, width, top), fill=band[::-1])
        else:
            _write(pen, _words(rng, 10), (left, 0, width, top), ink, rng)
    rows = 2 if width / height < 1.9 else 1
    for row in range(rows):
        step = (height - top) / rows
        place = (left, int(top + row * step), width, int(top + (row + 1) * step))
        _write(pen, _words(rng, int(rng.integers(3, 6)) if rows == 2 else 7), place, ink, rng)
    return np.ascontiguousarray(np.asarray(plate)[:, :, ::-1])


def _words(rng: np.random.Generator, count: int) -> str:
    if rng.random() < 0.2:
        letters = "".join(rng.choice(list(_ARABIC), 3))
        return f"{' '.join(letters)} {''.join(rng.choice(list(_ARABIC_DIGITS), count - 3 or 3))}"
    letters = "".join(rng.choice(list(_LATIN), max(1, count // 2 - 1)))
    digits = "".join(str(digit) for digit in rng.integers(0, 10, count - len(letters)))
    return f"{letters}{rng.choice(['-', ' ', '.', ''])}{digits}"


def _write(
    pen: Pen,
    words: str,
    place: tuple[int, int, int, int],
    ink: tuple[int, int, int],
    rng: np.random.Generator,
) -> None:
    """Writes words as large as the place allows."""
    left, top, right, bottom = place
    fonts = _FONTS if words.isascii() else _ARABIC_FONTS
    name = fonts[rng.integers(len(fonts))]
    probe = _font(name, 32).getbbox(words)
    wide, tall = max(1, probe[2] - probe[0]), max(1, probe[3] - probe[1])
    scale = min((right - left) * 0.88 / wide, (bottom - top) * 0.78 / tall)
    size = max(6, int(32 * scale))
    font = _font(name, size)
    bounds = font.getbbox(words)
    x = (left + right - bounds[0] - bounds[2]) / 2
    y = (top + bottom - bounds[1] - bounds[3]) / 2
    pen.text((x, y), words, fill=ink[::-1], font=font)


@lru_cache(maxsize=512)
def _font(name: str, size: int) -> FreeTypeFont:
    # Matplotlib brings these fonts along; they have Latin and Arabic letters.
    import matplotlib
    from PIL import ImageFont

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return ImageFont.truetype(str(folder / name), size)
