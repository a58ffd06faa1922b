from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.frames import load_pictures
from benchmarks.picture_report import (
    DETECTION_SERVICE,
    PLATE_SERVICE,
    SEGMENTATION_SERVICE,
    Figure,
    MeasuredService,
    Report,
    figure,
    table,
)
from benchmarks.picture_service import measure
from benchmarks.raw_onnx import RawDetector
from benchmarks.raw_segmenter import RawSegmenter
from tests.services.toy_detection import SPEC as DETECTION_SPEC
from tests.services.toy_detection import build_detection
from tests.services.toy_detector import SPEC, build_detector
from tests.services.toy_segmentation import SPEC as SEGMENTATION_SPEC
from tests.services.toy_segmentation import build_segmenter, road_scene
from vision.model_spec import ModelSpec

STAGES_MS = {"decode": 1.0, "queue": 0.5, "preprocess": 1.5, "inference": 16.0, "postprocess": 1.0}


def test_ratios_are_those_of_the_turns_and_not_of_their_medians() -> None:
    # The machine was half as fast in the second turn: the ratios are the same in each.
    rates = np.array([[60, 55, 50, 54], [30, 27.5, 25, 27], [60, 55, 50, 54]], float)
    made = figure("model.onnx", rates, STAGES_MS)
    assert (made.raw_fps, made.finished_fps, made.unary_fps, made.stream_fps) == (60, 55, 50, 54)
    assert made.unary_ratio == pytest.approx(1.2)
    assert made.stream_ratio == pytest.approx(60 / 54)
    # 20 ms a call: what the stages do not explain is gRPC and the client.
    assert made.stages_ms["rest"] == pytest.approx(0.0)
    assert sum(made.stages_ms.values()) == pytest.approx(20.0)


def made(unary: float = 1.2, stream: float = 1.1) -> Figure:
    return Figure("model.onnx", 60, 55, 50, 54, unary, stream, {**STAGES_MS, "rest": 0.2})


@pytest.mark.parametrize(
    ("service", "figures", "gain", "met"),
    [
        (PLATE_SERVICE, [made()], None, True),
        (PLATE_SERVICE, [made(unary=1.26)], None, False),
        (PLATE_SERVICE, [made(stream=1.26)], None, False),
        (PLATE_SERVICE, [made(), made()], 2.0, True),
        (PLATE_SERVICE, [made(), made()], 1.99, False),
        (PLATE_SERVICE, [made(), made(unary=1.3)], 2.5, False),
        (DETECTION_SERVICE, [made()], None, True),
        (DETECTION_SERVICE, [made(unary=1.21)], None, False),
        (SEGMENTATION_SERVICE, [made(unary=1.25)], None, True),
        (SEGMENTATION_SERVICE, [made(unary=1.26)], None, False),
        # How fast its int8 model is, is only told.
        (DETECTION_SERVICE, [made(), made()], 1.1, True),
    ],
)
def test_the_bars(
    service: MeasuredService, figures: list[Figure], gain: float | None, met: bool
) -> None:
    report = Report(service, figures, gain)
    assert report.met is met
    text = table(report, [b"x" * 1000])
    assert ("NOT MET" in text) is not met
    assert (f"int8 is {gain:.2f} x" in text) if gain is not None else ("int8 is" not in text)


def test_the_table_tells_the_share_of_each_stage() -> None:
    text = table(Report(DETECTION_SERVICE, [made()], None), [b"x" * 1000])
    # 20.2 ms a call in all.
    for words in ("1.00   5%", "1.50   7%", "16.00  79%", "0.20   1%"):
        assert words in text


@pytest.mark.parametrize(
    ("service", "build", "spec"),
    [
        (PLATE_SERVICE, build_detector, SPEC),
        (DETECTION_SERVICE, build_detection, DETECTION_SPEC),
        (SEGMENTATION_SERVICE, build_segmenter, SEGMENTATION_SPEC),
    ],
    ids=["plates", "detection", "segmentation"],
)
def test_all_of_it_on_a_toy_model(
    service: MeasuredService, build: Callable, spec: ModelSpec, tmp_path: Path
) -> None:
    model = build(tmp_path / "model.onnx", spec.to_metadata())
    build(tmp_path / "model.int8.onnx", spec.to_metadata(), quantized=True)
    report = measure(service, load_pictures(None)[:2], model, turns=1, window_s=0.3)
    assert [entry.file for entry in report.figures] == ["model.onnx", "model.int8.onnx"]
    assert report.int8_gain is not None
    for entry in report.figures:
        assert min(entry.raw_fps, entry.finished_fps, entry.unary_fps, entry.stream_fps) > 0
        assert min(entry.stages_ms[stage] for stage in ("decode", "inference")) > 0


@pytest.mark.parametrize(
    ("build", "spec"), [(build_detector, SPEC), (build_detection, DETECTION_SPEC)]
)
def test_the_raw_detector_finds_what_the_service_finds(
    build: Callable, spec: ModelSpec, tmp_path: Path
) -> None:
    model = build(tmp_path / "model.onnx", spec.to_metadata())
    pixels = np.full((256, 256, 3), 20, np.uint8)
    pixels[20:60, 40:100, 2] = 255
    jpeg = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 100])[1].tobytes()
    found = RawDetector(model, [jpeg]).infer_and_finish(0)
    assert found.class_ids.tolist() == [0]
    np.testing.assert_allclose(found.boxes[0], [20, 10, 50, 30], atol=2)


def test_the_raw_segmenter_answers_what_the_service_answers(tmp_path: Path) -> None:
    model = build_segmenter(tmp_path / "model.onnx", SEGMENTATION_SPEC.to_metadata())
    pixels, truth = road_scene(240, 320)
    jpeg = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 100])[1].tobytes()
    raw = RawSegmenter(model, [jpeg])
    small_map, confidence = raw.infer(0)
    assert small_map.shape == confidence.shape == (80, 96)
    class_map = raw.infer_and_finish(1)
    assert class_map.shape == truth.shape
    assert (class_map == truth).mean() > 0.97


def test_a_peer_is_told_beside_our_files() -> None:
    report = Report(SEGMENTATION_SERVICE, [made()], None, {"espnet.onnx": 12.5})
    text = table(report, [b"x" * 1000])
    assert "   16.67  model.onnx" in text
    assert "   12.50  espnet.onnx" in text
    assert "+ size/s" in text


def test_pictures_of_a_folder(tmp_path: Path) -> None:
    for name in ("b.jpg", "a.JPG", "c.png"):
        (tmp_path / name).write_bytes(name.encode())
    assert load_pictures(tmp_path) == [b"a.JPG", b"b.jpg"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match=r"no \.jpg or \.jpeg file"):
        load_pictures(tmp_path / "empty")
    pictures = [cv2.imdecode(np.frombuffer(jpeg, np.uint8), 1) for jpeg in load_pictures(None)]
    assert {picture.shape for picture in pictures if picture is not None} == {(480, 640, 3)}
