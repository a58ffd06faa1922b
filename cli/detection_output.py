"""Detections: as a row of a table, as JSON, as rows of CSV."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cli.result_output import mean
from client import Detection

CSV_COLUMNS = ("picture", "frame", "label", "score", "x_min", "y_min", "x_max", "y_max")
CROP_COLUMN = "crop"
"""A column more where a service may send crops: the crop's file."""


@dataclass(frozen=True)
class DetectionResult:
    """What came of a picture or of one frame of a video.

    Attributes:
        picture: the file.
        frame: the frame's number in its video, from 0; None for a picture.
        width: in pixels.
        height: in pixels.
        detections: what was found, best first.
        crops: the files of the first detections' crops in the output's folder, if there are any.
        inference_ms: time in the model.
        total_ms: time of the whole call.
        error: why there is no answer.
    """

    picture: str
    frame: int | None = None
    width: int | None = None
    height: int | None = None
    detections: tuple[Detection, ...] = field(default=())
    crops: tuple[str, ...] = field(default=())
    inference_ms: float | None = None
    total_ms: float | None = None
    error: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The result as JSON values; what there is nothing to say of is left out."""
        values: dict[str, Any] = {"picture": self.picture}
        for name in ("frame", "width", "height", "error"):
            if getattr(self, name) is not None:
                values[name] = getattr(self, name)
        if self.error is not None:
            return values
        values["detections"] = [
            {
                "label": found.label,
                "score": round(found.score, 4),
                "box": [round(value, 2) for value in _box(found)],
                **({"crop": self.crops[index]} if index < len(self.crops) else {}),
            }
            for index, found in enumerate(self.detections)
        ]
        for name in ("inference_ms", "total_ms"):
            values[name] = round(getattr(self, name), 2)
        return values

    def csv_rows(self) -> Iterator[dict[str, object]]:
        """A row for each detection, by column."""
        for index, found in enumerate(self.detections):
            box = zip(CSV_COLUMNS[4:], _box(found), strict=True)
            yield {
                "picture": self.picture,
                "frame": "" if self.frame is None else self.frame,
                "label": found.label,
                "score": f"{found.score:.4f}",
                **{side: f"{value:.2f}" for side, value in box},
                CROP_COLUMN: self.crops[index] if index < len(self.crops) else "",
            }


@dataclass(frozen=True)
class FileRow:
    """A row of the table: a picture, or a video as a whole."""

    picture: str
    frames: int | None
    boxes: int | None
    best_score: float | None
    inference_ms: float | None
    total_ms: float | None
    error: str | None


def file_row(results: list[DetectionResult]) -> FileRow:
    """The results of one file, all together; times are means."""
    answered = [result for result in results if result.error is None]
    scores = [found.score for result in answered for found in result.detections]
    frames = len(answered) if results[0].frame is not None else None
    return FileRow(
        results[0].picture,
        frames,
        len(scores) if answered else None,
        max(scores, default=None),
        mean(result.inference_ms for result in answered),
        mean(result.total_ms for result in answered),
        next((result.error for result in results if result.error is not None), None),
    )


def _box(found: Detection) -> tuple[float, float, float, float]:
    return found.x_min, found.y_min, found.x_max, found.y_max
