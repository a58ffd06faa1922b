"""``roadsight export``: from a training run to the model file that is served."""

from __future__ import annotations

from pathlib import Path

from cli.arguments import parse
from cli.menu import Choice, choose
from cli.training_task import told_plainly


def run(arguments: list[str]) -> int:
    """Runs the verb."""
    choices = {
        "steering": Choice("A network that steers.", _steering),
        "plates": Choice("A network that finds licence plates.", _plates),
        "detection": Choice("A network that finds traffic objects.", _detection),
        "segmentation": Choice("A network that names every pixel.", _segmentation),
    }
    with told_plainly():
        return choose(
            "export",
            arguments,
            choices,
            "Turns a training run into a model file, checked against the trained network.",
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


def _plates(arguments: list[str]) -> int:
    from training.plates.export_settings import ExportSettings

    settings = parse(
        ExportSettings,
        arguments,
        "export plates",
        examples=(
            "roadsight export plates --run runs/plates/plates",
            "roadsight export plates --int8 --calibration data/parking",
            "roadsight export plates --output runs/mine/model.onnx --darknet",
        ),
    )
    from training.plates.export import export

    report = export(settings)
    print(
        f"{report.path}: {_megabytes(report.path)}, at most {report.box_difference:.2g} pixels and "
        f"{report.score_difference:.1e} in score from the trained network."
    )
    if report.int8 is not None:
        print(f"{report.int8}: {_megabytes(report.int8)}, served on CPUs.")
    if report.darknet is not None:
        print(f"{report.darknet[0]} and {report.darknet[1]}: for darknet and OpenCV 4.")
    print(f"Next: roadsight evaluate plates DIR --model {report.path}")
    return 0


def _detection(arguments: list[str]) -> int:
    from training.detection.export_settings import ExportSettings

    settings = parse(
        ExportSettings,
        arguments,
        "export detection",
        examples=(
            "roadsight export detection --run runs/detection/detection",
            "roadsight export detection --int8 --calibration data/streets/train",
            "roadsight export detection --parity data/streets/val --output mine/model.onnx",
        ),
    )
    from training.detection.export import export

    report = export(settings)
    print(
        f"{report.path}: {_megabytes(report.path)}, at most {report.box_difference:.2g} pixels and "
        f"{report.score_difference:.1e} in score from the trained network on {report.pictures} "
        f"pictures{', before weights were rounded to 16 bits' if settings.half else ''}."
    )
    if report.int8 is not None:
        print(f"{report.int8}: {_megabytes(report.int8)}, served on CPUs.")
    print(f"Next: roadsight evaluate detection DIR --model {report.path}")
    return 0


def _segmentation(arguments: list[str]) -> int:
    from training.segmentation.export_settings import ExportSettings

    settings = parse(
        ExportSettings,
        arguments,
        "export segmentation",
        examples=(
            "roadsight export segmentation --run runs/segmentation/segmentation",
            "roadsight export segmentation --int8 --calibration data/camvid/train",
            "roadsight export segmentation --parity data/camvid/val --output mine/model.onnx",
        ),
    )
    from training.segmentation.export import export

    report = export(settings)
    print(
        f"{report.path}: {_megabytes(report.path)}, the trained network's class for "
        f"{report.equal:.4%} of the pixels of {report.pictures} pictures."
    )
    if report.int8 is not None:
        print(f"{report.int8}: {_megabytes(report.int8)}, served on CPUs.")
    print(f"Next: roadsight evaluate segmentation DIR --model {report.path}")
    return 0


def _megabytes(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:.1f} MB"
