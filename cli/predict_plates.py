"""``roadsight predict plates``: asks the plates service about pictures and videos."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from rich.console import Console

from cli.arguments import parse
from cli.errors import CommandError
from cli.interruption import Interrupted
from cli.pictures import PICTURES, VIDEOS, ensure_written_apart, find_pictures
from cli.plate_files import PlateFiles
from cli.plate_looks import Looks, written_name
from cli.plate_output import PlateResult, print_results
from cli.prediction_output import OutputForm
from cli.progress import Report, progress
from cli.service_child import asked_service
from client import Choice, PlateClient, ServiceError
from protos.endpoints import PLATES


class PredictPlatesSettings(BaseSettings):
    """Asks the plates service for the licence plates in pictures and videos.

    Writes each of them with the plates drawn in, and all detections as detections.json and
    detections.csv, into the folder --output.
    """

    model_config = SettingsConfigDict(env_prefix="ROADSIGHT_PREDICT_PLATES_")

    pictures: list[Path] = Field(
        min_length=1, description="JPEG or PNG files, videos, or folders of them."
    )
    address: str = Field(f"127.0.0.1:{PLATES.port}", description="The service, host:port.")
    with_service: bool = Field(
        False, description="Start a service for this, and stop it in the end."
    )
    form: OutputForm = Field(
        OutputForm.TABLE,
        description="What is printed: a table of the files, a JSON line for each picture or frame, "
        "or a CSV line for each plate.",
    )
    output: Path = Field(Path("runs/predict"), description="Folder for what is written.")
    crops: bool = Field(False, description="Write a straightened picture of each plate too.")
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
    timeout_s: float = Field(10.0, gt=0, description="Deadline of each call.")


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
    files = find_pictures(settings.pictures, PICTURES + VIDEOS)
    ensure_written_apart(files, settings.output, written_name)
    settings.output.mkdir(parents=True, exist_ok=True)
    try:
        with (
            asked_service(PLATES, settings.address, settings.with_service) as address,
            PlateClient(address, settings.timeout_s) as client,
            PlateFiles(settings.output) as written,
        ):
            looks = Looks(client, _choice(settings), settings.output)
            all_well = print_results(_results(looks, files, written), settings.form)
    except ServiceError as error:
        raise CommandError(
            f"{error}; start it with: roadsight serve plates, or add --with-service"
        ) from error
    except Interrupted as interrupted:
        return interrupted.exit_code
    Console(stderr=True).print(f"written to {settings.output}", highlight=False, soft_wrap=True)
    return 0 if all_well else 1


def _choice(settings: PredictPlatesSettings) -> Choice:
    return Choice(
        settings.score_threshold,
        settings.iou_threshold,
        settings.max_detections,
        with_crops=settings.crops,
    )


def _results(looks: Looks, files: list[Path], written: PlateFiles) -> Iterator[PlateResult]:
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
