"""The documents say what is so: commands exist, options exist, links lead somewhere."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from cli.main import VERBS, main

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def commands() -> list[str]:
    """Every command line of the code blocks that starts with ``roadsight``."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^ *```.*?\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    return sorted({line for line in lines if line.startswith("roadsight ")})


@pytest.mark.parametrize("command", commands())
def test_every_command_of_the_readme_has_its_words_and_options(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = shlex.split(command, comments=True)[1:]
    options = [word.partition("=")[0] for word in words if word.startswith("--")]
    verb = words[0]
    if verb.startswith("-"):
        return
    assert verb in VERBS
    # The second word is a task where the verb has tasks; if not, it is no part of the question.
    for question in ([*words[:2], "--help"], [verb, "--help"]):
        try:
            code = main(question)
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
        text = capsys.readouterr().out
        if code == 0 and "options:" in text:
            break
    for option in options:
        assert f"{option} " in text or f"{option}," in text or f"{option}\n" in text


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_files_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert (document.parent / target).exists(), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_files_that_are_named_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    rooms = "|".join(path.name for path in ROOT.iterdir() if path.is_dir() and path.name.isalpha())
    for named in re.findall(
        rf"`((?:{rooms}|simulator_bridge|practice_simulator)/[\w./]+\.\w+)`", text
    ):
        # Files that training makes.
        if named.startswith(("models/", "runs/")):
            continue
        assert (ROOT / named).exists(), named
