from __future__ import annotations

import json

import pytest

from vision.model_spec import DetectorSpec, ModelSpec, ModelSpecError, SegmenterSpec
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
SEGMENTER = SegmenterSpec(((128, 64, 128), (0, 0, 192)), ("road",), ("void",))
SEGMENTATION_SPEC = ModelSpec(
    "segmentation",
    "segmentation",
    "1",
    ("road", "pavement"),
    480,
    384,
    "RGB",
    Crop(),
    fit="letterbox",
    segmenter=SEGMENTER,
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


def test_a_segmenter_comes_back_as_it_went() -> None:
    read = ModelSpec.from_metadata(SEGMENTATION_SPEC.to_metadata())
    assert read == SEGMENTATION_SPEC
    assert (read.segmenter, read.detector) == (SEGMENTER, None)


def test_a_segmenter_need_not_say_what_may_be_driven_on_or_was_ignored() -> None:
    metadata = SEGMENTATION_SPEC.to_metadata()
    metadata["segmenter"] = json.dumps({"palette": [[1, 2, 3], [4, 5, 6]]})
    read = ModelSpec.from_metadata(metadata)
    assert read.segmenter == SegmenterSpec(((1, 2, 3), (4, 5, 6)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"palette": [[1, 2]]}, "'segmenter' should hold palette"),
        ({"palette": None}, "'segmenter' should hold palette"),
        ({"drivable": "road"}, "'segmenter' should hold palette"),
        ({"ignored": [7]}, "'segmenter' should hold palette"),
        ({"palette": [[1, 2, 3]]}, "got 2 labels and 1 colours"),
        ({"palette": [[1, 2, 3], [4, 5, 256]]}, "should be from 0 to 255"),
        ({"palette": [[1, 2, 3], [4, -5, 6]]}, "should be from 0 to 255"),
        ({"drivable": ["road", "lawn"]}, "some of the labels road, pavement, got 'lawn'"),
    ],
)
def test_a_wrong_segmenter_is_named(change: dict, words: str) -> None:
    metadata = SEGMENTATION_SPEC.to_metadata()
    metadata["segmenter"] = json.dumps({**json.loads(metadata["segmenter"]), **change})
    with pytest.raises(ModelSpecError, match=words):
        ModelSpec.from_metadata(metadata)


def test_labels_that_are_the_same_are_refused() -> None:
    metadata = SEGMENTATION_SPEC.to_metadata()
    metadata["labels"] = json.dumps(["road", "road"])
    with pytest.raises(ModelSpecError, match="the labels should differ"):
        ModelSpec.from_metadata(metadata)


def test_labels_without_room_below_the_ignored_id_are_refused() -> None:
    metadata = SEGMENTATION_SPEC.to_metadata()
    metadata["labels"] = json.dumps([f"class {number}" for number in range(256)])
    metadata["segmenter"] = json.dumps({"palette": [[0, 0, number] for number in range(256)]})
    with pytest.raises(ModelSpecError, match="expected 1 to 255 labels"):
        ModelSpec.from_metadata(metadata)
