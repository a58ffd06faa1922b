"""What ``roadsight predict`` does for every service that finds boxes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import Field
from pydantic_settings import BaseSettings
from rich.console import Console

from cli.detection_files import DetectionFiles
from cli.detection_output import CROP_COLUMN, CSV_COLUMNS, DetectionResult, print_results
from cli.detector_looks import Looks, no_crops, written_name
from cli.errors import CommandError
from cli.interruption import Interrupted
from cli.pictures import PICTURES, VIDEOS, ensure_written_apart, find_pictures
from cli.prediction_output import OutputForm
from cli.progress import Report, progress
from cli.service_child import asked_service
from client import Choice, Detections, ServiceError
from client.sync_detector import DetectorClient
from protos.endpoints import Endpoint

AnswerT = TypeVar("AnswerT", bound=Detections)


class PredictDetectorSettings(BaseSettings):
    """What can be set of all of them; a command's own class says the rest."""

    pictures: list[Path] = Field(
        min_length=1, description="JPEG or PNG files, videos, or folders of them."
    )
    address: str = Field(description="The service, host:port.")
    with_service: bool = Field(
        False, description="Start a service for this, and stop it in the end."
    )
    form: OutputForm = Field(
        OutputForm.TABLE,
        description="What is printed: a table of the files, a JSON line for each picture or frame, "
        "or a CSV line for each box.",
    )
    output: Path = Field(Path("runs/predict"), description="Folder for what is written.")
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
    timeout_s: float = Field(10.0, gt=0, description="Deadline of each call.")

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
    files = find_pictures(settings.pictures, PICTURES + VIDEOS)
    ensure_written_apart(files, settings.output, written_name)
    settings.output.mkdir(parents=True, exist_ok=True)
    columns = CSV_COLUMNS if write_crops is None else (*CSV_COLUMNS, CROP_COLUMN)
    try:
        with (
            asked_service(endpoint, settings.address, settings.with_service) as address,
            make_client(address, settings.timeout_s) as client,
            DetectionFiles(settings.output, columns) as written,
        ):
            looks = Looks(client, choice, settings.output, write_crops or no_crops)
            all_well = print_results(_results(looks, files, written), settings.form, columns)
    except ServiceError as error:
        raise CommandError(
            f"{error}; start it with: roadsight serve {endpoint.name}, or add --with-service"
        ) from error
    except Interrupted as interrupted:
        return interrupted.exit_code
    Console(stderr=True).print(f"written to {settings.output}", highlight=False, soft_wrap=True)
    return 0 if all_well else 1


def _results(
    looks: Looks[AnswerT], files: list[Path], written: DetectionFiles
) -> Iterator[DetectionResult]:
    # On standard error: standard output belongs to the predictions.
    with progress("looking", Console(stderr=True)) as show:
        for number, path in enumerate(files):
            for result in looks.at(path, _part_of(show, number, len(files), path)):
                written.add(result)
                yield result


def _part_of(show: Report, number: int, count: int, path: Path) -> Report:
    """Reports one file's progress as that of all; a single picture's is not worth a line."""

    def report(fraction: float, words: str) -> None:
        if count > 1 or words:
            show((number + fraction) / count, f"{path.name} {words}".rstrip())

    return report
