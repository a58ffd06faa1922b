"""What is read from boxes, against ONNX Runtime's RoiAlign and MaxRoiPool."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("keras")

from tests.training.detection.references import random_boxes, run_operator
from training.detection.roi_align import level_of, roi_align
from training.detection.roi_pooling import roi_pool

STRIDES = (8, 16, 32)
SIZE = 256


def features(rng, stride, channels=5):
    return rng.normal(size=(2, SIZE // stride, SIZE // stride, channels)).astype(np.float32)


def reference(cells, boxes, stride, **attributes):
    count = boxes.shape[1]
    inputs = {
        "x": cells.transpose(0, 3, 1, 2).copy(),
        "rois": boxes.reshape(-1, 4),
        "pictures": np.repeat(np.arange(len(boxes)), count).astype(np.int64),
    }
    if "pooled_shape" in attributes:
        pictures = inputs.pop("pictures")[:, None].astype(np.float32)
        inputs["rois"] = np.concatenate([pictures, inputs["rois"]], axis=1)
        read = run_operator("MaxRoiPool", inputs, spatial_scale=1 / stride, **attributes)
    else:
        read = run_operator(
            "RoiAlign",
            inputs,
            spatial_scale=1 / stride,
            coordinate_transformation_mode="half_pixel",
            **attributes,
        )
    return read.reshape(len(boxes), count, *read.shape[1:]).transpose(0, 1, 3, 4, 2)


@pytest.mark.parametrize(("bins", "samples"), [(7, 2), (7, 1), (3, 3)])
def test_align_on_one_level(bins, samples):
    rng = np.random.default_rng(2)
    cells, boxes = features(rng, 16), np.stack([random_boxes(rng, 20, SIZE) for _ in range(2)])
    expected = reference(
        cells, boxes, 16, output_height=bins, output_width=bins, sampling_ratio=samples
    )
    read = np.asarray(roi_align([cells], [16], boxes, bins, samples))
    np.testing.assert_allclose(read, expected, atol=1e-4)


def test_align_reads_each_box_from_its_level():
    rng = np.random.default_rng(3)
    maps = [features(rng, stride) for stride in STRIDES]
    boxes = np.stack([random_boxes(rng, 30, SIZE, largest=1.0) for _ in range(2)])
    boxes[:, 0] = (-200, -200, 300, 300)  # larger than the picture
    level = np.asarray(level_of(boxes, STRIDES))
    assert set(level.ravel().tolist()) == {0, 1, 2}
    read = np.asarray(roi_align(maps, STRIDES, boxes, 7, 2))
    for number, (cells, stride) in enumerate(zip(maps, STRIDES, strict=True)):
        expected = reference(
            cells, boxes, stride, output_height=7, output_width=7, sampling_ratio=2
        )
        # Outside the picture ONNX Runtime reads zeros; no proposal lies there.
        own = (level == number) & (boxes.min(axis=2) >= 0)
        np.testing.assert_allclose(read[own], expected[own], atol=1e-4)


@pytest.mark.parametrize(
    ("side", "level"),
    [(1, 0), (111, 0), (112, 0), (223, 0), (224, 1), (447, 1), (448, 2), (5000, 2)],
)
def test_the_level_of_a_size(side, level):
    # Stride 16 is for 224 pixels and more, stride 8 for 112 and more, and what is smaller.
    box = np.array([0, 0, side, side], np.float32)
    assert int(np.asarray(level_of(box, STRIDES))) == level


def test_pooling():
    rng = np.random.default_rng(4)
    cells, boxes = features(rng, 16), np.stack([random_boxes(rng, 25, SIZE) for _ in range(2)])
    # From one cell to the whole map.
    boxes[0, 0], boxes[0, 1] = (100, 100, 101, 101), (0, 0, SIZE - 1, SIZE - 1)
    read = np.asarray(roi_pool(cells, 16, boxes, 7))
    np.testing.assert_allclose(read, reference(cells, boxes, 16, pooled_shape=(7, 7)), atol=1e-6)
