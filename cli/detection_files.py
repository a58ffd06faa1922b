"""The files with all detections of a run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from cli.detection_output import DetectionResult, csv_writer
from cli.errors import CommandError

JSON_NAME = "detections.json"
CSV_NAME = "detections.csv"


class DetectionFiles:
    """Writes ``detections.json`` and ``detections.csv``; a context manager.

    The files are complete when the context is left, also when that is by an exception: what was
    found until then is in them.

    Args:
        folder: where; it exists.
        columns: of the CSV file.

    Raises:
        CommandError: they cannot be written.
    """

    def __init__(self, folder: Path, columns: Sequence[str]) -> None:
        self._folder = folder
        self._results: list[dict[str, object]] = []
        try:
            self._csv = (folder / CSV_NAME).open("w", encoding="utf-8", newline="")
        except OSError as error:
            raise CommandError(f"{folder / CSV_NAME}: cannot be written ({error.strerror})") from (
                error
            )
        self._writer = csv_writer(self._csv, columns)

    def add(self, result: DetectionResult) -> None:
        """Appends what came of a picture or a frame."""
        self._results.append(result.to_json())
        self._writer.writerows(result.csv_rows())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._csv.close()
        # A line for each result: small enough for people and for tools that go by lines.
        lines = ",\n".join(json.dumps(result) for result in self._results)
        (self._folder / JSON_NAME).write_text(f"[\n{lines}\n]\n", encoding="utf-8")
