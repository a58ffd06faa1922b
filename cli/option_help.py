"""How one option reads in a help text."""

from __future__ import annotations

import argparse
import types
from collections.abc import Mapping, Sequence
from enum import Enum
from inspect import cleandoc
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, CliPositionalArg

POSITIONAL_MARK = get_args(CliPositionalArg[str])[1]
"""What pydantic-settings marks a positional field with."""

_NAMES: dict[type, str] = {int: "N", float: "X", str: "TEXT", Path: "PATH", bool: "yes|no"}


class Formatter(argparse.RawDescriptionHelpFormatter):
    """Keeps the line breaks of description and examples, and gives the options room."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30)


def plain(docstring: str) -> str:
    """A docstring as plain text."""
    return cleandoc(docstring).replace("``", "`")


def describe(field: FieldInfo) -> str:
    """The description and the default, ready for argparse."""
    text = (field.description or "").rstrip(".")
    default = _default(field)
    if default:
        text += f" (default: {default})"
    return text.replace("%", "%%")


def metavar(annotation: Any) -> str:
    """What stands for the value: its choices, or a word for its type."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return "|".join(metavar(member) for member in inner if member is not type(None))
    if origin is Literal:
        return "|".join(map(str, inner))
    if isinstance(origin or annotation, type):
        kind: type = origin or annotation
        if issubclass(kind, Enum):
            return "|".join(str(member.value) for member in kind)
        if issubclass(kind, Mapping):
            return "JSON"
        if issubclass(kind, Sequence) and inner:
            return f"{metavar(inner[0])},..."
        return _NAMES.get(kind, kind.__name__.upper())
    return "VALUE"


def epilog(settings_class: type[BaseSettings], examples: Sequence[str]) -> str:
    """The end of the help text: where else the settings can come from, and examples."""
    paragraphs = []
    options = [
        name for name, field in settings_class.model_fields.items() if not is_positional(field)
    ]
    if options:
        prefix = str(settings_class.model_config.get("env_prefix", ""))
        paragraphs.append(
            f"Every option can be set by the environment as {prefix}<OPTION>, "
            f"for example\n{variable(settings_class, options[0])}; the command line wins."
        )
    if examples:
        paragraphs.append("examples:\n" + "\n".join(f"  {example}" for example in examples))
    return "\n\n".join(paragraphs)


def variable(settings_class: type[BaseSettings], field_name: str) -> str:
    """The environment variable of a field."""
    return f"{settings_class.model_config.get('env_prefix', '')}{field_name}".upper()


def is_positional(field: FieldInfo) -> bool:
    """Whether a field is given without a flag."""
    return POSITIONAL_MARK in field.metadata


def place(field_name: str) -> str:
    """What a positional field is called."""
    return field_name.upper().replace("_", "-")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return ""
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is None or value in ([], {}):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, list):
        return ",".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
