"""Writes the pinned and hashed requirements of this folder from ``pyproject.toml``.

One version of a package in all files: the largest set is resolved first, the others follow it.
No file names a registry, so they work with whichever one the user has.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent

# File name -> extras of pyproject.toml. `dev` comes first: the others are held to its versions.
FILES: dict[str, tuple[str, ...]] = {
    "dev": ("cpu", "sim", "train", "dev"),
    "demo": ("cpu", "sim"),
    "runtime": ("cpu",),
    "runtime-gpu": ("gpu",),
    "gpu": ("gpu", "sim"),
}


def main() -> None:
    """Renews every file; ends with the exit code of the first resolution that fails."""
    for name, extras in FILES.items():
        options = [f"--extra={extra}" for extra in extras]
        if name == "dev":
            options.append("--group=build")
            options.append("--group=lock")
        _compile(name, "pyproject.toml", *options, held_to=None if name == "dev" else "dev")
    _compile("build", "--group=pyproject.toml:build", held_to="dev")
    _compile("lint", "--group=pyproject.toml:lint", held_to=None)
    _compile("opencv4", "--group=pyproject.toml:opencv4", held_to=None)


def _compile(name: str, *arguments: str, held_to: str | None) -> None:
    constraint = [f"--constraint=requirements/{held_to}.txt"] if held_to else []
    command = [
        "uv", "pip", "compile", *arguments, *constraint,
        "--universal", "--python-version=3.11", "--upgrade",
        "--generate-hashes", "--no-emit-index-url", "--no-config", "--quiet",
        "--custom-compile-command=make requirements", f"--output-file=requirements/{name}.txt",
    ]  # fmt: skip
    result = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, check=False)
    if result.returncode:
        sys.exit(result.returncode)


if __name__ == "__main__":
    main()
