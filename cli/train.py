"""``roadsight train``: from recordings or labelled photos to a trained network."""

from __future__ import annotations

from cli.arguments import parse
from cli.menu import Choice, choose
from cli.training_task import told_plainly


def run(arguments: list[str]) -> int:
    """Runs the verb."""
    choices = {
        "steering": Choice("A network that steers, from recordings.", _steering),
        "plates": Choice("YOLOv4-tiny for licence plates, from labelled photos.", _plates),
        "detection": Choice("Faster R-CNN for traffic objects, from road scenes.", _detection),
        "segmentation": Choice("U-Net for road scenes, from pictures and masks.", _segmentation),
    }
    with told_plainly():
        return choose("train", arguments, choices, "Trains a model.")


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
        f"validation loss {-report.best_score:.5f}. Next: roadsight export steering "
        f"--run {report.folder}"
    )
    return 0


def _plates(arguments: list[str]) -> int:
    from training.plates.settings import TrainSettings

    settings = parse(
        TrainSettings,
        arguments,
        "train plates",
        examples=(
            "roadsight train plates data/parking",
            "roadsight train plates data/parking data/street --scenes data/roads --name mixed",
            "roadsight train plates data/parking --start-from yolov4-tiny.conv.29",
            "roadsight train plates data/parking --resume",
        ),
        positional=("data",),
    )
    from training.plates.train import train

    report = train(settings)
    print(
        f"Best of {report.epochs} epochs: epoch {report.best_epoch}, AP {report.best_score:.4f} "
        f"on validation; chart: {report.folder / 'chart.png'}. Next: roadsight export plates "
        f"--run {report.folder}"
    )
    return 0


def _detection(arguments: list[str]) -> int:
    from training.detection.settings import TrainSettings

    settings = parse(
        TrainSettings,
        arguments,
        "train detection",
        examples=(
            "roadsight train detection data/highway data/streets",
            "roadsight train detection data/streets --classes my_classes.yaml --name mine",
            "roadsight train detection data/streets --start-from runs/detection/detection "
            '--change \'{"frozen_stages": 0, "learning_rate": 1e-4}\' --name fine_tuned',
            "roadsight train detection data/highway data/streets --resume",
        ),
        positional=("data",),
    )
    from training.detection.train import train

    report = train(settings)
    print(
        f"Best of {report.epochs} epochs: epoch {report.best_epoch}, AP {report.best_score:.4f} "
        f"on validation; chart: {report.folder / 'chart.png'}. Next: roadsight export detection "
        f"--run {report.folder}"
    )
    return 0


def _segmentation(arguments: list[str]) -> int:
    from training.segmentation.settings import TrainSettings

    settings = parse(
        TrainSettings,
        arguments,
        "train segmentation",
        examples=(
            "roadsight train segmentation data/camvid",
            "roadsight train segmentation data/road --encoder none --base-filters 16 --name plain",
            "roadsight train segmentation data/lane --recipe book --classes 1 --name book",
            "roadsight train segmentation data/camvid --resume",
        ),
        positional=("data",),
    )
    from training.segmentation.train import train

    report = train(settings)
    print(
        f"Best of {report.epochs} epochs: epoch {report.best_epoch}, mean IoU "
        f"{report.best_score:.4f} on validation; chart: {report.folder / 'chart.png'}. Next: "
        f"roadsight export segmentation --run {report.folder}"
    )
    return 0
