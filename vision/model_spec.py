"""The contract between training and serving: what a model file says of itself.

Training writes a :class:`ModelSpec` into the metadata of the ONNX file, serving reads it from
there. Every key and every default stands here and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self, cast, get_args

from vision.preprocessing import Crop

Task = Literal["steering", "plates", "detection", "segmentation"]
ColourOrder = Literal["BGR", "RGB"]
Fit = Literal["stretch", "letterbox"]


class ModelSpecError(ValueError):
    """The metadata of a model file lacks a key, or a value in it cannot be used."""


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
        return metadata

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> Self:
        """Reads what :meth:`to_metadata` wrote.

        Raises:
            ModelSpecError: a key is missing or a value is not what it should be; the message names
                the key, what was expected and what came.
        """
        crop = _value(metadata, "crop", dict)
        try:
            parsed_crop = Crop(float(crop["top"]), float(crop["bottom"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ModelSpecError(
                f'model metadata: \'crop\' should be like {{"top": 0.4, "bottom": 0.2}}, got {crop}'
            ) from error
        return cls(
            task=cast(Task, _choice(metadata, "task", get_args(Task))),
            name=_value(metadata, "name", str),
            version=_value(metadata, "version", str),
            labels=tuple(_value(metadata, "labels", list)),
            input_width=_positive(metadata, "input_width"),
            input_height=_positive(metadata, "input_height"),
            colour_order=cast(
                ColourOrder, _choice(metadata, "colour_order", get_args(ColourOrder))
            ),
            crop=parsed_crop,
            training_data=tuple(_value(metadata, "training_data", list)),
            scores=_value(metadata, "scores", dict),
            # Files from before there was a choice do not have the key: they were stretched.
            fit=cast(Fit, _choice(metadata, "fit", get_args(Fit)))
            if "fit" in metadata
            else "stretch",
            detector=_detector(metadata),
        )


def _detector(metadata: Mapping[str, str]) -> DetectorSpec | None:
    if "detector" not in metadata:
        return None
    entry = _value(metadata, "detector", dict)
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


def _value(metadata: Mapping[str, str], key: str, kind: type) -> Any:
    if key not in metadata:
        raise ModelSpecError(
            f"model metadata: the key '{key}' is missing; export the model with "
            f"`roadsight export`, which writes it (found: {sorted(metadata) or 'no keys at all'})"
        )
    try:
        value = json.loads(metadata[key])
    except json.JSONDecodeError as error:
        raise ModelSpecError(
            f"model metadata: '{key}' should be JSON, got {metadata[key]!r}"
        ) from error
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ModelSpecError(
            f"model metadata: '{key}' should be a {kind.__name__}, got {metadata[key]!r}"
        )
    return value


def _choice(metadata: Mapping[str, str], key: str, choices: tuple[str, ...]) -> str:
    value: str = _value(metadata, key, str)
    if value not in choices:
        raise ModelSpecError(f"model metadata: '{key}' should be one of {choices}, got {value!r}")
    return value


def _positive(metadata: Mapping[str, str], key: str) -> int:
    value: int = _value(metadata, key, int)
    if value <= 0:
        raise ModelSpecError(f"model metadata: '{key}' should be above 0, got {value}")
    return value
