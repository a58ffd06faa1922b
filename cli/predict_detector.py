"""What ``roadsight predict`` does for every service that finds boxes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pydantic import Field

from cli.detection_output import CROP_COLUMN, CSV_COLUMNS, file_row
from cli.detector_looks import DetectorLooks, no_crops
from cli.predict_files import Asked, PredictFilesSettings, predict_files
from cli.prediction_output import OutputForm
from client import Choice, Detections
from client.sync_detector import DetectorClient
from protos.endpoints import Endpoint

AnswerT = TypeVar("AnswerT", bound=Detections)


class PredictDetectorSettings(PredictFilesSettings):
    """What can be set of all of them; a command's own class says the rest."""

    form: OutputForm = Field(
        OutputForm.TABLE,
        description="What is printed: a table of the files, a JSON line for each picture or frame, "
        "or a CSV line for each box.",
    )
    score_threshold: float | None = Field(
        None, ge=0, le=1, description="Lowest score that counts; the model's own unless set."
    )
    iou_threshold: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Overlap above which only the better of two boxes counts; the model's own "
        "unless set.",
    )
    max_detections: int | None = Field(
        None,
        ge=1,
        le=1000,
        description="The best so many of a picture; the model's unless set.",
    )
    labels: list[str] = Field([], description="The wanted classes; all of them unless set.")

    def choice(self, with_crops: bool = False) -> Choice:
        """What is asked for with each picture."""
        return Choice(
            self.score_threshold,
            self.iou_threshold,
            self.max_detections,
            tuple(self.labels),
            with_crops,
        )


def predict(
    settings: PredictDetectorSettings,
    endpoint: Endpoint,
    make_client: Callable[[str, float], DetectorClient[AnswerT]],
    choice: Choice,
    write_crops: Callable[[AnswerT, str], tuple[str, ...]] | None = None,
) -> int:
    """Asks a service about all files, writes and prints what it answers; returns the exit code.

    Args:
        settings: what was set.
        endpoint: the service.
        make_client: makes its client, of an address and a deadline in seconds.
        choice: what is asked for with each picture.
        write_crops: where the service may send crops: writes those of an answer, under names that
            begin as given, and returns the files' paths in the output's folder.

    Raises:
        CommandError: a file is not there or cannot be written, or the service does not answer.
    """
    asked = Asked(
        endpoint,
        make_client,
        lambda client, output: DetectorLooks(client, choice, output, write_crops or no_crops),
        stem="detections",
        columns=CSV_COLUMNS if write_crops is None else (*CSV_COLUMNS, CROP_COLUMN),
        row=file_row,
    )
    return predict_files(settings, asked)
