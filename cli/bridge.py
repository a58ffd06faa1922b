"""``roadsight bridge``: drives the Udacity simulator, with the service beside it if asked for."""

from __future__ import annotations

import logging
import threading

from pydantic import Field

from cli.arguments import parse
from cli.errors import UsageError
from cli.interruption import Interrupted, Interruptions
from cli.processes import Child, Children
from protos.endpoints import STEERING
from simulator_bridge.settings import BridgeSettings

_log = logging.getLogger(__name__)


class BridgeCommand(BridgeSettings):
    """Drives the simulator: takes its telemetry, asks the steering service, answers with control.

    Start it first, then the simulator in Autonomous Mode. The Udacity simulator (Term 1) always
    connects to port 4567 of its own machine.
    """

    with_service: bool = Field(
        False,
        description="Start the steering service too, and stop it in the end. It listens on the "
        "port of --steering-address, or on a free one if that is taken and was not asked for.",
    )


def run(arguments: list[str]) -> int:
    """Runs the verb."""
    settings = parse(
        BridgeCommand,
        arguments,
        "bridge",
        examples=(
            "roadsight bridge --with-service",
            "roadsight bridge --with-service --set-speed-mph 15 --record runs/drives",
            "roadsight bridge --steering-address 192.168.1.20:50051 --host 0.0.0.0",
        ),
    )
    from simulator_bridge.server import run as serve

    if not settings.with_service:
        return serve(settings)
    from cli.service_child import start_service

    try:
        with Interruptions() as interruptions, Children(interruptions) as children:
            port = _wanted_port(settings)
            service, settings.steering_address = start_service(children, STEERING, port=port)
            _say_when_it_ends(service)
            return serve(settings)
    except Interrupted:
        # To be stopped is how a server ends.
        return 0


def _wanted_port(settings: BridgeCommand) -> int | None:
    """The service's port, if the user named one."""
    if "steering_address" not in settings.model_fields_set:
        return None
    host, _, port = settings.steering_address.rpartition(":")
    if host not in ("127.0.0.1", "localhost") or not port.isdecimal():
        raise UsageError(
            f"--with-service starts it on this machine: expected --steering-address "
            f"127.0.0.1:PORT, got {settings.steering_address}",
            "bridge",
        )
    return int(port)


def _say_when_it_ends(service: Child) -> None:
    """Tells the user when the service dies before it is stopped; the car stands still then."""

    def wait() -> None:
        code = service.popen.wait()
        if not service.stopping:
            _log.error(
                "the %s ended by itself (exit code %d): the car is stopped. Start this again.",
                service.name,
                code,
            )

    threading.Thread(target=wait, name="service-watch", daemon=True).start()
