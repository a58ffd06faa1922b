"""``roadsight export``: from a training run to the model file that is served."""

from __future__ import annotations

from cli.arguments import parse
from cli.training_task import for_task


def run(arguments: list[str]) -> int:
    """Runs the verb."""
    return for_task(
        "export",
        arguments,
        "A network that steers.",
        "Turns a training run into a model file, checked against the trained network.",
        _steering,
    )


def _steering(arguments: list[str]) -> int:
    from training.steering.settings import ExportSettings

    settings = parse(
        ExportSettings,
        arguments,
        "export steering",
        examples=(
            "roadsight export steering --run runs/steering/steering",
            "roadsight export steering --run runs/steering/b --output b/steering/1/model.onnx",
        ),
    )
    from training.steering.export import export

    report = export(settings)
    print(
        f"{report.path}: {report.size_bytes / 1e6:.1f} MB, at most "
        f"{report.largest_difference:.1e} from the trained network. "
        f"Next: roadsight serve steering --model {report.path}"
    )
    return 0
