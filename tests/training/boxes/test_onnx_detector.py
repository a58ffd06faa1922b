from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.services.toy_detection import SPEC as DETECTION_SPEC
from tests.services.toy_detection import build_detection
from tests.training.toy_detector import SPEC, write_toy_detector
from training.boxes.onnx_detector import OnnxDetector
from training.errors import TrainingError
from vision.preprocessing import Crop


def draw(width: int, height: int, *plates: tuple[int, int, int, int, int]) -> np.ndarray:
    """A BGR picture with red rectangles: red, x_min, y_min, x_max, y_max; elsewhere bright blue."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[..., 0] = 255
    for red, x_min, y_min, x_max, y_max in plates:
        picture[y_min:y_max, x_min:x_max] = (0, 0, red)
    return picture


@pytest.fixture
def detector(tmp_path: Path) -> OnnxDetector:
    return OnnxDetector(write_toy_detector(tmp_path / "toy.onnx"), "plates")


def test_boxes_are_in_pixels_of_the_picture_best_first(detector: OnnxDetector) -> None:
    # Half the size in the input, with bars of 16 rows above and below.
    picture = draw(128, 64, (153, 8, 10, 40, 30), (255, 80, 34, 120, 60))
    found = detector.detect(picture)
    assert found.boxes.tolist() == [[80, 34, 120, 60], [8, 10, 40, 30]]
    assert found.scores == pytest.approx([1.0, 0.6])
    assert found.class_ids.tolist() == [0, 0]


def test_a_batch_answers_as_each_picture_alone(detector: OnnxDetector) -> None:
    pictures = [
        draw(128, 64, (255, 8, 10, 40, 30)),
        draw(64, 128),
        draw(32, 32, (204, 20, 4, 28, 8), (255, 4, 20, 10, 30)),
    ]
    together = detector.detect_batch(pictures)
    alone = [detector.detect(picture) for picture in pictures]
    assert [len(found) for found in together] == [1, 0, 2]
    for one, other in zip(together, alone, strict=True):
        assert np.array_equal(one.boxes, other.boxes)
        assert np.array_equal(one.scores, other.scores)


def test_no_pictures_no_answers(detector: OnnxDetector) -> None:
    assert detector.detect_batch([]) == []


def test_threshold_and_limit_are_the_files_unless_given(tmp_path: Path) -> None:
    assert SPEC.detector is not None
    high = {**vars(SPEC.detector), "score_threshold": 0.7, "max_detections": 1}
    path = write_toy_detector(tmp_path / "toy.onnx", detector=type(SPEC.detector)(**high))
    detector = OnnxDetector(path, "plates")
    picture = draw(64, 64, (255, 2, 2, 20, 20), (230, 40, 2, 60, 20), (153, 2, 40, 20, 60))
    assert len(detector.detect(picture)) == 1
    assert len(detector.detect(picture, max_detections=100)) == 2
    assert len(detector.detect(picture, score_threshold=0.001, max_detections=100)) == 3


def test_the_colour_order_is_the_files(tmp_path: Path) -> None:
    path = write_toy_detector(tmp_path / "toy.onnx", colour_order="BGR")
    # The graph looks at the first channel: blue now.
    found = OnnxDetector(path, "plates").detect(draw(64, 64, (0, 0, 0, 64, 20)))
    assert found.boxes.tolist()[0] == [0, 20, 32, 32]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"task": "detection"}, "is a model for detection, not for plates"),
        ({"detector": None}, "expected the metadata key 'detector'"),
        ({"fit": "stretch"}, "got fit 'stretch'"),
        ({"crop": Crop(top=0.2)}, "no crop"),
    ],
)
def test_files_that_do_not_fit_are_refused(changes: dict, message: str, tmp_path: Path) -> None:
    path = write_toy_detector(tmp_path / "toy.onnx", **changes)
    with pytest.raises(TrainingError, match=message):
        OnnxDetector(path, "plates")


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"there is no model file .*none\.onnx"):
        OnnxDetector(tmp_path / "none.onnx", "plates")


def test_a_file_that_is_no_model_is_said(tmp_path: Path) -> None:
    path = tmp_path / "text.onnx"
    path.write_text("no model")
    with pytest.raises(TrainingError, match=r"text\.onnx is no ONNX model"):
        OnnxDetector(path, "plates")


def car_and_person() -> np.ndarray:
    """A red and a green rectangle, and a dim red one: 1.0, 0.8 and 0.63 in the toy's eyes."""
    picture = np.full((128, 128, 3), 20, np.uint8)
    picture[10:50, 10:50, 2] = 255
    picture[10:50, 70:120, 1] = 204
    picture[70:120, 10:50, 2] = 160
    return picture


@pytest.fixture
def selecting(tmp_path: Path) -> OnnxDetector:
    path = build_detection(tmp_path / "selecting.onnx", DETECTION_SPEC.to_metadata())
    return OnnxDetector(path, "detection")


def test_a_file_that_chooses_inside_is_told_what_counts(selecting: OnnxDetector) -> None:
    found = selecting.detect(car_and_person())
    assert found.boxes.tolist() == [[10, 10, 50, 50], [70, 10, 120, 50], [10, 70, 50, 120]]
    assert found.class_ids.tolist() == [0, 1, 0]
    assert found.scores == pytest.approx([1.0, 0.8, 0.627], abs=0.001)
    assert len(selecting.detect(car_and_person(), score_threshold=0.7)) == 2
    assert len(selecting.detect(car_and_person(), max_detections=1)) == 1
    # Each of the toy's objects is answered again with half the score, and suppressed.
    assert len(selecting.detect(car_and_person(), score_threshold=0.01)) == 3


def test_a_batch_of_a_file_that_chooses_inside(selecting: OnnxDetector) -> None:
    without_dim = car_and_person()
    without_dim[64:] = 20
    pictures = [car_and_person(), np.full((64, 200, 3), 20, np.uint8), without_dim]
    together = selecting.detect_batch(pictures)
    assert [len(found) for found in together] == [3, 0, 2]
    for picture, found in zip(pictures, together, strict=True):
        alone = selecting.detect(picture)
        assert np.array_equal(alone.boxes, found.boxes)
        assert np.array_equal(alone.class_ids, found.class_ids)


def test_a_file_that_cannot_be_told_what_counts_is_refused(tmp_path: Path) -> None:
    path = build_detection(
        tmp_path / "fixed.onnx", DETECTION_SPEC.to_metadata(), inputs=("score_threshold",)
    )
    with pytest.raises(TrainingError, match="each with a default, got score_threshold; export"):
        OnnxDetector(path, "detection")


def test_answers_that_cannot_be_used_are_said(tmp_path: Path) -> None:
    one_class = replace(DETECTION_SPEC, labels=("car",))
    path = build_detection(tmp_path / "one.onnx", one_class.to_metadata())
    with pytest.raises(TrainingError, match=r"one\.onnx: expected class ids from 0 to 0, got 1"):
        OnnxDetector(path, "detection").detect(car_and_person())
