"""``roadsight evaluate``: how good a model is, on recordings or labelled pictures."""

from __future__ import annotations

from cli.arguments import parse
from cli.menu import Choice, choose
from cli.training_task import told_plainly


def run(arguments: list[str]) -> int:
    """Runs the verb."""
    choices = {
        "steering": Choice("How well a model steers, on recordings.", _steering),
        "plates": Choice("How well a model finds licence plates, on labelled photos.", _plates),
        "detection": Choice("How well a model finds traffic objects, on road scenes.", _detection),
        "segmentation": Choice("How well a model names pixels, on masks.", _segmentation),
    }
    with told_plainly():
        return choose("evaluate", arguments, choices, "Measures a model on data with the truth.")


def _steering(arguments: list[str]) -> int:
    from training.steering.settings import EvaluateSettings

    settings = parse(
        EvaluateSettings,
        arguments,
        "evaluate steering",
        examples=(
            "roadsight evaluate steering data/lake",
            "roadsight evaluate steering data/theirs --part all --no-replay",
            "roadsight evaluate steering data/lake --model runs/mine.onnx --video",
        ),
        positional=("recordings",),
    )
    from training.steering.evaluate import evaluate

    report = evaluate(settings)
    for written in report.files:
        print(written)
    return 0


def _plates(arguments: list[str]) -> int:
    from training.plates.evaluate_settings import EvaluateSettings

    settings = parse(
        EvaluateSettings,
        arguments,
        "evaluate plates",
        examples=(
            "roadsight evaluate plates data/parking data/street",
            "roadsight evaluate plates data/theirs --part all --model runs/mine.onnx",
        ),
        positional=("data",),
    )
    from training.plates.evaluate import evaluate

    report = evaluate(settings)
    for written in report.files:
        print(written)
    return 0


def _detection(arguments: list[str]) -> int:
    from training.detection.evaluate_settings import EvaluateSettings

    settings = parse(
        EvaluateSettings,
        arguments,
        "evaluate detection",
        examples=(
            "roadsight evaluate detection data/streets/val data/highway/val",
            "roadsight evaluate detection data/theirs --classes data/theirs.yaml",
            "roadsight evaluate detection data/streets/val --count car,bus,truck --model mine.onnx",
        ),
        positional=("data",),
    )
    from training.boxes.evaluate import evaluate

    report = evaluate(settings, "detection")
    for written in report.files:
        print(written)
    return 0


def _segmentation(arguments: list[str]) -> int:
    from training.segmentation.evaluate_settings import EvaluateSettings

    settings = parse(
        EvaluateSettings,
        arguments,
        "evaluate segmentation",
        examples=(
            "roadsight evaluate segmentation data/camvid/test",
            "roadsight evaluate segmentation data/theirs --class-map data/theirs.yaml",
            "roadsight evaluate segmentation data/camvid/val --model mine.onnx --mirrored",
        ),
        positional=("data",),
    )
    from training.segmentation.evaluate import evaluate

    report = evaluate(settings)
    for written in report.files:
        print(written)
    return 0
