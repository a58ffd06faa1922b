"""``roadsight health``: whether a service or the bridge is up."""

from __future__ import annotations

import json
import time
import urllib.request

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from cli.arguments import parse
from cli.errors import CommandError
from cli.menu import Choice, Run, choose
from protos.endpoints import BRIDGE_PORT, SERVICES, Endpoint

_ASK_AGAIN_S = 0.2


class HealthSettings(BaseSettings):
    """Asks whether it is up. Exit code 0: it is; 1: it is not, and why."""

    model_config = SettingsConfigDict(env_prefix="ROADSIGHT_HEALTH_")

    address: str | None = Field(
        None, description="host:port; its own port on this machine unless given."
    )
    wait_s: float = Field(
        3.0, gt=0, le=3600, description="How long it may take until it is up, in seconds."
    )


def run(arguments: list[str]) -> int:
    """Runs the verb."""
    choices = {
        service.name: Choice(f"gRPC's health service of {service.name}.", _asks(service))
        for service in SERVICES
    }
    choices["bridge"] = Choice("The bridge's /healthz.", _bridge)
    return choose("health", arguments, choices, "Says whether a service is up.")


def _asks(service: Endpoint) -> Run:
    def ask(arguments: list[str]) -> int:
        settings = _settings(arguments, service.name)
        from client import ServiceUnavailable, wait_until_serving

        address = settings.address or f"127.0.0.1:{service.port}"
        try:
            wait_until_serving(address, service, settings.wait_s)
        except ServiceUnavailable as error:
            raise CommandError(str(error)) from error
        print(f"{address}: {service.name} is serving")
        return 0

    return ask


def _bridge(arguments: list[str]) -> int:
    settings = _settings(arguments, "bridge")
    address = settings.address or f"127.0.0.1:{BRIDGE_PORT}"
    deadline = time.monotonic() + settings.wait_s
    while True:
        try:
            url = f"http://{address}/healthz"
            with urllib.request.urlopen(url, timeout=settings.wait_s) as reply:
                state = json.load(reply)
        except (OSError, ValueError) as error:
            if time.monotonic() < deadline:
                time.sleep(_ASK_AGAIN_S)
                continue
            why = getattr(error, "reason", error)
            raise CommandError(
                f"{address}: the bridge did not answer within {settings.wait_s:g} s ({why}); "
                "is it started? roadsight bridge"
            ) from error
        print(f"{address}: cars: {state['cars']}, steering service: {state['steering_service']}")
        return 0


def _settings(arguments: list[str], name: str) -> HealthSettings:
    return parse(
        HealthSettings,
        arguments,
        f"health {name}",
        examples=(
            f"roadsight health {name}",
            f"roadsight health {name} --address 192.168.1.20:6000 --wait-s 60",
        ),
    )
