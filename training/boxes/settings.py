"""Settings of what can be done with any set of labelled pictures."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from training.labelled.faults import OnFault

_CONFIG = SettingsConfigDict(env_prefix="ROADSIGHT_TRAINING_", extra="ignore")


class LabelFormat(StrEnum):
    """A format that labels are written in."""

    YOLO = "yolo"
    VOC = "voc"
    DARKNET = "darknet"
    COCO = "coco"


class ExploreBoxesSettings(BaseSettings):
    """A look at labelled pictures before training: faults, sizes, near duplicates, anchors.

    Reads YOLO txt, PASCAL VOC XML, a darknet tree or COCO JSON, whatever lies in the folder.
    """

    model_config = _CONFIG

    data: list[Path] = Field(
        default_factory=list, description="Folders with pictures and their labels."
    )
    labels: list[str] = Field(
        default_factory=list,
        description="Names of the wanted classes, by class id (default: all that the set has).",
    )
    classes: Path | None = Field(
        default=None,
        description="A class map: YAML that says which names of the sets mean which class "
        "(default: the sets' own names).",
    )
    output: Path = Field(
        default=Path("runs/explore"), description="Where PNGs and JSON are written."
    )
    size: int = Field(
        default=416, gt=0, multiple_of=32, description="Side of the input that anchors are for."
    )
    anchors: int = Field(default=6, gt=0, description="Anchors to look for.")
    sheet: int = Field(default=24, gt=0, description="Pictures on the contact sheet.")
    seed: int = Field(default=0, ge=0, description="Seed of the contact sheet and of k-means.")


class ConvertSettings(BaseSettings):
    """From one label format to another; the pictures come along.

    Reads YOLO txt, PASCAL VOC XML, a darknet tree or COCO JSON, whatever lies in the folder. Parts
    (train, val, test) are kept apart. Pictures with faults in their labels are left out.
    """

    model_config = _CONFIG

    data: Path = Field(description="Folder with pictures and their labels.")
    to: LabelFormat = Field(description="The format to write.")
    output: Path = Field(description="Folder to write; new or empty.")
    labels: list[str] = Field(
        default_factory=list,
        description="Names of the wanted classes, by class id (default: all that the set has).",
    )
    on_fault: OnFault = Field(
        default="skip", description="What to do about bad label files: go on without, or stop."
    )
    link: bool = Field(default=False, description="Hard-link the pictures instead of copying them.")
