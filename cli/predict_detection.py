"""``roadsight predict detection``: asks the detection service about pictures and videos."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from cli.arguments import parse
from cli.predict_detector import PredictDetectorSettings, predict
from client import DetectionClient
from protos.endpoints import DETECTION


class PredictDetectionSettings(PredictDetectorSettings):
    """Asks the detection service for the vehicles and people in pictures and videos.

    Writes each of them with the objects drawn in, and all detections as detections.json and
    detections.csv, into the folder --output.
    """

    model_config = SettingsConfigDict(env_prefix="ROADSIGHT_PREDICT_DETECTION_")

    address: str = Field(f"127.0.0.1:{DETECTION.port}", description="The service, host:port.")


def run(arguments: list[str]) -> int:
    """Runs the command."""
    settings = parse(
        PredictDetectionSettings,
        arguments,
        "predict detection",
        examples=(
            "roadsight predict detection road.jpg --with-service",
            "roadsight predict detection photos --labels car,bus --output runs/photos",
            "roadsight predict detection drive.mp4 --score-threshold 0.5 --form csv > objects.csv",
        ),
        positional=("pictures",),
    )
    return predict(settings, DETECTION, DetectionClient, settings.choice())
