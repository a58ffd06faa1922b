"""How a command fails: with one line for the user and an exit code, never with a traceback."""

from __future__ import annotations


class CommandError(Exception):
    """The command could not do its work; the message says why and what helps. Exit code 1."""

    exit_code = 1


class UsageError(CommandError):
    """The command was called wrongly. Exit code 2.

    Attributes:
        command: the words that were understood, for example ``serve steering``.
    """

    exit_code = 2

    def __init__(self, message: str, command: str) -> None:
        super().__init__(message)
        self.command = command


# Import name -> extra of pyproject.toml that brings it.
_EXTRAS = {
    "onnxruntime": "cpu",
    "panda3d": "sim",
    "direct": "sim",
    "websocket": "sim",
    "imageio_ffmpeg": "sim",
    "matplotlib": "sim",
    "keras": "train",
    "tensorflow": "train",
    "tf2onnx": "train",
    "onnx": "train",
    "pandas": "train",
    "PIL": "train",
    "lxml": "train",
    "scipy": "train",
    "yaml": "train",
}


def missing_package(error: ModuleNotFoundError) -> CommandError | None:
    """What to say when an optional package is missing; ``None`` if it is none of those."""
    package = (error.name or "").partition(".")[0]
    extra = _EXTRAS.get(package)
    if extra is None:
        return None
    return CommandError(
        f"this needs the package {package}, which is not installed: "
        f"pip install 'roadsight[{extra}]'"
    )
