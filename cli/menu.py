"""Choosing a command by its word: ``roadsight <verb>``, ``roadsight train <task>``."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cli.errors import UsageError

Run = Callable[[list[str]], int]
"""Takes the words after the command's own and returns the exit code."""


@dataclass(frozen=True)
class Choice:
    """One word that can be chosen.

    Attributes:
        summary: what it does, in one line.
        run: does it. Imports what it needs only when it is called.
    """

    summary: str
    run: Run


def choose(
    command: str,
    arguments: list[str],
    choices: Mapping[str, Choice],
    description: str,
    epilog: str = "",
) -> int:
    """Runs the choice that the first argument names, with the rest of the arguments.

    Args:
        command: the words so far, for example ``train``; empty for ``roadsight`` itself.
        arguments: the words that follow.
        choices: what the first of them may be.
        description: what the help text begins with.
        epilog: what the help text ends with.

    Raises:
        UsageError: the first argument is no choice.
    """
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(_help(command, choices, description, epilog))
        return 0 if arguments else UsageError.exit_code
    word, rest = arguments[0], arguments[1:]
    if word not in choices:
        near = difflib.get_close_matches(word, choices, n=1)
        hint = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(choices)}"
        raise UsageError(f"unknown command {word!r}; {hint}", command)
    return choices[word].run(rest)


def _help(command: str, choices: Mapping[str, Choice], description: str, epilog: str) -> str:
    prefix = f"roadsight {command} ".replace("  ", " ")
    width = max(map(len, choices)) + 2
    lines = [f"usage: {prefix}COMMAND ...", "", description, "", "commands:"]
    lines += [f"  {word:<{width}}{choice.summary}" for word, choice in choices.items()]
    lines += ["", f"{prefix}COMMAND --help explains a command and its options."]
    if epilog:
        lines += ["", epilog]
    return "\n".join(lines)
