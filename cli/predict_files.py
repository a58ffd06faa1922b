"""What ``roadsight predict`` does for every service that sees pictures and videos."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import Field
from pydantic_settings import BaseSettings
from rich.console import Console

from cli.errors import CommandError
from cli.interruption import Interrupted
from cli.looks import Looks, written_name
from cli.pictures import PICTURES, VIDEOS, ensure_written_apart, find_pictures
from cli.prediction_output import OutputForm
from cli.progress import Report, progress
from cli.result_files import ResultFiles
from cli.result_output import Result, print_results
from cli.service_child import asked_service
from client import ServiceError
from protos.endpoints import Endpoint

ClientT = TypeVar("ClientT")
ResultT = TypeVar("ResultT", bound=Result)


class PredictFilesSettings(BaseSettings):
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
        "or CSV.",
    )
    output: Path = Field(Path("runs/predict"), description="Folder for what is written.")
    timeout_s: float = Field(10.0, gt=0, description="Deadline of each call.")


@dataclass(frozen=True)
class Asked(Generic[ClientT, ResultT]):
    """A service that can be asked about files, and how its answers are written.

    Attributes:
        endpoint: the service.
        make_client: makes its client, of an address and a deadline in seconds.
        make_looks: makes what asks it, of a client and the folder for what is written.
        stem: what the files with all results are called.
        columns: of CSV.
        row: makes a row of the table, a dataclass, of all results of a file.
        others: files that are written beside the annotated pictures.
    """

    endpoint: Endpoint
    make_client: Callable[[str, float], AbstractContextManager[ClientT]]
    make_looks: Callable[[ClientT, Path], Looks[ResultT]]
    stem: str
    columns: Sequence[str]
    row: Callable[[list[ResultT]], Any]
    others: tuple[str, ...] = ()


def predict_files(settings: PredictFilesSettings, asked: Asked[ClientT, ResultT]) -> int:
    """Asks a service about all files, writes and prints what it answers; returns the exit code.

    Raises:
        CommandError: a file is not there or cannot be written, or the service does not answer.
    """
    files = find_pictures(settings.pictures, PICTURES + VIDEOS)
    ensure_written_apart(files, settings.output, written_name, asked.others)
    settings.output.mkdir(parents=True, exist_ok=True)
    try:
        with (
            asked_service(asked.endpoint, settings.address, settings.with_service) as address,
            asked.make_client(address, settings.timeout_s) as client,
            ResultFiles(settings.output, asked.stem, asked.columns) as written,
        ):
            looks = asked.make_looks(client, settings.output)
            results = _results(looks, files, written)
            all_well = print_results(results, settings.form, asked.columns, asked.row)
    except ServiceError as error:
        raise CommandError(
            f"{error}; start it with: roadsight serve {asked.endpoint.name}, or add --with-service"
        ) from error
    except Interrupted as interrupted:
        return interrupted.exit_code
    Console(stderr=True).print(f"written to {settings.output}", highlight=False, soft_wrap=True)
    return 0 if all_well else 1


def _results(looks: Looks[ResultT], files: list[Path], written: ResultFiles) -> Iterator[ResultT]:
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
