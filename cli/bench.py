"""``roadsight bench``: what the README's figures are printed by."""

from __future__ import annotations

import sys

from cli.errors import CommandError
from cli.menu import Choice, choose
from services.runtime.errors import StartError

_DESCRIPTION = """\
Measures on this machine: close other programs first. The options of each are its own: add --help.
Exit code 0 if the bars are met that the project has set itself."""

_EPILOG = """\
examples:
  roadsight bench all
  roadsight bench telemetry --frames 5000 --server threading --server eventlet
  roadsight bench service --recording data/lake
  roadsight bench plates --pictures data/plates/images
  roadsight bench detection --pictures data/streets/images
  roadsight bench segmentation --peer espnet.onnx"""


def run(arguments: list[str]) -> int:
    """Runs the verb."""
    choices = {
        "all": Choice("Telemetry, then every service: about five minutes.", _all),
        "telemetry": Choice("Telemetry in to steer out, through bridge and service.", _telemetry),
        "service": Choice("The steering service against the same work in one process.", _service),
        "plates": Choice("The plates service against ONNX Runtime alone.", _plates),
        "detection": Choice("The detection service against ONNX Runtime alone.", _detection),
        "segmentation": Choice(
            "The segmentation service against ONNX Runtime alone.", _segmentation
        ),
        "soak": Choice("20,000 telemetries in which everything goes wrong.", _soak),
    }
    try:
        return choose("bench", arguments, choices, _DESCRIPTION, _EPILOG)
    except StartError as error:
        raise CommandError(str(error)) from error


def _all(arguments: list[str]) -> int:
    codes = [_telemetry(list(arguments)), _service(list(arguments))]
    for name, measure in (
        ("plates", _plates),
        ("detection", _detection),
        ("segmentation", _segmentation),
    ):
        try:
            # The options are those for recordings; nothing else is looked for on them.
            codes.append(measure([]))
        except StartError as error:
            print(f"{name}: not measured: {error}", file=sys.stderr)
    return max(codes)


def _telemetry(arguments: list[str]) -> int:
    from benchmarks.telemetry_latency import main

    return main(arguments)


def _service(arguments: list[str]) -> int:
    from benchmarks.steering_service import main

    return main(arguments)


def _plates(arguments: list[str]) -> int:
    from benchmarks.picture_report import PLATE_SERVICE
    from benchmarks.picture_service import main

    return main(PLATE_SERVICE, arguments)


def _detection(arguments: list[str]) -> int:
    from benchmarks.picture_report import DETECTION_SERVICE
    from benchmarks.picture_service import main

    return main(DETECTION_SERVICE, arguments)


def _segmentation(arguments: list[str]) -> int:
    from benchmarks.picture_report import SEGMENTATION_SERVICE
    from benchmarks.picture_service import main

    return main(SEGMENTATION_SERVICE, arguments)


def _soak(arguments: list[str]) -> int:
    from benchmarks.soak import main

    return main(arguments)
