"""Segmentations: as a row of a table, as JSON, as rows of CSV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cli.result_output import mean
from client import Polygon

CSV_COLUMNS = ("picture", "frame", "label", "share")

_SHOWN = 4
"""So many of a picture's classes are named in the table, those that cover most of it."""


@dataclass(frozen=True)
class SegmentationResult:
    """What came of a picture or of one frame of a video.

    Attributes:
        picture: the file.
        frame: the frame's number in its video, from 0; None for a picture.
        width: in pixels.
        height: in pixels.
        shares: of the picture that each class covers, by label, 0..1.
        drivable_area: what may be driven on; None if nobody asked.
        class_map: the file of the class map in the output's folder, if it was written.
        inference_ms: time in the model.
        total_ms: time of the whole call.
        error: why there is no answer.
    """

    picture: str
    frame: int | None = None
    width: int | None = None
    height: int | None = None
    shares: Mapping[str, float] = field(default_factory=dict)
    drivable_area: tuple[Polygon, ...] | None = None
    class_map: str | None = None
    inference_ms: float | None = None
    total_ms: float | None = None
    error: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The result as JSON values; what there is nothing to say of is left out."""
        values: dict[str, Any] = {"picture": self.picture}
        for name in ("frame", "width", "height", "class_map", "error"):
            if getattr(self, name) is not None:
                values[name] = getattr(self, name)
        if self.error is not None:
            return values
        values["shares"] = {label: round(share, 5) for label, share in self.shares.items()}
        if self.drivable_area is not None:
            values["drivable_area"] = [
                {"points": area.points, "holes": area.holes, "share": round(area.share, 5)}
                for area in self.drivable_area
            ]
        for name in ("inference_ms", "total_ms"):
            values[name] = round(getattr(self, name), 2)
        return values

    def csv_rows(self) -> Iterator[dict[str, object]]:
        """A row for each class, by column."""
        for label, share in self.shares.items():
            yield {
                "picture": self.picture,
                "frame": "" if self.frame is None else self.frame,
                "label": label,
                "share": f"{share:.5f}",
            }


@dataclass(frozen=True)
class FileRow:
    """A row of the table: a picture, or a video as a whole."""

    picture: str
    frames: int | None
    classes: str | None
    inference_ms: float | None
    total_ms: float | None
    error: str | None


def file_row(results: list[SegmentationResult]) -> FileRow:
    """The results of one file, all together; shares and times are means."""
    answered = [result for result in results if result.error is None]
    labels = answered[0].shares if answered else ()
    shares = {label: mean(result.shares[label] for result in answered) or 0 for label in labels}
    largest = sorted(shares.items(), key=lambda entry: entry[1], reverse=True)[:_SHOWN]
    words = ", ".join(f"{label} {share:.0%}" for label, share in largest if share > 0)
    return FileRow(
        results[0].picture,
        len(answered) if results[0].frame is not None else None,
        words or None,
        mean(result.inference_ms for result in answered),
        mean(result.total_ms for result in answered),
        next((result.error for result in results if result.error is not None), None),
    )
