"""Road scenes drawn on the spot, with their masks in any of the ways in which masks are written."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

LABELS = ("sky", "grass", "road", "car", "person")
NAMES = (*LABELS, "Unlabelled")
COLOURS = {
    "sky": (128, 128, 128), "grass": (20, 160, 40), "road": (128, 64, 128), "car": (64, 0, 128),
    "person": (64, 64, 0), "Unlabelled": (0, 0, 0),
}  # fmt: skip
"""Red, green and blue of each name in the palette file of colour masks."""

WIDTH, HEIGHT = 96, 64
BONNET = 3
"""So many rows at the bottom of each scene are unlabelled."""

_PAINT = ((230, 190, 140), (60, 150, 70), (95, 90, 90), (40, 40, 200), (30, 200, 230), (20, 20, 20))
"""Blue, green and red of each name in the pictures."""


def draw_scenes(
    folder: Path, train: int, val: int, *, test: int = 0, kind: str = "index", seed: int = 0
) -> Path:
    """Draws a set with ``images/`` and ``masks/`` in ``train/``, ``val/`` ...; gives the folder.

    Args:
        folder: where to; it may not exist yet.
        train: pictures in ``train/``.
        val: pictures in ``val/``; the part is left out if 0.
        test: pictures in ``test/``; the part is left out if 0.
        kind: of the masks. ``index``, with ``classes.txt``; ``colour``, with ``palette.yaml``;
            ``binary``: 255 where the road is, with ``classes.txt`` of that one name.
        seed: another one draws other scenes.
    """
    rng = np.random.default_rng(seed)
    for part, count in (("train", train), ("val", val), ("test", test)):
        if not count:
            continue
        for inner in ("images", "masks"):
            (folder / part / inner).mkdir(parents=True)
        for number in range(count):
            picture, mask = draw_scene(rng)
            cv2.imwrite(str(folder / part / "images" / f"{number:03}.png"), picture)
            written = folder / part / "masks" / f"{number:03}.png"
            Image.fromarray(_as_written(mask, kind)).save(written)
    if kind == "colour":
        lines = (f"{name}: {list(colour)}\n" for name, colour in COLOURS.items())
        (folder / "palette.yaml").write_text("".join(lines))
    else:
        names = NAMES if kind == "index" else ("road",)
        (folder / "classes.txt").write_text("\n".join(names) + "\n")
    return folder


def draw_scene(rng: np.random.Generator) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """A picture, uint8 (HEIGHT, WIDTH, 3), BGR, and which of ``NAMES`` each pixel is of."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    horizon = int(rng.integers(18, 28))
    mask[horizon:] = NAMES.index("grass")
    vanishing = int(rng.integers(WIDTH // 3, WIDTH - WIDTH // 3))
    left, right = (int(rng.integers(4, 16)), int(WIDTH - rng.integers(4, 16)))
    corners = [(vanishing - 4, horizon), (vanishing + 4, horizon), (right, HEIGHT), (left, HEIGHT)]
    cv2.fillPoly(mask, [np.array(corners, np.int32)], NAMES.index("road"))
    for name, side, size in (("car", 0, (20, 14)), ("person", 1, (8, 20))):
        # Each in its half of the scene: things that hide each other are another lesson.
        if rng.random() < 0.15:
            continue
        x = int(rng.integers(2, WIDTH // 2 - size[0] - 2)) + side * WIDTH // 2
        bottom = int(rng.integers(horizon + size[1] // 2 + 2, HEIGHT - BONNET - 2))
        mask[bottom - size[1] : bottom, x : x + size[0]] = NAMES.index(name)
    mask[-BONNET:] = NAMES.index("Unlabelled")
    light = rng.uniform(0.85, 1.1)
    paint = np.array(_PAINT, np.float32)[mask] * light
    picture = np.clip(paint + rng.normal(0, 4, paint.shape), 0, 255).astype(np.uint8)
    return picture, mask


def _as_written(mask: npt.NDArray[np.uint8], kind: str) -> npt.NDArray[np.uint8]:
    if kind == "colour":
        return np.array([COLOURS[name] for name in NAMES], np.uint8)[mask]
    if kind == "binary":
        return np.where(mask == NAMES.index("road"), np.uint8(255), np.uint8(0))
    return mask
