"""Boxes as offsets: worked examples, and Keras' own functions as the reference."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from keras.ops import convert_to_numpy, convert_to_tensor  # noqa: E402
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
    box, reference, offsets = (
        convert_to_tensor([row], "float32") for row in (box, reference, offsets)
    )
    for found, expected, tolerance in (
        (encode(box, reference, spreads), offsets, 1e-6),
        (decode(offsets, reference, spreads), box, 1e-4),
    ):
        np.testing.assert_allclose(
            convert_to_numpy(found), convert_to_numpy(expected), atol=tolerance
        )


def test_as_keras_has_it():
    rng = np.random.default_rng(0)
    boxes, references = (convert_to_tensor(random_boxes(rng, 200, 400)) for _ in range(2))
    expected = bounding_boxes.encode_box_to_deltas(
        references[None], boxes[None], "xyxy", "xyxy", variance=HEAD_SPREADS
    )
    np.testing.assert_allclose(
        convert_to_numpy(encode(boxes, references, HEAD_SPREADS)),
        convert_to_numpy(expected)[0][:, [1, 0, 3, 2]],  # y before x there
        atol=1e-3,
    )
    np.testing.assert_allclose(
        convert_to_numpy(decode(encode(boxes, references, HEAD_SPREADS), references, HEAD_SPREADS)),
        convert_to_numpy(boxes),
        atol=1e-2,
    )


def test_absurd_offsets_stay_finite():
    box = decode(
        convert_to_tensor([[0, 0, 1e6, 1e6]], "float32"),
        convert_to_tensor([[0, 0, 16, 16]], "float32"),
        PROPOSAL_SPREADS,
    )
    absurd = [8 - 500, 8 - 500, 8 + 500, 8 + 500]
    np.testing.assert_allclose(convert_to_numpy(box)[0], absurd, rtol=1e-4)
    np.testing.assert_array_equal(convert_to_numpy(clip(box, 100.0))[0], [0, 0, 100, 100])
