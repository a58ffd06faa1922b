"""``roadsight predict segmentation``: asks the segmentation service about pictures and videos."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from cli.arguments import parse
from cli.predict_files import Asked, PredictFilesSettings, predict_files
from cli.prediction_output import OutputForm
from cli.segmentation_looks import LEGEND, ClassMaps, SegmentationLooks
from cli.segmentation_output import CSV_COLUMNS, file_row
from client import SegmentationChoice, SegmentationClient
from protos.endpoints import SEGMENTATION


class PredictSegmentationSettings(PredictFilesSettings):
    """Asks the segmentation service for the class of each pixel of pictures and videos.

    Writes each of them with the classes' colours laid over it, which colour is which class as
    legend.png, class maps as grey PNG files whose values are the classes' numbers, and how much of
    each picture each class covers as segmentation.json and segmentation.csv, into the folder
    --output.
    """

    model_config = SettingsConfigDict(env_prefix="ROADSIGHT_PREDICT_SEGMENTATION_")

    address: str = Field(f"127.0.0.1:{SEGMENTATION.port}", description="The service, host:port.")
    form: OutputForm = Field(
        OutputForm.TABLE,
        description="What is printed: a table of the files, a JSON line for each picture or frame, "
        "or a CSV line for each class of each.",
    )
    class_maps: ClassMaps = Field(
        ClassMaps.PICTURES,
        description="Of what class maps are written: of pictures, of all (frames of videos too), "
        "or of nothing.",
    )
    opacity: float = Field(
        0.5, ge=0, le=1, description="How much the colours hide of the pictures."
    )
    drivable_area: bool = Field(
        False, description="Draw and tell the outlines of what may be driven on."
    )
    min_confidence: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Pixels of whose class the model is less sure get none; all have one unless "
        "set.",
    )


def run(arguments: list[str]) -> int:
    """Runs the command."""
    settings = parse(
        PredictSegmentationSettings,
        arguments,
        "predict segmentation",
        examples=(
            "roadsight predict segmentation road.jpg --with-service",
            "roadsight predict segmentation photos --drivable-area --output runs/photos",
            "roadsight predict segmentation drive.mp4 --opacity 0.3 --form csv > shares.csv",
        ),
        positional=("pictures",),
    )
    choice = SegmentationChoice(
        drivable_area=settings.drivable_area, min_confidence=settings.min_confidence
    )
    asked = Asked(
        SEGMENTATION,
        SegmentationClient,
        lambda client, output: SegmentationLooks(
            client, choice, output, settings.class_maps, settings.opacity
        ),
        stem="segmentation",
        columns=CSV_COLUMNS,
        row=file_row,
        others=(LEGEND,),
    )
    return predict_files(settings, asked)
