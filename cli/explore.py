"""``roadsight explore``: a look at data before training."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from cli.arguments import parse
from cli.menu import Choice, choose
from cli.training_task import told_plainly
from training.boxes.settings import ExploreBoxesSettings
from training.detection.road_classes import ROAD_CLASSES


class ExplorePlates(ExploreBoxesSettings):
    """A look at photos with labelled plates: faults, sizes, near duplicates, anchors.

    Reads YOLO txt, PASCAL VOC XML, a darknet tree or COCO JSON, whatever lies in the folder.
    """

    labels: list[str] = Field(
        default=["plate"],
        description="Names of the wanted classes; a set with one class only is taken for it.",
    )


class ExploreDetection(ExploreBoxesSettings):
    """A look at road scenes with labelled traffic objects: faults, sizes, near duplicates, anchors.

    Reads YOLO txt, PASCAL VOC XML, a darknet tree or COCO JSON, whatever lies in the folder.
    """

    labels: list[str] = Field(
        default_factory=list,
        description="Classes to look at; what is labelled as another is ignored (default: all).",
    )
    classes: Path | None = Field(
        default=ROAD_CLASSES,
        description="A class map: YAML that says which names of the sets mean which class; `none`: "
        "the sets' own names.",
    )


def run(arguments: list[str]) -> int:
    """Runs the verb. A folder instead of a task is a recording, as before there were tasks."""
    choices = {
        "steering": Choice("Recordings of drives.", _steering),
        "plates": Choice("Photos with labelled licence plates.", _plates),
        "detection": Choice("Road scenes with labelled traffic objects.", _detection),
        "segmentation": Choice("Road scenes with a mask each.", _segmentation),
    }
    with told_plainly():
        if arguments and arguments[0] not in choices and Path(arguments[0]).is_dir():
            return _steering(arguments)
        return choose("explore", arguments, choices, "A look at data before training.")


def _steering(arguments: list[str]) -> int:
    from training.steering.settings import ExploreSettings

    settings = parse(
        ExploreSettings,
        arguments,
        "explore steering",
        examples=(
            "roadsight explore steering data/lake",
            "roadsight explore steering data/lake data/jungle --output runs/look "
            "--recipe roadsight",
        ),
        positional=("recordings",),
    )
    from training.steering.explore import explore

    return _name(explore(settings).files)


def _plates(arguments: list[str]) -> int:
    settings = parse(
        ExplorePlates,
        arguments,
        "explore plates",
        examples=(
            "roadsight explore plates data/parking",
            "roadsight explore plates data/parking data/street --output runs/look --sheet 48",
        ),
        positional=("data",),
    )
    from training.boxes.explore import explore

    return _name(explore(settings).files)


def _detection(arguments: list[str]) -> int:
    settings = parse(
        ExploreDetection,
        arguments,
        "explore detection",
        examples=(
            "roadsight explore detection data/streets",
            "roadsight explore detection data/streets data/highway --classes data/classes.yaml",
        ),
        positional=("data",),
    )
    from training.boxes.explore import explore

    return _name(explore(settings).files)


def _segmentation(arguments: list[str]) -> int:
    from training.segmentation.explore_settings import ExploreSettings

    settings = parse(
        ExploreSettings,
        arguments,
        "explore segmentation",
        examples=(
            "roadsight explore segmentation data/camvid",
            "roadsight explore segmentation data/camvid data/mine --class-map data/classes.yaml",
        ),
        positional=("data",),
    )
    from training.segmentation.explore import explore

    return _name(explore(settings).files)


def _name(files: tuple[Path, ...]) -> int:
    for written in files:
        print(written)
    return 0
