"""How a set of pictures and masks is read: the settings that all verbs share."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from training.name_map import NameMap
from training.segmentation.classes import IGNORED_NAMES, Wanted


class MaskSetSettings(BaseSettings):
    """Folders of pictures and masks, and what their classes are."""

    model_config = SettingsConfigDict(env_prefix="ROADSIGHT_TRAINING_", extra="ignore")

    data: list[Path] = Field(
        default_factory=list, description="Folders with pictures and their masks."
    )
    class_map: Path | None = Field(
        default=None,
        description="A class map: YAML that says which names of the sets mean which class "
        "(default: the sets' own names).",
    )
    ignore: list[str] = Field(
        default=list(IGNORED_NAMES), description="Names of what is no class; case does not matter."
    )
    palette: Path | None = Field(
        default=None,
        description="Names and colours of the classes: YAML `Road: [128, 64, 128]`, or as CamVid's "
        "label_colors.txt (default: such a file in the folder, if any).",
    )

    def wanted(self) -> Wanted:
        """Which classes are wanted of each set.

        Raises:
            ClassMapError: the class map cannot be read.
        """
        name_map = None if self.class_map is None else NameMap.read(self.class_map)
        return Wanted(name_map, tuple(self.ignore))
