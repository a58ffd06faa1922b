from __future__ import annotations

import json

import pytest

from vision.model_spec import DetectorSpec, ModelSpec, ModelSpecError
from vision.preprocessing import Crop

DETECTOR = DetectorSpec(((10.5, 14.0), (23.0, 27.0)), 0.25, 0.45, 100)
SPEC = ModelSpec(
    "plates",
    "plates",
    "1",
    ("plate",),
    416,
    416,
    "RGB",
    Crop(),
    ("drawn",),
    {"ap50": 0.9},
    "letterbox",
    DETECTOR,
)


def test_a_detector_comes_back_as_it_went() -> None:
    read = ModelSpec.from_metadata(SPEC.to_metadata())
    assert read == SPEC
    assert read.detector == DETECTOR
    assert read.fit == "letterbox"


def test_files_from_before_there_were_detectors_are_read() -> None:
    metadata = SPEC.to_metadata()
    del metadata["fit"], metadata["detector"]
    read = ModelSpec.from_metadata(metadata)
    assert (read.fit, read.detector) == ("stretch", None)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"anchors": [[1, 2, 3]]}, "'detector' should hold anchors"),
        ({"anchors": 7}, "'detector' should hold anchors"),
        ({"score_threshold": "high"}, "'detector' should hold anchors"),
        ({"score_threshold": 1.5}, "thresholds of 'detector' should be from 0 to 1"),
        ({"iou_threshold": -0.1}, "thresholds of 'detector' should be from 0 to 1"),
        ({"iou_threshold": float("nan")}, "thresholds of 'detector' should be from 0 to 1"),
        ({"max_detections": 0}, "max_detections of 'detector' should be above 0"),
    ],
)
def test_a_wrong_detector_is_named(change: dict, words: str) -> None:
    metadata = SPEC.to_metadata()
    metadata["detector"] = json.dumps({**json.loads(metadata["detector"]), **change})
    with pytest.raises(ModelSpecError, match=words):
        ModelSpec.from_metadata(metadata)


@pytest.mark.parametrize("key", ["anchors", "score_threshold", "iou_threshold", "max_detections"])
def test_a_detector_without_one_of_its_entries_is_refused(key: str) -> None:
    metadata = SPEC.to_metadata()
    entries = json.loads(metadata["detector"])
    del entries[key]
    metadata["detector"] = json.dumps(entries)
    with pytest.raises(ModelSpecError, match="'detector' should hold anchors"):
        ModelSpec.from_metadata(metadata)


def test_an_unknown_fit_is_refused() -> None:
    with pytest.raises(ModelSpecError, match=r"'fit' should be one of .*letterbox"):
        ModelSpec.from_metadata({**SPEC.to_metadata(), "fit": '"squeeze"'})
