"""``roadsight serve``: a service in this process, or all of them as child processes."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from cli.arguments import parse
from cli.errors import CommandError
from cli.interruption import Interrupted, Interruptions
from cli.menu import Choice, choose
from cli.processes import Children
from protos.endpoints import DETECTION, PLATES, SEGMENTATION, SERVICES, STEERING, Endpoint
from services.runtime.errors import StartError
from services.runtime.model_file import find_model
from services.runtime.settings import ServiceSettings


class ServeAllSettings(BaseSettings):
    """Every service that there is a model for, each on its own port and in a process of its own.

    They read the environment as ``roadsight serve <service>`` does. When one ends, all are stopped.
    """

    model_config = SettingsConfigDict(env_prefix="ROADSIGHT_")

    host: str = Field(
        "127.0.0.1", description="Address to listen on; 0.0.0.0 lets other machines in."
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto",
        description="auto: the GPU if it works, else the CPU. cuda: the GPU, or refuse to start.",
    )


def run(arguments: list[str]) -> int:
    """Runs the verb."""
    choices = {
        "steering": Choice("Steering angles, port 50051.", _serve_steering),
        "plates": Choice("Licence plates, port 50052.", _serve_plates),
        "detection": Choice("Traffic objects, port 50053.", _serve_detection),
        "segmentation": Choice("Classes of road scenes' pixels, port 50054.", _serve_segmentation),
        "all": Choice("Every service, each on its own port.", _serve_all),
    }
    return choose("serve", arguments, choices, "Starts a service and serves until it is stopped.")


def _serve_steering(arguments: list[str]) -> int:
    settings = _settings(arguments, STEERING)
    from services.steering.server import run as serve

    return serve(settings)


def _serve_plates(arguments: list[str]) -> int:
    settings = _settings(arguments, PLATES)
    from services.plates.server import run as serve

    return serve(settings)


def _serve_detection(arguments: list[str]) -> int:
    settings = _settings(arguments, DETECTION)
    from services.detection.server import run as serve

    return serve(settings)


def _serve_segmentation(arguments: list[str]) -> int:
    settings = _settings(arguments, SEGMENTATION)
    from services.segmentation.server import run as serve

    return serve(settings)


def _settings(arguments: list[str], service: Endpoint) -> ServiceSettings:
    return parse(
        ServiceSettings,
        arguments,
        f"serve {service.name}",
        examples=(
            f"roadsight serve {service.name}",
            f"roadsight serve {service.name} --port 6000 --device cuda",
            f"ROADSIGHT_LOG_LEVEL=DEBUG roadsight serve {service.name} --host 0.0.0.0",
        ),
    )


def services_with_models(repository: Path) -> list[Endpoint]:
    """The services that there is a model for; of the others it is said why they are not started.

    Raises:
        CommandError: there is no model at all.
    """
    found = []
    for service in SERVICES:
        try:
            find_model(repository, service.name)
        except StartError as error:
            print(f"{service.name} service: not started: {error}", file=sys.stderr)
        else:
            found.append(service)
    if not found:
        raise CommandError(f"{repository}: there is a model for none of the services")
    return found


def _serve_all(arguments: list[str]) -> int:
    settings = parse(ServeAllSettings, arguments, "serve all", examples=("roadsight serve all",))
    options = ["--host", settings.host, "--device", settings.device]
    try:
        with Interruptions() as interruptions, Children(interruptions) as children:
            for service in services_with_models(ServiceSettings().model_repository):
                # The port is given although it is the default: one variable in the environment
                # must not put all of them on the same one.
                port = ["--port", str(service.port)]
                children.start(f"{service.name} service", ["serve", service.name, *port, *options])
            while True:
                children.ensure_running()
                time.sleep(0.5)
    except Interrupted:
        # To be stopped is how a server ends.
        return 0
