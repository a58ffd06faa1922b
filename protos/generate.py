"""Generates the Python stubs beside each ``.proto``: ``python -m protos.generate [--check]``.

The stubs are committed, so that nobody needs the compiler to run the project. ``--check`` changes
nothing and fails when what is committed is not what the compiler makes of the ``.proto`` files.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from importlib import resources
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STUB_ENDINGS = ("_pb2.py", "_pb2.pyi", "_pb2_grpc.py")


def main() -> int:
    """Runs the command and returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m protos.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only; fail on differences")
    check = parser.parse_args().check
    with tempfile.TemporaryDirectory() as folder:
        wanted = _generate(Path(folder))
    committed = _committed()
    differing = sorted(
        path for path in wanted.keys() | committed.keys() if wanted.get(path) != committed.get(path)
    )
    if check:
        for path in differing:
            print(f"{path}: not what the .proto files give; run: make protos", file=sys.stderr)
        return 1 if differing else 0
    for path in differing:
        if path in wanted:
            (ROOT / path).write_bytes(wanted[path])
            print(f"written: {path}")
        else:
            (ROOT / path).unlink()
            print(f"removed: {path}")
    return 0


def _generate(output: Path) -> dict[Path, bytes]:
    """The stubs of every ``.proto``, by path relative to the project's root."""
    from grpc_tools import protoc

    protos = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "protos").rglob("*.proto"))
    arguments = [
        "protoc",
        f"-I{ROOT}",
        f"-I{resources.files('grpc_tools') / '_proto'}",
        f"--python_out={output}",
        f"--pyi_out={output}",
        f"--grpc_python_out={output}",
        *protos,
    ]
    if code := protoc.main(arguments):
        sys.exit(code)
    return {path.relative_to(output): path.read_bytes() for path in _stubs_in(output)}


def _committed() -> dict[Path, bytes]:
    return {path.relative_to(ROOT): path.read_bytes() for path in _stubs_in(ROOT / "protos")}


def _stubs_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*_pb2*") if path.name.endswith(STUB_ENDINGS)]


if __name__ == "__main__":
    sys.exit(main())
