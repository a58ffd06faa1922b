"""Which detection file is served, and which is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from services.detector.network import DetectorNetwork
from services.runtime.errors import StartError
from services.runtime.settings import ServiceSettings
from services.runtime.stages import StageClock
from tests.services.scenes import scene
from tests.services.toy_detection import SPEC, build_detection
from tests.services.toy_detector import build_detector
from vision.detection_choice import Choice


def load(path: Path) -> DetectorNetwork:
    return DetectorNetwork(ServiceSettings(model=path, device="cpu"), "detection")


def build(folder: Path, **changes: Any) -> Path:
    return build_detection(folder / "model.onnx", SPEC.to_metadata(), **changes)


def test_an_int8_file_chooses_inside_too(tmp_path: Path) -> None:
    network = load(build(tmp_path, quantized=True))
    network.warm_up()
    assert network.session.info().precision == "int8"
    choice = Choice(0.3, 0.5, 5, frozenset({1}))
    pixels = scene((128, 128), ((10, 10, 50, 50), "red", 255), ((70, 10, 120, 50), "green", 204))
    found = network.detect(pixels, choice, StageClock())
    assert found.boxes.tolist() == [[70, 10, 120, 50]]
    assert found.class_ids.tolist() == [1]


def test_an_output_that_nobody_needs_is_cut_off_and_the_inputs_stay(tmp_path: Path) -> None:
    path = build(tmp_path)
    model = onnx.load(path)
    model.graph.output.append(
        helper.make_tensor_value_info("by_class", TensorProto.FLOAT, ["N", 2, 16])
    )
    onnx.save(model, path)
    network = load(path)
    network.warm_up()
    pixels = scene((128, 128), ((10, 10, 50, 50), "red", 255), ((10, 70, 50, 120), "red", 160))
    assert len(network.detect(pixels, Choice(0.6, 0.5, 5), StageClock())) == 2
    assert len(network.detect(pixels, Choice(0.7, 0.5, 5), StageClock())) == 1


def test_a_file_that_leaves_the_choice_to_others_is_served_as_well(tmp_path: Path) -> None:
    network = load(build_detector(tmp_path / "model.onnx", SPEC.to_metadata()))
    network.warm_up()
    pixels = scene((128, 128), ((10, 10, 50, 50), "red", 255))
    found = network.detect(pixels, Choice(0.3, 0.5, 5), StageClock())
    assert found.boxes.tolist() == [[10, 10, 50, 50]]


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        (
            ("score_threshold", "max_detections"),
            "expected the inputs score_threshold, iou_threshold, max_detections, each with a "
            "default, got score_threshold, max_detections; export",
        ),
        ((), "got none with a default"),
    ],
)
def test_a_file_that_cannot_be_told_what_is_wanted_is_refused(
    tmp_path: Path, inputs: tuple[str, ...], words: str
) -> None:
    with pytest.raises(StartError, match=words):
        load(build(tmp_path, inputs=inputs))


def test_a_file_without_scores_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"the output \['scores'\] is not in the model"):
        load(build(tmp_path, scores="padded"))


class Answers:
    """Stands for a session; answers what it is told to."""

    def __init__(self, network: DetectorNetwork, **answers: Any) -> None:
        self.spec, self.path = network.session.spec, network.session.path
        rows = 10
        self._answers = {
            "boxes": np.zeros((1, rows, 4), np.float32),
            "labels": np.full((1, rows), -1, np.int64),
            "scores": np.zeros((1, rows), np.float32),
            **answers,
        }

    def run(self, batch: np.ndarray, **optional: np.ndarray) -> list[np.ndarray]:
        return list(self._answers.values())


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"boxes": np.zeros((1, 9, 4), np.float32)}, r"boxes \(1, 10, 4\), .* got .*\(1, 9, 4\)"),
        ({"labels": np.zeros((1, 10), np.int32)}, r"int64 labels \(1, 10\) .* int32 \(1, 10\)"),
        ({"scores": np.zeros((1, 10, 2), np.float32)}, r"float32 scores .* \(1, 10, 2\)"),
        ({"scores": np.zeros((1, 10), np.float64)}, r"float64 \(1, 10\)"),
        ({"boxes": np.full((1, 10, 4), np.inf, np.float32)}, r"\(1, 10, 4\) that are not finite"),
    ],
)
def test_answers_of_another_shape_or_type_do_not_warm_up(
    tmp_path: Path, answers: dict[str, np.ndarray], words: str
) -> None:
    network = load(build(tmp_path))
    network.session = Answers(network)  # type: ignore[assignment]
    network.warm_up()
    network.session = Answers(network, **answers)  # type: ignore[assignment]
    with pytest.raises(StartError, match=words):
        network.warm_up()
