"""The ``roadsight`` command: finds the verb and runs it."""

from __future__ import annotations

import os
import sys
from importlib import import_module, metadata

from cli.errors import CommandError, UsageError, missing_package
from cli.menu import Choice, choose

_DESCRIPTION = "Roadsight: a car that drives by what it sees, as services that can be called."

_EPILOG = """\
examples:
  roadsight demo                       watch it drive a lap, nothing else needed
  roadsight bridge --with-service      drive the Udacity simulator (Autonomous Mode)
  roadsight predict steering road.jpg  ask the service for one picture"""


def _verb(module: str, summary: str) -> Choice:
    """A verb whose module is imported when it is used, so that the others start quickly."""

    def run(arguments: list[str]) -> int:
        code: int = import_module(module).run(arguments)
        return code

    return Choice(summary, run)


VERBS = {
    "demo": _verb("cli.demo", "Drive a lap: service, bridge and practice simulator together."),
    "bridge": _verb("cli.bridge", "Drive the Udacity simulator, or the practice simulator."),
    "serve": _verb("cli.serve", "Start a service, or all of them."),
    "health": _verb("cli.health", "Say whether a service, or the bridge, is up."),
    "simulate": _verb("cli.simulate", "The practice simulator: be driven, or record an expert."),
    "predict": _verb("cli.predict", "Ask a service about pictures."),
    "explore": _verb("cli.explore", "Look at data before training."),
    "convert": _verb("cli.convert", "Turn labels from one format into another."),
    "train": _verb("cli.train", "Train a model on recordings or labelled photos."),
    "evaluate": _verb("cli.evaluate", "Measure a model on data with the truth."),
    "export": _verb("cli.export", "Turn a training run into a model file for serving."),
    "video": _verb("cli.video", "Make an MP4 of a recording."),
    "bench": _verb("cli.bench", "Measure latency and throughput."),
    "gpu-check": _verb("cli.gpu_check", "Compare every model on the CPU and on CUDA."),
}


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line and returns the exit code.

    0: done. 1: could not be done, the last line says why. 2: called wrongly. 130: interrupted.
    """
    words = sys.argv[1:] if arguments is None else arguments
    if words and words[0] in ("-V", "--version"):
        print(f"roadsight {metadata.version('roadsight')}")
        return 0
    if not sys.stdout.isatty():
        # Tables that go to a file or a pipe are not squeezed into the 80 columns of no terminal.
        os.environ.setdefault("COLUMNS", "140")
    try:
        return choose("", words, VERBS, _DESCRIPTION, _EPILOG)
    except CommandError as error:
        return _fail(error)
    except ModuleNotFoundError as error:
        explained = missing_package(error)
        if explained is None:
            raise
        return _fail(explained)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader (head, less) has gone. Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _fail(error: CommandError) -> int:
    command = error.command if isinstance(error, UsageError) else ""
    prefix = f"roadsight {command}".rstrip()
    print(f"{prefix}: {error}", file=sys.stderr)
    if isinstance(error, UsageError):
        print(f"Try: {prefix} --help", file=sys.stderr)
    return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
