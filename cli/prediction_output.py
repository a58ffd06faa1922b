"""Predictions as a table, as JSON lines or as CSV."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

from rich.console import Console
from rich.table import Table


class OutputForm(StrEnum):
    """How predictions are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


@dataclass(frozen=True)
class Row:
    """What came of one picture; ``None`` where there is nothing to say."""

    picture: str
    steering: float | None = None
    speed_mph: float | None = None
    throttle: float | None = None
    inference_ms: float | None = None
    total_ms: float | None = None
    error: str | None = None


def print_rows(rows: Iterable[Row], form: OutputForm) -> bool:
    """Prints the rows, JSON and CSV as they come; returns whether all of them are predictions."""
    printed = {
        OutputForm.TABLE: _as_table,
        OutputForm.JSON: _as_json,
        OutputForm.CSV: _as_csv,
    }[form](rows)
    return all(row.error is None for row in printed)


def _as_json(rows: Iterable[Row]) -> list[Row]:
    printed = []
    for row in rows:
        values = {name: value for name, value in asdict(row).items() if value is not None}
        print(json.dumps(values), flush=True)
        printed.append(row)
    return printed


def _as_csv(rows: Iterable[Row]) -> list[Row]:
    writer = csv.DictWriter(sys.stdout, [field.name for field in fields(Row)], lineterminator="\n")
    writer.writeheader()
    printed = []
    for row in rows:
        writer.writerow(asdict(row))
        printed.append(row)
    return printed


def _as_table(rows: Iterable[Row]) -> list[Row]:
    printed = list(rows)
    print_table(printed)
    return printed


def print_table(rows: Sequence[Any]) -> None:
    """Prints dataclasses of one kind as a table; a column that no row has a value for is left out.

    Args:
        rows: at least one.
    """
    shown = [
        field.name
        for field in fields(rows[0])
        if any(getattr(row, field.name) is not None for row in rows)
    ]
    table = Table()
    for name in shown:
        in_words = any(isinstance(getattr(row, name), str) for row in rows)
        table.add_column(name.replace("_", " "), justify="left" if in_words else "right")
    for row in rows:
        table.add_row(*(_cell(name, getattr(row, name)) for name in shown))
    Console().print(table)


def _cell(name: str, value: str | float | None) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(value)
    return f"{value:+.4f}" if name == "steering" else f"{value:.2f}"
