"""The files with all results of a run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from cli.errors import CommandError
from cli.result_output import Result, csv_writer


class ResultFiles:
    """Writes ``<stem>.json`` and ``<stem>.csv``; a context manager.

    The files are complete when the context is left, also when that is by an exception: what was
    found until then is in them.

    Args:
        folder: where; it exists.
        stem: what the files are called.
        columns: of the CSV file.

    Raises:
        CommandError: they cannot be written.
    """

    def __init__(self, folder: Path, stem: str, columns: Sequence[str]) -> None:
        self._json_path = folder / f"{stem}.json"
        csv_path = folder / f"{stem}.csv"
        self._results: list[dict[str, object]] = []
        try:
            self._csv = csv_path.open("w", encoding="utf-8", newline="")
        except OSError as error:
            raise CommandError(f"{csv_path}: cannot be written ({error.strerror})") from error
        self._writer = csv_writer(self._csv, columns)

    def add(self, result: Result) -> None:
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
        self._json_path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
