"""Fields of requests that every service reads alike."""

from __future__ import annotations

import math
from typing import Protocol

from services.runtime.errors import InvalidArgumentError


class Request(Protocol):
    """A request with fields that may be left out."""

    def HasField(self, field_name: str) -> bool: ...  # noqa: D102, N802


def share_of(request: Request, field: str, default: float) -> float:
    """An optional field whose value is a number from 0 to 1.

    Args:
        request: the request.
        field: its name.
        default: what it is if it was not sent.

    Raises:
        InvalidArgumentError: it is out of range.
    """
    if not request.HasField(field):
        return default
    value: float = getattr(request, field)
    if math.isnan(value) or not 0 <= value <= 1:
        raise InvalidArgumentError(f"{field}: expected a number from 0 to 1, got {value:g}")
    return value
