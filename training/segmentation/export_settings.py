"""Settings of ``roadsight export segmentation``: defaults, environment variables and flags."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from training.export_settings import ModelExportSettings


class ExportSettings(ModelExportSettings):
    """From a training run to the model files that the segmentation service reads."""

    run: Path = Field(
        default=Path("runs/segmentation/segmentation"), description="Folder of the training run."
    )
    output: Path = Field(
        default=Path("models/segmentation/1/model.onnx"), description="The model file to write."
    )
    name: str = Field(default="segmentation", description="The model's name in its metadata.")
    drivable: list[str] = Field(
        default=["Road"],
        description="Classes that may be driven on; those that the model does not have are left "
        "out.",
    )
    parity: list[Path] = Field(
        default_factory=list,
        description="Folders with pictures on which the file is compared with the network "
        "(default: those for int8, or drawn ones).",
    )
    parity_pictures: int = Field(
        default=100, gt=0, description="How many of those pictures are used, evenly spread."
    )
