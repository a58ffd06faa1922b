"""``roadsight serve``: a service in this process, or all of them as child processes."""

from __future__ import annotations

import time
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from cli.arguments import parse
from cli.errors import CommandError
from cli.interruption import Interrupted, Interruptions
from cli.menu import Choice, choose
from cli.processes import Children
from protos.endpoints import STEERING

_SERVICES = (STEERING,)


class ServeAllSettings(BaseSettings):
    """Every service on its own port, each in a process of its own.

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
        "all": Choice("Every service, each on its own port.", _serve_all),
    }
    return choose("serve", arguments, choices, "Starts a service and serves until it is stopped.")


def _serve_steering(arguments: list[str]) -> int:
    from services.runtime.errors import StartError
    from services.runtime.settings import ServiceSettings

    settings = parse(
        ServiceSettings,
        arguments,
        "serve steering",
        examples=(
            "roadsight serve steering",
            "roadsight serve steering --port 6000 --device cuda",
            "ROADSIGHT_LOG_LEVEL=DEBUG roadsight serve steering --host 0.0.0.0",
        ),
    )
    from services.steering.server import run as serve

    try:
        return serve(settings)
    except StartError as error:
        raise CommandError(str(error)) from error


def _serve_all(arguments: list[str]) -> int:
    settings = parse(ServeAllSettings, arguments, "serve all", examples=("roadsight serve all",))
    options = ["--host", settings.host, "--device", settings.device]
    try:
        with Interruptions() as interruptions, Children(interruptions) as children:
            for service in _SERVICES:
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
