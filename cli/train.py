"""``roadsight train``: from recordings to a trained network."""

from __future__ import annotations

from cli.arguments import parse
from cli.training_task import for_task


def run(arguments: list[str]) -> int:
    """Runs the verb."""
    return for_task(
        "train", arguments, "A network that steers.", "Trains a model on recordings.", _steering
    )


def _steering(arguments: list[str]) -> int:
    from training.steering.settings import TrainSettings

    settings = parse(
        TrainSettings,
        arguments,
        "train steering",
        examples=(
            "roadsight train steering data/lake data/jungle",
            "roadsight train steering data/lake --recipe book --name book",
            "roadsight train steering data/lake --resume",
        ),
        positional=("recordings",),
    )
    from training.steering.train import train

    report = train(settings)
    print(
        f"Best of {report.epochs} epochs: epoch {report.best_epoch}, "
        f"validation loss {report.best_loss:.5f}. Next: roadsight export steering "
        f"--run {report.folder}"
    )
    return 0
