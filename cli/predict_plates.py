"""``roadsight predict plates``: asks the plates service about pictures and videos."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from cli.arguments import parse
from cli.predict_detector import PredictDetectorSettings, predict
from client import PlateClient, PlateDetections
from protos.endpoints import PLATES

CROPS = "crops"
"""Folder of the straightened plates, in the output's."""


class PredictPlatesSettings(PredictDetectorSettings):
    """Asks the plates service for the licence plates in pictures and videos.

    Writes each of them with the plates drawn in, and all detections as detections.json and
    detections.csv, into the folder --output.
    """

    model_config = SettingsConfigDict(env_prefix="ROADSIGHT_PREDICT_PLATES_")

    address: str = Field(f"127.0.0.1:{PLATES.port}", description="The service, host:port.")
    crops: bool = Field(False, description="Write a straightened picture of each plate too.")


def run(arguments: list[str]) -> int:
    """Runs the command."""
    settings = parse(
        PredictPlatesSettings,
        arguments,
        "predict plates",
        examples=(
            "roadsight predict plates car.jpg --with-service",
            "roadsight predict plates photos --crops --output runs/photos",
            "roadsight predict plates drive.mp4 --score-threshold 0.5 --form csv > plates.csv",
        ),
        positional=("pictures",),
    )

    def write_crops(reply: PlateDetections, name: str) -> tuple[str, ...]:
        return _write_crops(reply, name, settings.output)

    choice = settings.choice(with_crops=settings.crops)
    return predict(settings, PLATES, PlateClient, choice, write_crops)


def _write_crops(reply: PlateDetections, name: str, output: Path) -> tuple[str, ...]:
    names = tuple(f"{CROPS}/{name}.{number}.jpg" for number in range(1, len(reply.crops) + 1))
    for crop, crop_name in zip(reply.crops, names, strict=True):
        target = output / crop_name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(crop.jpeg)
    return names
