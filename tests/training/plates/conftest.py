"""Drawn photos of plates, with labels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from training.plates.drawn_plates import draw_plate

SIDE = 96


@pytest.fixture
def draw_photos(tmp_path: Path) -> Callable[..., Path]:
    """Draws photos with one plate each and YOLO labels beside them; gives the set's folder."""

    def draw(count: int, name: str = "drawn", seed: int = 0) -> Path:
        rng = np.random.default_rng(seed)
        folder = tmp_path / name
        (folder / "images").mkdir(parents=True)
        (folder / "labels").mkdir()
        for number in range(count):
            ground = rng.integers(30, 110, (6, 6, 3)).astype(np.uint8)
            photo = cv2.resize(ground, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
            width = int(rng.integers(30, 48))
            height = int(width / rng.uniform(1.2, 2.2))
            plate = cv2.resize(draw_plate(rng), (width, height), interpolation=cv2.INTER_AREA)
            x, y = (int(rng.integers(0, SIDE - side)) for side in (width, height))
            photo[y : y + height, x : x + width] = plate
            cv2.imwrite(str(folder / "images" / f"{number:03}.png"), photo)
            centre_x, centre_y = (x + width / 2) / SIDE, (y + height / 2) / SIDE
            (folder / "labels" / f"{number:03}.txt").write_text(
                f"0 {centre_x:.6f} {centre_y:.6f} {width / SIDE:.6f} {height / SIDE:.6f}\n"
            )
        return folder

    return draw
