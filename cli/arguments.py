"""Settings classes as commands: flags, positional words, environment, help text and errors.

The one place where a command line is parsed. What a room can be told is its settings class; how
that reads on a command line is decided here, so that it is the same everywhere.
"""

from __future__ import annotations

import argparse
import copy
import difflib
import os
from collections.abc import Sequence
from typing import Annotated, Any, NoReturn, TypeVar

from pydantic import ValidationError, create_model
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, CliSettingsSource, SettingsError

from cli import option_help
from cli.errors import UsageError

Settings = TypeVar("Settings", bound=BaseSettings)


def parse(
    settings_class: type[Settings],
    arguments: list[str],
    command: str,
    examples: Sequence[str] = (),
    positional: Sequence[str] = (),
) -> Settings:
    """Reads settings from a command line and the environment; the command line wins.

    Args:
        settings_class: what can be set.
        arguments: the words after the command.
        command: the words before them, for example ``serve steering``.
        examples: whole command lines, shown at the end of the help text.
        positional: fields that are given without a flag, in this order.

    Raises:
        UsageError: what was given does not fit; the message names the option.
    """
    read_class = _with_positional(settings_class, positional)
    parser = _Parser(
        prog=f"roadsight {command}",
        usage=" ".join(["%(prog)s [options]", *map(option_help.place, positional)]),
        description=option_help.plain(settings_class.__doc__ or ""),
        epilog=option_help.epilog(read_class, examples),
        formatter_class=option_help.Formatter,
        allow_abbrev=False,
    )

    def add_argument(target: Any, *names: str, **options: Any) -> Any:
        field = read_class.model_fields[options.get("dest") or names[0]]
        options["help"] = option_help.describe(field)
        if "metavar" in options and names[0].startswith("-"):
            options["metavar"] = option_help.metavar(field.annotation)
        return argparse.ArgumentParser.add_argument(target, *names, **options)

    source = CliSettingsSource[Settings](
        read_class,
        root_parser=parser,
        add_argument_method=add_argument,
        cli_kebab_case=True,
        cli_implicit_flags=True,
        cli_hide_none_type=True,
        cli_parse_none_str="none",
    )
    given = vars(parser.parse_args(arguments))
    try:
        return read_class(_cli_settings_source=source(parsed_args=dict(given)))
    except ValidationError as error:
        lines = [_explain(details, read_class, given) for details in error.errors()]
        raise UsageError("\n".join(lines), command) from error
    except SettingsError as error:
        raise UsageError(f"{error} ({error.__cause__})", command) from error


class _Parser(argparse.ArgumentParser):
    """Says what was meant when an option is misspelt, and raises instead of exiting."""

    def error(self, message: str) -> NoReturn:
        unknown = message.removeprefix("unrecognized arguments: ").split()[0].partition("=")[0]
        if message.startswith("unrecognized arguments: ") and unknown.startswith("-"):
            options = list(self._option_string_actions)
            near = difflib.get_close_matches(unknown, options, n=1)
            message = f"unknown option {unknown}" + (f"; did you mean {near[0]}?" if near else "")
        raise UsageError(message, self.prog.removeprefix("roadsight "))


def _with_positional(settings_class: type[Settings], names: Sequence[str]) -> type[Settings]:
    """The class with some fields marked as positional, in the given order."""
    if not names:
        return settings_class
    fields: dict[str, Any] = {}
    for name in names:
        field = copy.copy(settings_class.model_fields[name])
        fields[name] = (Annotated[field.annotation, option_help.POSITIONAL_MARK], field)
    return create_model(
        settings_class.__name__, __base__=settings_class, __doc__=settings_class.__doc__, **fields
    )


def _explain(
    details: ErrorDetails, settings_class: type[BaseSettings], given: dict[str, Any]
) -> str:
    """One line for one thing that does not fit: where, what was expected, what came."""
    message = details["msg"].partition(", unable to parse")[0].removeprefix("Value error, ")
    if not details["loc"]:
        return message
    name, *inner = details["loc"]
    where = _where(str(name), settings_class, given)
    if inner:
        where += (
            f" ({', '.join(str(step + 1 if isinstance(step, int) else step) for step in inner)})"
        )
    if details["type"] == "missing":
        return f"{where}: needed, and not given"
    expected = message.replace("Input should be", "expected", 1)
    return f"{where}: {expected}, got {details['input']!r}"


def _where(name: str, settings_class: type[BaseSettings], given: dict[str, Any]) -> str:
    """What the user wrote a field as: its flag, its environment variable or its place."""
    variable = option_help.variable(settings_class, name)
    from_environment = name not in given and variable in map(str.upper, os.environ)
    if from_environment:
        return variable
    if option_help.is_positional(settings_class.model_fields[name]):
        return option_help.place(name)
    return f"--{name.replace('_', '-')}"
