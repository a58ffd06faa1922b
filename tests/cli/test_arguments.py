from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Self

import pytest
from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from cli import option_help
from cli.arguments import parse
from cli.errors import UsageError


class Colour(StrEnum):
    RED = "red"
    DARK_BLUE = "dark-blue"


class Sample(BaseSettings):
    """A sample with ``code`` in it.

    And a second paragraph.
    """

    model_config = SettingsConfigDict(env_prefix="SAMPLE_")

    folders: list[Path] = Field(default_factory=list, description="Folders.")
    top_speed: float = Field(25.0, ge=0, le=30, description="Speed, 100 % of it.")
    count: int | None = Field(None, ge=1, description="Count; all unless given.")
    colour: Colour = Field(Colour.RED, description="Colour.")
    mode: Literal["fast", "slow"] = Field("fast", description="Mode.")
    weights: list[float] = Field(default_factory=list, description="Weights.")
    change: dict[str, int] = Field(default_factory=dict, description="Changes.")
    replay: bool = Field(True, description="Replay.")

    @model_validator(mode="after")
    def _not_both(self) -> Self:
        if self.count == 13 and self.mode == "slow":
            raise ValueError("13 cannot be slow")
        return self


def read(*words: str) -> Sample:
    return parse(Sample, list(words), "sample run", ["roadsight sample run a"], ["folders"])


@pytest.mark.parametrize(
    ("words", "field", "expected"),
    [
        ([], "top_speed", 25.0),
        (["--top-speed", "12.5"], "top_speed", 12.5),
        (["--top-speed=12.5"], "top_speed", 12.5),
        (["a", "b"], "folders", [Path("a"), Path("b")]),
        (["a", "--count", "2", "b"], "folders", None),
        (["--count", "2"], "count", 2),
        (["--count", "none"], "count", None),
        (["--colour", "dark-blue"], "colour", Colour.DARK_BLUE),
        (["--mode", "slow"], "mode", "slow"),
        (["--weights", "1,2.5"], "weights", [1.0, 2.5]),
        (["--weights", "1", "--weights", "2.5"], "weights", [1.0, 2.5]),
        (["--change", '{"a": 3}'], "change", {"a": 3}),
        (["--no-replay"], "replay", False),
        (["--replay"], "replay", True),
    ],
)
def test_values(words: list[str], field: str, expected: Any) -> None:
    if expected is None and field == "folders":
        # argparse takes positional words in one go; what is left over is refused, not dropped.
        with pytest.raises(UsageError):
            read(*words)
        return
    assert getattr(read(*words), field) == expected


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--top-speed", "31"], "--top-speed: expected less than or equal to 30, got '31'"),
        (["--top-speed", "x"], "--top-speed: expected a valid number, got 'x'"),
        (["--top-speed", "-1"], "--top-speed: expected greater than or equal to 0, got '-1'"),
        (["--count", "1.5"], "--count: expected a valid integer, got '1.5'"),
        (["--colour", "green"], "--colour: expected 'red' or 'dark-blue', got 'green'"),
        (["--mode", "medium"], "--mode: expected 'fast' or 'slow', got 'medium'"),
        (["--weights", "1,x"], "--weights (2): expected a valid number, got 'x'"),
        (["--count", "13", "--mode", "slow"], "13 cannot be slow"),
        (["--top-speeed", "1"], "unknown option --top-speeed; did you mean --top-speed?"),
        (["--zzz"], "unknown option --zzz"),
        (["--count"], "argument --count: expected one argument"),
    ],
)
def test_errors_name_the_option_what_was_expected_and_what_came(
    words: list[str], message: str
) -> None:
    with pytest.raises(UsageError) as raised:
        read(*words)
    assert str(raised.value) == message
    assert raised.value.command == "sample run"


def test_all_errors_are_told_at_once() -> None:
    with pytest.raises(UsageError) as raised:
        read("--count", "0", "--mode", "medium")
    assert len(str(raised.value).splitlines()) == 2


def test_broken_json_is_a_wrong_call() -> None:
    with pytest.raises(UsageError, match="change"):
        read("--change", "{broken")


def test_the_environment_counts_and_the_command_line_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMPLE_TOP_SPEED", "7")
    assert read().top_speed == 7
    assert read("--top-speed", "8").top_speed == 8


def test_an_error_in_the_environment_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMPLE_COUNT", "many")
    with pytest.raises(UsageError, match=r"^SAMPLE_COUNT: expected a valid integer, got 'many'$"):
        read()


def test_a_required_positional_word_is_asked_for() -> None:
    class Needed(BaseSettings):
        """Needs a recording."""

        recording: Path = Field(description="Folder.")

    with pytest.raises(UsageError, match="RECORDING"):
        parse(Needed, [], "needed", positional=["recording"])


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read("--help")
    text = capsys.readouterr().out
    assert text.startswith("usage: roadsight sample run [options] FOLDERS\n")
    assert "A sample with `code` in it.\n\nAnd a second paragraph." in text
    assert "--top-speed X" in text
    assert "Speed, 100 % of it (default: 25)" in text
    assert "--count N" in text
    assert "--colour red|dark-blue" in text
    assert "--replay, --no-replay" in text
    assert "SAMPLE_<OPTION>" in text
    assert "SAMPLE_TOP_SPEED" in text
    assert "examples:\n  roadsight sample run a" in text
    assert "None" not in text


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (int, "N"),
        (float | None, "X"),
        (str, "TEXT"),
        (Path | None, "PATH"),
        (Literal["a", "b"], "a|b"),
        (Colour, "red|dark-blue"),
        (list[float], "X,..."),
        (dict[str, int], "JSON"),
        (int | str, "N|TEXT"),
    ],
)
def test_what_stands_for_a_value(annotation: Any, expected: str) -> None:
    assert option_help.metavar(annotation) == expected
