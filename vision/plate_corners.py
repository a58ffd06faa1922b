"""The corners of a licence plate, found by its edges in the box that a detector drew around it.

A plate is a quadrilateral that touches the four sides of its box, brighter or darker than what is
around it. Many such quadrilaterals are tried, those with the sharpest edges are moved until no
small move makes them better, and the best one counts if it is convincing.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from vision.preprocessing import UInt8Image

Corners = npt.NDArray[np.float32]
"""float32 (4, 2), x and y in pixels: top left, top right, bottom right, bottom left."""

Quads = npt.NDArray[np.float64]
"""float64 (N, 4, 2): the corners of N quadrilaterals, clockwise as one sees them."""

MIN_SCORE = 2.2
"""Least score of a quadrilateral that counts as a plate. Noise has 0.7, plates mostly 3 to 6."""

MIN_BOX_OVERLAP = 0.7
"""Least intersection over union of a plate's box and the box that was given."""

_MARGIN = 0.2
"""A box may be too small: so much of its size is looked at beyond each of its sides."""

_WORKING_SIDE = 128
"""What is looked at is scaled so that its longer side has this many pixels."""

_MIN_SIDE = 8
"""Fewer pixels than this, as they are or when scaled, show no edges."""

_GOOD_OVERLAP = 0.87
"""From here on a better overlap with the box counts no more: boxes are not that exact."""

_FREE_SKEWNESS = 0.2
"""How far from a parallelogram costs nothing, as a share of a side: perspective does that."""

_ALONG = np.linspace(0.06, 0.94, 15)[:, None]
"""Where along a side its contrast is taken. Corners are left out: plates are rounded there."""

_STARTS = 4
"""So many different quadrilaterals are moved to their best place."""


def find_corners(image: UInt8Image, box: npt.NDArray[np.float32]) -> Corners | None:
    """The corners of the plate that a box was drawn around.

    Args:
        image: uint8, (H, W, 3), BGR.
        box: float32 (4,): x_min, y_min, x_max, y_max in pixels.

    Returns:
        The corners in pixels of the picture, or None if no quadrilateral is convincing.
    """
    size = box[2:] - box[:2]
    left, top = np.floor(np.maximum(box[:2] - _MARGIN * size, 0)).astype(int).tolist()
    right, bottom = (
        np.ceil(np.minimum(box[2:] + _MARGIN * size, image.shape[1::-1])).astype(int).tolist()
    )
    view = image[top:bottom, left:right]
    scale = _WORKING_SIDE / max(1, *view.shape[:2])
    if min(view.shape[:2]) * min(scale, 1) < _MIN_SIDE:
        return None
    # The brightest channel: a plate's white ground and its coloured bands are both bright in it.
    value = cv2.resize(
        view.max(axis=2),
        None,
        fx=scale,
        fy=scale,
        interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC,
    )
    origin = np.array([left, top], np.float64)
    factors = np.array(value.shape[::-1]) / [right - left, bottom - top]
    inner = (box.astype(np.float64).reshape(2, 2) - origin) * factors
    best = _best(np.asarray(value, np.uint8), inner)
    if best is None:
        return None
    return _from_top_left(best / factors + origin).astype(np.float32)


class _Scorer:
    """How much quadrilaterals look like a plate in its box.

    Args:
        value: uint8, (H, W), the brightness of the picture.
        inner: float64 (2, 2), first and last corner of the given box in it.
    """

    def __init__(self, value: UInt8Image, inner: npt.NDArray[np.float64]) -> None:
        smooth = cv2.GaussianBlur(value, (0, 0), 1.5).astype(np.float32)
        # Divided by 8, Sobel's kernel gives the contrast from one pixel to the next.
        self._right = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=1 / 8)
        self._down = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=1 / 8)
        self._inner = inner

    def __call__(self, quads: Quads) -> npt.NDArray[np.float64]:
        """The score of each: root of the contrast across its sides, less what is odd about it."""
        sides = np.roll(quads, -1, axis=1) - quads
        lengths = np.maximum(np.linalg.norm(sides, axis=2), 1e-6)
        directions = sides / lengths[..., None]
        contrast = self._contrast(quads, sides, directions)
        # Seen from ahead opposite sides are equal, and seen from the side nearly so.
        skewness = np.linalg.norm(
            quads[:, 0] - quads[:, 1] + quads[:, 2] - quads[:, 3], axis=1
        ) / lengths.mean(axis=1)
        before = np.roll(directions, 1, axis=1)
        sines = before[..., 0] * directions[..., 1] - before[..., 1] * directions[..., 0]
        parallel = np.clip(1 - 0.7 * np.maximum(skewness - _FREE_SKEWNESS, 0), 0, 1)
        square = np.sqrt(np.clip(sines.min(axis=1), 0, 1))
        in_box = np.minimum(self.box_overlap(quads) / _GOOD_OVERLAP, 1) ** 1.5
        return np.asarray(contrast * parallel * square * in_box, np.float64)

    def box_overlap(self, quads: Quads) -> npt.NDArray[np.float64]:
        """Intersection over union of the box around each and the given box."""
        first, last = quads.min(axis=1), quads.max(axis=1)
        shared = np.minimum(last, self._inner[1]) - np.maximum(first, self._inner[0])
        intersection = np.clip(shared, 0, None).prod(axis=1)
        areas = (last - first).prod(axis=1) + (self._inner[1] - self._inner[0]).prod()
        return np.asarray(intersection / (areas - intersection), np.float64)

    def _contrast(self, quads: Quads, sides: Quads, directions: Quads) -> npt.NDArray[np.float64]:
        """Root of the contrast across the sides, bright inside or bright outside all around.

        The root, so that one very sharp side does not make up for one that is not there.
        """
        points = np.rint(quads[:, :, None] + _ALONG * sides[:, :, None]).astype(int)
        height, width = self._right.shape
        at = np.clip(points[..., 1], 0, height - 1), np.clip(points[..., 0], 0, width - 1)
        # (y, -x) points outwards when one goes clockwise and y points down.
        inwards = (
            self._down[at] * directions[..., None, 0] - self._right[at] * directions[..., None, 1]
        )
        rooted = np.sign(inwards) * np.sqrt(np.abs(inwards))
        scores = []
        for sign in (1, -1):
            sharpness = (sign * rooted).mean(axis=2)
            scores.append((sharpness.mean(axis=1) + sharpness.min(axis=1)) / 2)
        return np.asarray(np.maximum(*scores), np.float64)


def _best(value: UInt8Image, inner: npt.NDArray[np.float64]) -> Quads | None:
    """The most convincing quadrilateral (4, 2) around ``inner``, or None if none is."""
    scorer = _Scorer(value, inner)
    starts = np.concatenate([_turned(inner), *_areas(value, inner)])
    scores = scorer(starts)
    order = np.argsort(-scores)[:200]
    best, best_score = None, MIN_SCORE
    for _ in range(_STARTS):
        if not len(order):
            break
        quad, score = _moved(scorer, starts[order[0]], float(scores[order[0]]))
        if score > best_score and scorer.box_overlap(quad[None])[0] >= MIN_BOX_OVERLAP:
            best, best_score = quad, score
        # The next one should be another, not the same again a pixel further.
        differs = np.abs(starts[order] - starts[order[0]]).max(axis=(1, 2)) > 6
        order = order[differs]
    return best


def _turned(inner: npt.NDArray[np.float64]) -> Quads:
    """Parallelograms that touch all sides of a box, or of one a little smaller or larger."""
    x, y = (grid.ravel() for grid in np.meshgrid(np.linspace(0, 0.5, 14), np.linspace(0, 0.6, 16)))
    zero, one = np.zeros_like(x), np.ones_like(x)
    clockwise = [(x, zero), (one, y), (one - x, one), (zero, one - y)]
    counter_clockwise = [(zero, y), (one - x, zero), (one, one - y), (x, one)]
    shapes = np.concatenate(
        [
            np.stack([np.stack(corner, axis=1) for corner in corners], axis=1)
            for corners in (clockwise, counter_clockwise)
        ]
    )
    sizes = [(shapes - 0.5) * factor + 0.5 for factor in (0.94, 1.0, 1.06)]
    return np.asarray(np.concatenate(sizes) * (inner[1] - inner[0]) + inner[0], np.float64)


def _areas(value: UInt8Image, inner: npt.NDArray[np.float64]) -> Iterator[Quads]:
    """Quadrilaterals around the bright and the dark areas that are about as large as the box."""
    box_area = float((inner[1] - inner[0]).prod())
    darkest, brightest = np.percentile(value, [5, 95])
    for level in np.linspace(darkest, brightest, 10)[1:-1]:
        bright = (value >= level).astype(np.uint8)
        for mask in (bright, 1 - bright):
            contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
            for contour in contours:
                hull = cv2.convexHull(contour)
                if len(hull) < 4 or not 0.3 < cv2.contourArea(hull) / box_area < 1.4:
                    continue
                quad = cv2.approxPolyN(hull, 4, ensure_convex=True).reshape(-1, 2)
                if len(quad) == 4:
                    yield _from_top_left(quad.astype(np.float64))[None]


def _moves() -> Quads:
    """One corner, or one side, a little to each direction."""
    steps = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y]
    moves = []
    for first in range(4):
        for corners in ([first], [first, (first + 1) % 4]):
            for step in steps:
                move = np.zeros((4, 2))
                move[corners] = step
                moves.append(move)
    return np.array(moves)


_MOVES = _moves()


def _moved(scorer: _Scorer, quad: Quads, score: float) -> tuple[Quads, float]:
    """The quadrilateral (4, 2) after moves that made its score better, in ever smaller steps."""
    for step in (4.0, 2.0, 1.0, 0.5):
        for _ in range(12):
            tried = quad + step * _MOVES
            scores = scorer(tried)
            best = int(np.argmax(scores))
            if scores[best] <= score:
                break
            quad, score = tried[best], float(scores[best])
    return quad, score


def _from_top_left(quad: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The corners clockwise, from the side on that is most like an upper edge: left to right."""
    from_middle = quad - quad.mean(axis=0)
    clockwise = quad[np.argsort(np.arctan2(from_middle[:, 1], from_middle[:, 0]))]
    sides = np.roll(clockwise, -1, axis=0) - clockwise
    first = int(np.argmin(np.abs(np.arctan2(sides[:, 1], sides[:, 0]))))
    return np.roll(clockwise, -first, axis=0)
