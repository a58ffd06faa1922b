"""What the verbs of training share: how they log, and fail with the room's own errors."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from cli.errors import CommandError
from training.errors import TrainingError


@contextmanager
def told_plainly() -> Iterator[None]:
    """Shows what training logs as plain lines, and its errors as the command's."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        yield
    except TrainingError as error:
        raise CommandError(str(error)) from error
