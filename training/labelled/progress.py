"""A progress bar for many files, and none for few."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from rich.progress import track

_SHOW_FROM = 1000

_Item = TypeVar("_Item")


def shown(items: Sequence[_Item], title: str) -> Iterable[_Item]:
    """The items, with a progress bar where they are many."""
    return items if len(items) < _SHOW_FROM else track(items, title, transient=True)
