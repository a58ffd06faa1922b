"""``roadsight convert``: from one format of data to another."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from cli.arguments import parse
from cli.menu import Choice, choose
from cli.training_task import told_plainly


def run(arguments: list[str]) -> int:
    """Runs the verb."""
    choices = {"labels": Choice("Boxes: YOLO txt, PASCAL VOC XML, darknet, COCO JSON.", _labels)}
    with told_plainly():
        return choose("convert", arguments, choices, "Turns data from one format into another.")


def _labels(arguments: list[str]) -> int:
    from training.boxes.settings import ConvertSettings

    settings = parse(
        ConvertSettings,
        arguments,
        "convert labels",
        examples=(
            "roadsight convert labels data/parking --to voc --output data/parking_voc",
            "roadsight convert labels data/parking --to darknet --output data/parking_darknet "
            "--labels plate --link",
        ),
        positional=("data",),
    )
    from training.boxes.convert import convert
    from training.labelled.faults import count_kinds

    parts = convert(settings)
    table = Table()
    table.add_column("part")
    for heading in ("pictures", "boxes"):
        table.add_column(heading, justify="right")
    for name, dataset in parts.items():
        boxes = sum(len(image.boxes) for image in dataset.images)
        table.add_row(name or "all", str(len(dataset)), str(boxes))
    first = next(iter(parts.values()))
    faults = ", ".join(f"{count} x {kind}" for kind, count in count_kinds(first.faults).items())
    Console().print(table)
    print(f"classes: {', '.join(first.labels)}")
    print(f"faults: {faults or 'none'}")
    print(f"{settings.to} in {settings.output}")
    return 0
