"""Settings of ``roadsight export plates``: defaults, environment variables and flags."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from training.boxes import export_settings
from training.plates import thresholds


class ExportSettings(export_settings.DetectorExportSettings):
    """From a training run to the model files that the plates service reads."""

    run: Path = Field(default=Path("runs/plates/plates"), description="Folder of the training run.")
    output: Path = Field(
        default=Path("models/plates/1/model.onnx"), description="The model file to write."
    )
    name: str = Field(default="plates", description="The model's name in its metadata.")
    score_threshold: float = export_settings.score_threshold_field(thresholds.SCORE)
    iou_threshold: float = export_settings.iou_threshold_field(thresholds.NMS_IOU)
    max_detections: int = export_settings.max_detections_field(thresholds.MAX_DETECTIONS)
    darknet: bool = Field(
        default=False, description="Also write the network for darknet: .cfg and .weights."
    )
