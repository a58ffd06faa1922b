"""Settings of ``roadsight export detection``: defaults, environment variables and flags."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field

from training.boxes import export_settings
from training.detection import thresholds


class ExportSettings(export_settings.DetectorExportSettings):
    """From a training run to the model files that the detection service reads."""

    run: Path = Field(
        default=Path("runs/detection/detection"), description="Folder of the training run."
    )
    change: dict[str, Any] = Field(
        default_factory=dict,
        description="Fields of the run's recipe that are otherwise in the file, as JSON: the same "
        'weights serve another input, {"size": 576}, or look at more, {"proposals": 200}.',
    )
    output: Path = Field(
        default=Path("models/detection/1/model.onnx"), description="The model file to write."
    )
    name: str = Field(default="detection", description="The model's name in its metadata.")
    score_threshold: float = export_settings.score_threshold_field(thresholds.SCORE)
    iou_threshold: float = export_settings.iou_threshold_field(thresholds.NMS_IOU)
    max_detections: int = export_settings.max_detections_field(thresholds.MAX_DETECTIONS)
    parity: list[Path] = Field(
        default_factory=list,
        description="Folders with pictures on which the file is compared with the network "
        "(default: those for int8, or drawn ones).",
    )
    parity_pictures: int = Field(
        default=100, gt=0, description="How many of those pictures are used, evenly spread."
    )
