from __future__ import annotations

import subprocess
import sys

import pytest

from cli import main as main_module
from cli.main import VERBS, main
from cli.menu import Choice

# Verbs with a second word, and those words; verbs without have an empty one.
TASKS = {
    "serve": ["steering", "plates", "detection", "segmentation"],
    "health": ["steering", "bridge"],
    "simulate": ["drive"],
    "predict": ["steering", "plates", "detection", "segmentation"],
    "explore": ["plates", "detection", "segmentation"],
    "convert": ["labels"],
    "train": ["steering", "plates", "detection", "segmentation"],
    "evaluate": ["steering", "plates", "detection", "segmentation"],
    "export": ["steering", "plates", "detection", "segmentation"],
}
COMMANDS = [
    [verb, *([task] if task else [])]
    for verb in sorted(VERBS.keys() - {"bench"})
    for task in TASKS.get(verb, [""])
]


def test_help_names_every_verb_and_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    for verb, choice in VERBS.items():
        assert f"  {verb} " in text
        assert choice.summary in text
    assert "examples:" in text


def test_without_a_verb_the_help_is_shown_and_the_call_counts_as_wrong(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([]) == 2
    assert "commands:" in capsys.readouterr().out


def test_help_imports_no_heavy_package() -> None:
    heavy = ("cv2", "grpc", "numpy", "onnxruntime", "panda3d", "pydantic", "rich", "keras")
    code = (
        "import sys; from cli.main import main; main(['--help']); "
        f"print([name for name in {heavy} if name in sys.modules], file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stderr.strip() == "[]"


@pytest.mark.parametrize("verb", ["train", "export", "evaluate"])
@pytest.mark.parametrize("subject", ["steering", "plates", "detection", "segmentation"])
def test_help_does_not_wait_for_keras(verb: str, subject: str) -> None:
    code = (
        "import sys; from contextlib import suppress; from cli.main import main\n"
        f"with suppress(SystemExit): main(['{verb}', '{subject}', '--help'])\n"
        "print([name for name in ('keras', 'tensorflow') if name in sys.modules], file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "--" in result.stdout
    assert result.stderr.strip() == "[]"


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("roadsight 0.")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["srve"], "unknown command 'srve'; did you mean serve?"),
        (["trian"], "did you mean train?"),
        (["xyz"], "expected one of demo, bridge, serve"),
        (["serve", "stering"], "did you mean steering?"),
        (["serve", "steering", "--prot", "1"], "unknown option --prot; did you mean --port?"),
        (["serve", "steering", "--port", "99999"], "--port: expected less than or equal to 65535"),
        (["bridge", "--server", "forking"], "--server: expected 'threading' or 'eventlet'"),
        (["simulate", "drive", "surplus"], "unrecognized arguments: surplus"),
        (["predict", "steering"], "PICTURES"),
    ],
)
def test_wrong_calls_exit_with_2_and_say_what_was_expected(
    words: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    captured = capsys.readouterr()
    assert expected in captured.err
    assert "Try: roadsight" in captured.err
    assert "Traceback" not in captured.err
    assert captured.out == ""


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_verb_explains_itself_with_examples(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert text.startswith(f"usage: roadsight {' '.join(command)}")
    assert "examples:\n  roadsight" in text
    assert "(default:" in text
    assert "ROADSIGHT_" in text


def test_bench_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--help"]) == 0
    assert "examples:\n  roadsight bench" in capsys.readouterr().out
    for benchmark, option in (
        ("telemetry", "--recording"),
        ("service", "--recording"),
        ("soak", "--recording"),
        ("plates", "--pictures"),
        ("detection", "--pictures"),
        ("segmentation", "--peer"),
    ):
        with pytest.raises(SystemExit) as ended:
            main(["bench", benchmark, "--help"])
        assert ended.value.code == 0
        assert option in capsys.readouterr().out


def test_a_missing_optional_package_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(_: list[str]) -> int:
        raise ModuleNotFoundError("No module named 'panda3d'", name="panda3d.core")

    monkeypatch.setitem(main_module.VERBS, "demo", Choice("", run))
    assert main(["demo"]) == 1
    assert capsys.readouterr().err == (
        "roadsight: this needs the package panda3d, which is not installed: "
        "pip install 'roadsight[sim]'\n"
    )


def test_a_missing_module_of_ours_is_a_bug_and_stays_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(_: list[str]) -> int:
        raise ModuleNotFoundError("No module named 'cli.nothing'", name="cli.nothing")

    monkeypatch.setitem(main_module.VERBS, "demo", Choice("", run))
    with pytest.raises(ModuleNotFoundError):
        main(["demo"])


def test_ctrl_c_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(_: list[str]) -> int:
        raise KeyboardInterrupt

    monkeypatch.setitem(main_module.VERBS, "demo", Choice("", run))
    assert main(["demo"]) == 130
    assert capsys.readouterr().err == ""
