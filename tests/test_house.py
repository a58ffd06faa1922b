"""What holds for the project as a whole, beyond what `make check` looks at."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = sorted((ROOT / "requirements").glob("*.txt"))


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.name)
def test_requirements_are_pinned_and_hashed_and_name_no_registry(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*(--index|--extra-index|--find-links|-i|-f)\b", text, re.MULTILINE)
    packages = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert packages
    for line in packages:
        assert re.match(r"[a-z0-9.-]+(\[[a-z0-9,-]+\])?==\S+ .*\\$", line), line


def test_all_requirements_agree_on_versions() -> None:
    versions: dict[str, set[str]] = {}
    for path in REQUIREMENTS:
        # Environments of their own, for the sake of other versions.
        if path.name in ("opencv4.txt", "lint.txt"):
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            if match := re.match(r"([a-z0-9.-]+)==(.+?) \\$", line):
                versions.setdefault(match[1], set()).add(match[2])
    unequal = {
        name: pins
        for name, pins in versions.items()
        # One version may stand with several conditions, in one file as in another.
        if len({pin.partition(" ;")[0] for pin in pins})
        != len({pin.partition(" ;")[2] for pin in pins})
    }
    assert not unequal


def test_the_demo_installs_no_training_packages() -> None:
    demo = (ROOT / "requirements" / "demo.txt").read_text(encoding="utf-8")
    for package in ("tensorflow", "keras", "pandas", "torch"):
        assert not re.search(rf"^{package}\b", demo, re.MULTILINE)


def test_make_explains_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = {
        target
        for line in re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
        for target in line.split()
        if not target.startswith("check-")
    }
    result = subprocess.run(
        ["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    explained = set(re.findall(r"^  ([a-z-]+) +\S", result.stdout, re.MULTILINE))
    assert explained == targets


def test_extras_and_error_messages_agree() -> None:
    from cli.errors import _EXTRAS

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(_EXTRAS.values()) <= set(project["optional-dependencies"])
