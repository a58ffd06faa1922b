"""The contract between training and serving: what a model file says of itself.

Training writes a :class:`ModelSpec` into the metadata of the ONNX file, serving reads it from
there. Every key and every default stands here and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal, Self, cast, get_args

from vision.class_map import MAX_CLASSES, RGB
from vision.metadata import ModelSpecError, choice_of, positive_of, value_of
from vision.preprocessing import Crop

__all__ = ["DetectorSpec", "ModelSpec", "ModelSpecError", "SegmenterSpec", "Task"]

Task = Literal["steering", "plates", "detection", "segmentation"]
ColourOrder = Literal["BGR", "RGB"]
Fit = Literal["stretch", "letterbox"]


@dataclass(frozen=True)
class DetectorSpec:
    """What serving needs to know of a model that finds boxes.

    Attributes:
        anchors: width and height of the anchor boxes, in pixels of the input.
        score_threshold: the score from which a box counts unless a request says otherwise, 0..1.
        iou_threshold: the overlap above which only the better of two boxes of a class stays, 0..1.
        max_detections: the best this many are answered.
    """

    anchors: tuple[tuple[float, float], ...]
    score_threshold: float
    iou_threshold: float
    max_detections: int


@dataclass(frozen=True)
class SegmenterSpec:
    """What serving needs to know of a model that gives each pixel a class.

    Attributes:
        palette: a colour for each label, red, green, blue.
        drivable: the labels of what may be driven on.
        ignored: what the training data held beside the labels and was left out, by name.
    """

    palette: tuple[RGB, ...]
    drivable: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True)
class ModelSpec:
    """What serving needs to know of a model, beside its graph.

    Attributes:
        task: what the model is for.
        name: the model's name.
        version: the model's version.
        labels: names of the classes in the order of their ids; for steering, names of the outputs
            in the order of the columns (``steering`` first).
        input_width: width of the input in pixels.
        input_height: height of the input in pixels.
        colour_order: order of the input's colour channels.
        crop: what is cut off a picture before it is scaled to the input size.
        training_data: the recordings or sets the model was trained on, one name each.
        scores: the figures the model was accepted with, by name.
        fit: how what the crop left becomes the input: stretched to its size, or with its aspect
            kept in the middle of grey bars.
        detector: thresholds and anchors of a model that finds boxes; None for others.
        segmenter: colours, and what may be driven on, of a model that gives each pixel a class;
            None for others.
    """

    task: Task
    name: str
    version: str
    labels: tuple[str, ...]
    input_width: int
    input_height: int
    colour_order: ColourOrder
    crop: Crop
    training_data: tuple[str, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)
    fit: Fit = "stretch"
    detector: DetectorSpec | None = None
    segmenter: SegmenterSpec | None = None

    def to_metadata(self) -> dict[str, str]:
        """The spec as ONNX metadata properties: one key an attribute, values in JSON."""
        metadata = {
            "task": json.dumps(self.task),
            "name": json.dumps(self.name),
            "version": json.dumps(self.version),
            "labels": json.dumps(list(self.labels)),
            "input_width": json.dumps(self.input_width),
            "input_height": json.dumps(self.input_height),
            "colour_order": json.dumps(self.colour_order),
            "crop": json.dumps({"top": self.crop.top, "bottom": self.crop.bottom}),
            "training_data": json.dumps(list(self.training_data)),
            "scores": json.dumps(dict(self.scores)),
            "fit": json.dumps(self.fit),
        }
        if self.detector is not None:
            metadata["detector"] = json.dumps(asdict(self.detector))
        if self.segmenter is not None:
            metadata["segmenter"] = json.dumps(asdict(self.segmenter))
        return metadata

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> Self:
        """Reads what :meth:`to_metadata` wrote.

        Raises:
            ModelSpecError: a key is missing or a value is not what it should be; the message names
                the key, what was expected and what came.
        """
        crop = value_of(metadata, "crop", dict)
        try:
            parsed_crop = Crop(float(crop["top"]), float(crop["bottom"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ModelSpecError(
                f'model metadata: \'crop\' should be like {{"top": 0.4, "bottom": 0.2}}, got {crop}'
            ) from error
        labels = tuple(value_of(metadata, "labels", list))
        return cls(
            task=cast(Task, choice_of(metadata, "task", get_args(Task))),
            name=value_of(metadata, "name", str),
            version=value_of(metadata, "version", str),
            labels=labels,
            input_width=positive_of(metadata, "input_width"),
            input_height=positive_of(metadata, "input_height"),
            colour_order=cast(
                ColourOrder, choice_of(metadata, "colour_order", get_args(ColourOrder))
            ),
            crop=parsed_crop,
            training_data=tuple(value_of(metadata, "training_data", list)),
            scores=value_of(metadata, "scores", dict),
            # Files from before there was a choice do not have the key: they were stretched.
            fit=cast(Fit, choice_of(metadata, "fit", get_args(Fit)))
            if "fit" in metadata
            else "stretch",
            detector=_detector(metadata),
            segmenter=_segmenter(metadata, labels),
        )


def _detector(metadata: Mapping[str, str]) -> DetectorSpec | None:
    if "detector" not in metadata:
        return None
    entry = value_of(metadata, "detector", dict)
    try:
        spec = DetectorSpec(
            anchors=tuple((float(width), float(height)) for width, height in entry["anchors"]),
            score_threshold=float(entry["score_threshold"]),
            iou_threshold=float(entry["iou_threshold"]),
            max_detections=int(entry["max_detections"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelSpecError(
            f"model metadata: 'detector' should hold anchors, score_threshold, iou_threshold and "
            f"max_detections, got {entry}"
        ) from error
    if not (0 <= spec.score_threshold <= 1 and 0 <= spec.iou_threshold <= 1):
        raise ModelSpecError(
            f"model metadata: the thresholds of 'detector' should be from 0 to 1, got {entry}"
        )
    if spec.max_detections < 1:
        raise ModelSpecError(
            f"model metadata: max_detections of 'detector' should be above 0, got {entry}"
        )
    return spec


def _segmenter(metadata: Mapping[str, str], labels: tuple[str, ...]) -> SegmenterSpec | None:
    if "segmenter" not in metadata:
        return None
    entry = value_of(metadata, "segmenter", dict)
    try:
        spec = SegmenterSpec(
            palette=tuple(
                (int(red), int(green), int(blue)) for red, green, blue in entry["palette"]
            ),
            drivable=_names(entry.get("drivable", [])),
            ignored=_names(entry.get("ignored", [])),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelSpecError(
            f"model metadata: 'segmenter' should hold palette (a list of [red, green, blue]), "
            f"drivable and ignored (lists of names), got {entry}"
        ) from error
    if not 1 <= len(labels) <= MAX_CLASSES or len(spec.palette) != len(labels):
        raise ModelSpecError(
            f"model metadata: expected 1 to {MAX_CLASSES} labels and a colour for each in the "
            f"palette of 'segmenter', got {len(labels)} labels and {len(spec.palette)} colours"
        )
    if len(set(labels)) != len(labels):
        raise ModelSpecError(f"model metadata: the labels should differ, got {labels}")
    if not all(0 <= value <= 255 for colour in spec.palette for value in colour):
        raise ModelSpecError(
            f"model metadata: the colours of 'segmenter' should be from 0 to 255, got {entry}"
        )
    unknown = [name for name in spec.drivable if name not in labels]
    if unknown:
        raise ModelSpecError(
            f"model metadata: drivable of 'segmenter' should be some of the labels "
            f"{', '.join(labels)}, got {unknown[0]!r}"
        )
    return spec


def _names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise TypeError(f"expected a list of names, got {value!r}")
    return tuple(value)
