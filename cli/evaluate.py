"""``roadsight evaluate``: how good a model is, on recordings."""

from __future__ import annotations

from cli.arguments import parse
from cli.training_task import for_task


def run(arguments: list[str]) -> int:
    """Runs the verb."""
    return for_task(
        "evaluate",
        arguments,
        "How well a model steers.",
        "Measures a model on recordings.",
        _steering,
    )


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
