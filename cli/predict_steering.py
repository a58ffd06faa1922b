"""``roadsight predict steering``: asks the steering service about pictures."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import cv2
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from rich.console import Console

from cli.arguments import parse
from cli.errors import CommandError
from cli.interruption import Interrupted
from cli.pictures import ensure_written_apart, find_pictures
from cli.prediction_output import OutputForm, Row, print_rows
from cli.progress import progress
from cli.service_child import asked_service
from cli.steering_drawing import annotate
from client import InvalidRequest, ServiceError, SteeringClient
from client.channel import DEFAULT_TIMEOUT_S
from protos.endpoints import STEERING


class PredictSettings(BaseSettings):
    """Asks the steering service for the angle in each picture: -1..1, positive to the right."""

    model_config = SettingsConfigDict(env_prefix="ROADSIGHT_PREDICT_")

    pictures: list[Path] = Field(min_length=1, description="JPEG or PNG files, or folders of them.")
    address: str = Field(f"127.0.0.1:{STEERING.port}", description="The service, host:port.")
    with_service: bool = Field(
        False, description="Start a service for this, and stop it in the end."
    )
    form: OutputForm = Field(
        OutputForm.TABLE, description="How it is printed; json prints a line for each picture."
    )
    output: Path | None = Field(
        None, description="Folder for the pictures with the angle drawn in."
    )
    heat_map: bool = Field(
        False, description="Lay over the pictures in --output where the network looked."
    )
    timeout_s: float = Field(DEFAULT_TIMEOUT_S, gt=0, description="Deadline of each call.")


def run(arguments: list[str]) -> int:
    """Runs the command."""
    settings = parse(
        PredictSettings,
        arguments,
        "predict steering",
        examples=(
            "roadsight predict steering road.jpg",
            "roadsight predict steering recording/IMG --form csv > angles.csv",
            "roadsight predict steering recording/IMG --output seen --heat-map",
        ),
        positional=("pictures",),
    )
    if settings.heat_map and settings.output is None:
        raise CommandError("--heat-map needs --output, the folder for the pictures")
    pictures = find_pictures(settings.pictures)
    if settings.output is not None:
        ensure_written_apart(pictures, settings.output)
        settings.output.mkdir(parents=True, exist_ok=True)
    try:
        with (
            asked_service(STEERING, settings.address, settings.with_service) as address,
            SteeringClient(address, settings.timeout_s) as client,
        ):
            all_well = print_rows(_rows(client, pictures, settings), settings.form)
    except ServiceError as error:
        raise CommandError(
            f"{error}; start it with: roadsight serve steering, or add --with-service"
        ) from error
    except Interrupted as interrupted:
        return interrupted.exit_code
    return 0 if all_well else 1


def _rows(client: SteeringClient, pictures: list[Path], settings: PredictSettings) -> Iterator[Row]:
    # On standard error: standard output belongs to the predictions.
    with progress("predicting", Console(stderr=True)) as show:
        for number, path in enumerate(pictures, start=1):
            yield _row(client, path, settings)
            if len(pictures) > 1:
                show(number / len(pictures), f"{number} of {len(pictures)}")


def _row(client: SteeringClient, path: Path, settings: PredictSettings) -> Row:
    """What came of one picture. A picture that is refused is a row as well; a dead service is not.

    Raises:
        ServiceError: the service does not answer.
    """
    data = path.read_bytes()
    start = time.perf_counter()
    try:
        prediction = client.predict(data, frame_id=path.name)
        total_ms = (time.perf_counter() - start) * 1000
        if settings.output is not None:
            background = client.explain(data).overlay_jpeg if settings.heat_map else data
            _write(settings.output / path.name, annotate(background, prediction.steering))
    except InvalidRequest as error:
        return Row(str(path), error=str(error))
    return Row(
        str(path),
        steering=prediction.steering,
        speed_mph=prediction.speed_mph,
        throttle=prediction.throttle,
        inference_ms=prediction.timing.inference_ms,
        total_ms=total_ms,
    )


def _write(path: Path, image: cv2.typing.MatLike) -> None:
    if not cv2.imwrite(str(path), image):
        raise CommandError(f"{path}: cannot be written")
