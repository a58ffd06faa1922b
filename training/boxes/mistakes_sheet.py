"""A sheet of a detector's worst mistakes, to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from training.boxes.dataset import BoxDataset, Boxes, LabelledImage
from training.boxes.mistakes import Mistake, MistakeKind, of_labelled_classes
from training.figures import new_figure, save_figure
from vision.detections import Detections
from vision.drawing import COLOURS, Colour, draw_boxes
from vision.preprocessing import UInt8Image

COLUMNS = 5
LINES_OF_A_KIND = 2
"""So many lines of tiles there are at most for each kind of mistake."""

_TILE_WIDTH, _TILE_HEIGHT = 640, 480
_LONGEST_NAME = 38
_TRUTH, _FOUND = COLOURS[:2]

IGNORED_COLOUR: Colour = (190, 190, 190)
"""Of the frame round an ignored region: grey."""


def plot_mistakes(
    dataset: BoxDataset,
    detections: Sequence[Detections],
    mistakes: Mapping[MistakeKind, Sequence[Mistake]],
    score_threshold: float,
    path: Path,
) -> None:
    """Draws the worst mistakes of each kind: labelled boxes in green, detections in orange, ignored
    regions in grey.

    Args:
        dataset: the truth.
        detections: one entry a picture.
        mistakes: of each kind the worst first.
        score_threshold: the lowest score of a detection that is drawn.
        path: PNG to write.
    """
    shown = [list(of_kind[: COLUMNS * LINES_OF_A_KIND]) for of_kind in mistakes.values()]
    lines = [len(range(0, len(of_kind), COLUMNS)) for of_kind in shown]
    figure = new_figure(4.0 * COLUMNS, 3.5 * max(sum(lines), 1) + 0.6)
    counts = ", ".join(f"{len(of_kind)} {kind}" for kind, of_kind in mistakes.items())
    figure.suptitle(
        f"{dataset.name}, score {score_threshold:g}: {counts} in {len(dataset)} pictures; "
        "green: labelled, orange: found, grey: ignored"
    )
    places = figure.subplots(max(sum(lines), 1), COLUMNS, squeeze=False)
    for axes in places.flat:
        axes.axis("off")
    first = 0
    for of_kind, used in zip(shown, lines, strict=True):
        for mistake, axes in zip(of_kind, places[first : first + used].flat, strict=False):
            image = dataset.images[mistake.row]
            found = of_labelled_classes(dataset, detections[mistake.row])
            tile = draw_tile(image, found, mistake.box, score_threshold, dataset.labels)
            axes.imshow(tile[..., ::-1])
            # A file's name may hold a dollar sign, which would begin a formula.
            axes.set_title(
                f"{shorten(image.path.name)}\n{mistake.words}", fontsize=9, parse_math=False
            )
        first += used
    save_figure(figure, path)


def draw_tile(
    image: LabelledImage,
    found: Detections,
    box: Boxes,
    score_threshold: float,
    labels: Sequence[str] = (),
) -> UInt8Image:
    """The part of a picture round a box, with all labelled and found boxes in it.

    Args:
        image: the picture with its labelled boxes.
        found: what was found in it.
        box: (4,), what is to be seen.
        score_threshold: the lowest score of a detection that is drawn.
        labels: names of the classes, written beside the scores where there are several.

    Returns:
        uint8 (H, W, 3), BGR, at most 640 x 480.
    """
    picture = cv2.imread(str(image.path), cv2.IMREAD_COLOR)
    if picture is None:
        picture = np.zeros((image.height, image.width, 3), np.uint8)
    left, top, right, bottom = view_round(box, image.width, image.height)
    scale = min(_TILE_WIDTH / (right - left), _TILE_HEIGHT / (bottom - top))
    size = (max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    tile = np.asarray(
        cv2.resize(picture[top:bottom, left:right], size, interpolation=method), np.uint8
    )
    counted = found.scores >= np.float32(score_threshold)
    boxes = np.concatenate([found.boxes[counted], image.boxes])
    names = [f"{labels[number]} " if len(labels) > 1 else "" for number in found.class_ids[counted]]
    captions = [
        *(f"{name}{score:.2f}" for name, score in zip(names, found.scores[counted], strict=True)),
        *[""] * len(image.boxes),
    ]
    of_truth = [IGNORED_COLOUR if ignored else _TRUTH for ignored in image.ignored]
    colours = [*[_FOUND] * int(counted.sum()), *of_truth]
    corner = np.array([left, top, left, top], np.float32)
    moved = np.asarray((boxes - corner) * scale, np.float32)
    rows = np.flatnonzero(((moved[:, 2:] > 0) & (moved[:, :2] < np.array(size))).all(axis=1))
    return draw_boxes(
        tile, moved[rows], [captions[row] for row in rows], [colours[row] for row in rows]
    )


def view_round(box: Boxes, width: int, height: int) -> tuple[int, int, int, int]:
    """A view of four by three round a box, inside the picture: left, top, right, bottom in pixels.

    Four times as wide as the box and at least a third of the picture: one sees where it is.
    """
    aspect = _TILE_WIDTH / _TILE_HEIGHT
    box_width, box_height = float(box[2] - box[0]), float(box[3] - box[1])
    wanted = max(4 * box_width, 4 * box_height * aspect, width / 3)
    view_width = min(width, max(1, round(wanted)))
    view_height = min(height, max(1, round(wanted / aspect)))
    left = round(float(box[0] + box[2]) / 2 - view_width / 2)
    top = round(float(box[1] + box[3]) / 2 - view_height / 2)
    left = int(np.clip(left, 0, width - view_width))
    top = int(np.clip(top, 0, height - view_height))
    return left, top, left + view_width, top + view_height


def shorten(name: str) -> str:
    """A file's name with its middle left out where it is too long for a tile."""
    if len(name) <= _LONGEST_NAME:
        return name
    half = (_LONGEST_NAME - 1) // 2
    return f"{name[:half]}…{name[-half:]}"
