"""What the verbs of training share: they name a task, and fail with the room's own errors."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from cli.errors import CommandError
from cli.menu import Choice, Run, choose
from training.errors import TrainingError


def for_task(verb: str, arguments: list[str], summary: str, description: str, steering: Run) -> int:
    """Runs ``roadsight <verb> <task>``; today's only task is steering."""
    choices = {"steering": Choice(summary, steering)}
    with told_plainly():
        return choose(verb, arguments, choices, description)


@contextmanager
def told_plainly() -> Iterator[None]:
    """Shows what training logs as plain lines, and its errors as the command's."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        yield
    except TrainingError as error:
        raise CommandError(str(error)) from error
