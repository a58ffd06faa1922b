"""``roadsight predict``: asks a service about pictures."""

from __future__ import annotations

from cli.menu import Choice, choose


def run(arguments: list[str]) -> int:
    """Runs the verb."""
    choices = {
        "steering": Choice("The steering angle for each picture.", _steering),
        "plates": Choice("The licence plates in pictures and videos.", _plates),
        "detection": Choice("The vehicles and people in pictures and videos.", _detection),
        "segmentation": Choice("The class of each pixel of pictures and videos.", _segmentation),
    }
    return choose("predict", arguments, choices, "Asks a service about pictures.")


def _steering(arguments: list[str]) -> int:
    from cli.predict_steering import run as predict

    return predict(arguments)


def _plates(arguments: list[str]) -> int:
    from cli.predict_plates import run as predict

    return predict(arguments)


def _detection(arguments: list[str]) -> int:
    from cli.predict_detection import run as predict

    return predict(arguments)


def _segmentation(arguments: list[str]) -> int:
    from cli.predict_segmentation import run as predict

    return predict(arguments)
