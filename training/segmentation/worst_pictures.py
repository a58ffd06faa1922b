"""The pictures that were answered worst, on one sheet."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from training.figures import new_figure, save_figure
from training.segmentation.dataset import read_sample
from training.segmentation.scoring import Answer, Evaluation
from vision.class_map import IGNORED, RGB
from vision.class_map_drawing import overlay

WRONG: RGB = (255, 0, 0)
"""The colour of pixels with another class than the mask's."""

_SHOWN = 8


def plot_worst(evaluation: Evaluation, answer: Answer, path: Path, count: int = _SHOWN) -> None:
    """A row for each of the worst pictures: its mask, the answer, and what is wrong in red.

    Args:
        evaluation: which they are.
        answer: what was evaluated.
        path: PNG to write, in one step.
        count: the worst this many.
    """
    dataset = evaluation.dataset
    scored = [one for one in evaluation.pictures if not np.isnan(one.mean_iou)]
    worst = sorted(scored, key=lambda one: one.mean_iou)[:count]
    figure = new_figure(13, 3.4 * max(1, len(worst)))
    rows = figure.subplots(max(1, len(worst)), 3, squeeze=False)
    for axes in rows.flat:
        axes.axis("off")
    for picture, places in zip(worst, rows, strict=False):
        sample = read_sample(picture.image, dataset)
        (found,) = answer([sample.image])
        wrong = np.full_like(sample.mask, IGNORED)
        wrong[(found != sample.mask) & (sample.mask != IGNORED)] = 0
        pictures = (
            ("mask", overlay(sample.image, sample.mask, dataset.palette)),
            ("answer", overlay(sample.image, found, dataset.palette)),
            ("wrong", overlay(sample.image, wrong, (WRONG,), opacity=0.7)),
        )
        for axes, (word, drawn) in zip(places, pictures, strict=True):
            axes.imshow(drawn[..., ::-1])
            # A file's name may hold a dollar sign, which would begin a formula.
            axes.set_title(
                f"{word}: {picture.image.path.name}, mean IoU {picture.mean_iou:.3f}"
                if word == "mask"
                else word,
                fontsize=9,
                parse_math=False,
            )
    save_figure(figure, path)
