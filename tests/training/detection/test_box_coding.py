"""Boxes as offsets: worked examples, and Keras' own functions as the reference."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from keras.utils import bounding_boxes  # noqa: E402

from tests.training.detection.references import random_boxes  # noqa: E402
from training.detection.box_coding import (  # noqa: E402
    HEAD_SPREADS,
    PROPOSAL_SPREADS,
    clip,
    decode,
    encode,
)


@pytest.mark.parametrize(
    ("box", "reference", "spreads", "offsets"),
    [
        ((10, 20, 30, 60), (10, 20, 30, 60), PROPOSAL_SPREADS, (0, 0, 0, 0)),
        # 5 to the right of a width of 20; 10 down of a height of 40.
        ((15, 30, 35, 70), (10, 20, 30, 60), PROPOSAL_SPREADS, (0.25, 0.25, 0, 0)),
        # Twice as wide and half as high around the same middle.
        ((0, 30, 40, 50), (10, 20, 30, 60), PROPOSAL_SPREADS, (0, 0, np.log(2), -np.log(2))),
        ((15, 30, 35, 70), (10, 20, 30, 60), HEAD_SPREADS, (2.5, 2.5, 0, 0)),
        (
            (0, 30, 40, 50),
            (10, 20, 30, 60),
            HEAD_SPREADS,
            (0, 0, np.log(2) / 0.2, -np.log(2) / 0.2),
        ),
    ],
)
def test_worked_examples(box, reference, spreads, offsets):
    box, reference, offsets = (np.array([row], np.float32) for row in (box, reference, offsets))
    np.testing.assert_allclose(np.asarray(encode(box, reference, spreads)), offsets, atol=1e-6)
    np.testing.assert_allclose(np.asarray(decode(offsets, reference, spreads)), box, atol=1e-4)


def test_as_keras_has_it():
    rng = np.random.default_rng(0)
    boxes, references = (random_boxes(rng, 200, 400) for _ in range(2))
    expected = bounding_boxes.encode_box_to_deltas(
        references[None], boxes[None], "xyxy", "xyxy", variance=HEAD_SPREADS
    )
    np.testing.assert_allclose(
        np.asarray(encode(boxes, references, HEAD_SPREADS)),
        np.asarray(expected)[0][:, [1, 0, 3, 2]],  # y before x there
        atol=1e-3,
    )
    np.testing.assert_allclose(
        np.asarray(decode(encode(boxes, references, HEAD_SPREADS), references, HEAD_SPREADS)),
        boxes,
        atol=1e-2,
    )


def test_absurd_offsets_stay_finite():
    box = decode(
        np.array([[0, 0, 1e6, 1e6]], np.float32),
        np.array([[0, 0, 16, 16]], np.float32),
        PROPOSAL_SPREADS,
    )
    np.testing.assert_allclose(np.asarray(box)[0], [8 - 500, 8 - 500, 8 + 500, 8 + 500], rtol=1e-4)
    np.testing.assert_array_equal(np.asarray(clip(box, 100.0))[0], [0, 0, 100, 100])
