"""Values of a model file's metadata, one by one: JSON by key, and what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


class ModelSpecError(ValueError):
    """The metadata of a model file lacks a key, or a value in it cannot be used."""


def value_of(metadata: Mapping[str, str], key: str, kind: type) -> Any:
    """The value of a key, of the type ``kind``.

    Raises:
        ModelSpecError: the key is missing, or its value is no JSON or of another type.
    """
    if key not in metadata:
        raise ModelSpecError(
            f"model metadata: the key '{key}' is missing; export the model with "
            f"`roadsight export`, which writes it (found: {sorted(metadata) or 'no keys at all'})"
        )
    try:
        value = json.loads(metadata[key])
    except json.JSONDecodeError as error:
        raise ModelSpecError(
            f"model metadata: '{key}' should be JSON, got {metadata[key]!r}"
        ) from error
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ModelSpecError(
            f"model metadata: '{key}' should be a {kind.__name__}, got {metadata[key]!r}"
        )
    return value


def choice_of(metadata: Mapping[str, str], key: str, choices: tuple[str, ...]) -> str:
    """The value of a key, one of ``choices``.

    Raises:
        ModelSpecError: the key is missing, or its value is none of them.
    """
    value: str = value_of(metadata, key, str)
    if value not in choices:
        raise ModelSpecError(f"model metadata: '{key}' should be one of {choices}, got {value!r}")
    return value


def positive_of(metadata: Mapping[str, str], key: str) -> int:
    """The value of a key, a whole number above 0.

    Raises:
        ModelSpecError: the key is missing, or its value is not that.
    """
    value: int = value_of(metadata, key, int)
    if value <= 0:
        raise ModelSpecError(f"model metadata: '{key}' should be above 0, got {value}")
    return value
