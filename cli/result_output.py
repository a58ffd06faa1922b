"""What services say of files, printed: as a table of files, as JSON lines, as CSV."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, Protocol, TextIO, TypeVar

from cli.prediction_output import OutputForm, print_table


class Result(Protocol):
    """What came of a picture or of one frame of a video."""

    @property
    def picture(self) -> str: ...  # noqa: D102
    @property
    def error(self) -> str | None: ...  # noqa: D102
    def to_json(self) -> dict[str, Any]: ...  # noqa: D102
    def csv_rows(self) -> Iterator[dict[str, object]]: ...  # noqa: D102


ResultT = TypeVar("ResultT", bound=Result)


def csv_writer(file: TextIO, columns: Sequence[str]) -> csv.DictWriter[str]:
    """Writes rows of :meth:`Result.csv_rows`; the header is written already."""
    writer = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    return writer


def print_results(
    results: Iterable[ResultT],
    form: OutputForm,
    columns: Sequence[str],
    row: Callable[[list[ResultT]], Any],
) -> bool:
    """Prints the results, JSON and CSV as they come.

    Args:
        results: what is printed.
        form: how.
        columns: of CSV.
        row: makes a row of the table, a dataclass, of all results of a file.

    Returns:
        Whether all of them are answers.
    """
    if form is OutputForm.TABLE:
        files = [list(group) for _, group in groupby(results, lambda entry: entry.picture)]
        print_table([row(of_file) for of_file in files])
        return all(result.error is None for of_file in files for result in of_file)
    all_well = True
    writer = csv_writer(sys.stdout, columns) if form is OutputForm.CSV else None
    for result in results:
        all_well &= result.error is None
        if writer is None:
            print(json.dumps(result.to_json()), flush=True)
            continue
        writer.writerows(result.csv_rows())
        if result.error is not None:
            # A line of CSV is a finding: there is no place for it in there.
            print(f"{result.picture}: {result.error}", file=sys.stderr)
    return all_well


def mean(values: Iterable[float | None]) -> float | None:
    """The mean of what is known; None if nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
