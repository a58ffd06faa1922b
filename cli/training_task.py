"""What the verbs of training share: they name a task, and fail with the room's own errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cli.errors import CommandError
from cli.menu import Choice, Run, choose
from training.errors import TrainingError


def for_task(verb: str, arguments: list[str], summary: str, description: str, steering: Run) -> int:
    """Runs ``roadsight <verb> <task>``; today's only task is steering."""
    choices = {"steering": Choice(summary, steering)}
    with plain_errors():
        return choose(verb, arguments, choices, description)


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turns what training says about its errors into the command's."""
    try:
        yield
    except TrainingError as error:
        raise CommandError(str(error)) from error
