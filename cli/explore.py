"""``roadsight explore``: a look at recordings before training."""

from __future__ import annotations

from cli.arguments import parse
from cli.training_task import told_plainly


def run(arguments: list[str]) -> int:
    """Runs the verb."""
    from training.steering.settings import ExploreSettings

    settings = parse(
        ExploreSettings,
        arguments,
        "explore",
        examples=(
            "roadsight explore data/lake",
            "roadsight explore data/lake data/jungle --output runs/look --recipe roadsight",
        ),
        positional=("recordings",),
    )
    from training.steering.explore import explore

    with told_plainly():
        report = explore(settings)
    for written in report.files:
        print(written)
    return 0
