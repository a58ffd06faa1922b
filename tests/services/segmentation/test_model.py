"""Which segmentation file is served, and which is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.runtime.errors import StartError
from services.runtime.settings import ServiceSettings
from services.runtime.stages import StageClock
from services.segmentation.network import SegmentationNetwork
from tests.services.toy_detection import SPEC as DETECTION_SPEC
from tests.services.toy_segmentation import HEIGHT, SPEC, WIDTH, build_segmenter, road_scene
from vision.preprocessing import Crop


def load(**changes: Any) -> SegmentationNetwork:
    return SegmentationNetwork(ServiceSettings(device="cpu", **changes), "segmentation")


def test_the_cpu_runs_the_int8_model_of_the_newest_version(tmp_path: Path) -> None:
    for version in ("1", "2"):
        folder = tmp_path / "segmentation" / version
        build_segmenter(folder / "model.onnx", SPEC.to_metadata())
        build_segmenter(folder / "model.int8.onnx", SPEC.to_metadata(), quantized=True)
    network = load(model_repository=tmp_path)
    network.warm_up()
    assert network.session.path == tmp_path / "segmentation" / "2" / "model.int8.onnx"
    assert network.session.info().precision == "int8"
    pixels, truth = road_scene(HEIGHT, WIDTH)
    np.testing.assert_array_equal(network.segment(pixels, 0.0, StageClock()).class_map, truth)


@pytest.mark.parametrize("colour_order", ["RGB", "BGR"])
def test_the_model_gets_the_colour_order_that_it_asks_for(
    tmp_path: Path, colour_order: str
) -> None:
    spec = replace(SPEC, colour_order=colour_order)
    network = load(model=build_segmenter(tmp_path / "model.onnx", spec.to_metadata()))
    red = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    red[:, :, 2] = 255
    # In the other order the model sees blue, which it takes for background.
    expected = 1 if colour_order == "RGB" else 0
    assert (network.segment(red, 0.0, StageClock()).class_map == expected).all()


def without_segmenter() -> dict[str, str]:
    metadata = SPEC.to_metadata()
    del metadata["segmenter"]
    return metadata


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        (without_segmenter(), "the key 'segmenter' is missing; export the model"),
        (replace(SPEC, crop=Crop(0.4, 0.0)).to_metadata(), r"whole pictures \(no crop\), got"),
        (DETECTION_SPEC.to_metadata(), "expected a model for segmentation, got one for detection"),
        ({}, "the key 'crop' is missing"),
    ],
)
def test_a_file_that_says_something_else_is_refused(
    tmp_path: Path, metadata: dict[str, str], words: str
) -> None:
    path = build_segmenter(tmp_path / "model.onnx", metadata)
    with pytest.raises(StartError, match=words):
        load(model=path)


def test_a_file_without_confidences_is_refused(tmp_path: Path) -> None:
    path = build_segmenter(tmp_path / "model.onnx", SPEC.to_metadata(), confidence="sureness")
    with pytest.raises(StartError, match=r"the output \['confidence'\] is not in the model"):
        load(model=path)


def test_a_file_with_more_classes_than_labels_does_not_warm_up(tmp_path: Path) -> None:
    assert SPEC.segmenter is not None
    spec = replace(SPEC, labels=("road",), segmenter=replace(SPEC.segmenter, palette=((1, 2, 3),)))
    network = load(model=build_segmenter(tmp_path / "model.onnx", spec.to_metadata()))
    network.warm_up()  # black is class 0
    with pytest.raises(ValueError, match="class ids below 1, the number of labels, got 2"):
        network.segment(road_scene(50, 50)[0], 0.0, StageClock())


class Answers:
    """Stands for a session; answers what it is told to."""

    def __init__(self, network: SegmentationNetwork, **answers: Any) -> None:
        self.spec, self.path = network.session.spec, network.session.path
        self._answers = {
            "class_map": np.zeros((1, HEIGHT, WIDTH), np.uint8),
            "confidence": np.ones((1, HEIGHT, WIDTH), np.float32),
            **answers,
        }

    def run(self, batch: np.ndarray) -> list[np.ndarray]:
        return list(self._answers.values())


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"class_map": np.zeros((1, 9, 9), np.uint8)}, r"\(1, 80, 96\), got .*\(1, 9, 9\)"),
        ({"class_map": np.zeros((1, HEIGHT, WIDTH), np.int64)}, "class_map as uint8.*got .*int64"),
        ({"confidence": np.ones((1, HEIGHT, WIDTH), np.float64)}, "float32 .* and .*float64"),
        ({"confidence": np.ones((1, HEIGHT, WIDTH, 3), np.float32)}, r"\(1, 80, 96, 3\)"),
        ({"confidence": np.full((1, HEIGHT, WIDTH), np.nan, np.float32)}, "not finite"),
        ({"class_map": np.full((1, HEIGHT, WIDTH), 3, np.uint8)}, "below 3, .* got 3"),
    ],
)
def test_answers_that_cannot_be_used_do_not_warm_up(
    tmp_path: Path, answers: dict[str, np.ndarray], words: str
) -> None:
    network = load(model=build_segmenter(tmp_path / "model.onnx", SPEC.to_metadata()))
    network.session = Answers(network)  # type: ignore[assignment]
    network.warm_up()
    network.session = Answers(network, **answers)  # type: ignore[assignment]
    with pytest.raises(StartError, match=words):
        network.warm_up()
