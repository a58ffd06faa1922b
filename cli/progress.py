"""Progress of something long: a bar on a terminal, plain lines where there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

Report = Callable[[float, str], None]
"""Takes how much is done, 0..1, and a few words on how it stands."""

_STEP = 0.1


@contextmanager
def progress(title: str, console: Console) -> Iterator[Report]:
    """Shows progress while the context is entered, and yields what reports it.

    Args:
        title: what is being done.
        console: where to show it; one that is no terminal gets a line at every tenth.
    """
    if not console.is_terminal:
        yield _lines(title, console)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[words]}"),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(title, total=1.0, words="")

        def report(fraction: float, words: str) -> None:
            bar.update(task, completed=fraction, words=words)

        yield report


def _lines(title: str, console: Console) -> Report:
    next_step = 0.0

    def report(fraction: float, words: str) -> None:
        nonlocal next_step
        if fraction + 1e-9 >= next_step:
            console.print(f"{title}: {fraction:4.0%}  {words}", highlight=False, soft_wrap=True)
            next_step = (int((fraction + 1e-9) / _STEP) + 1) * _STEP

    return report
