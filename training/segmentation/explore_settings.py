"""Settings of the look at pictures and masks."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from training.segmentation.set_settings import MaskSetSettings


class ExploreSettings(MaskSetSettings):
    """A look at road scenes with masks: faults, sizes, shares of the classes, overlays.

    Reads 8-bit PNGs of class ids, colours with a palette file, and binary masks, whatever lies in
    the folder.
    """

    output: Path = Field(
        default=Path("runs/explore"), description="Where PNGs and JSON are written."
    )
    sheet: int = Field(default=24, gt=0, description="Pictures of each part on the sheet.")
    seed: int = Field(default=0, ge=0, description="Seed of the choice of these.")
