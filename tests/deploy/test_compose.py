"""docker-compose.yml says the same as the manifests, and both fit the code."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from protos.endpoints import BRIDGE_PORT, SERVICES, Endpoint
from services.runtime.settings import ServiceSettings
from simulator_bridge.settings import BridgeSettings
from tests.deploy.manifests import DEPLOY, KUBERNETES, ROOT, Manifests

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
# Beside the services on the CPU: what is appended to a service's name in other profiles.
VARIANTS = ("", "-published", "-gpu")


def _by_default(text: str) -> str:
    """A text with each variable replaced by what it is where nobody sets it."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


COMPOSE = yaml.safe_load(_by_default((ROOT / "docker-compose.yml").read_text("utf-8")))["services"]

every_container = pytest.mark.parametrize(
    ("endpoint", "container"),
    [
        pytest.param(endpoint, COMPOSE[endpoint.name + variant], id=endpoint.name + variant)
        for endpoint in SERVICES
        for variant in VARIANTS
    ],
)


@every_container
def test_a_container_runs_what_a_pod_runs(
    endpoint: Endpoint, container: dict[str, Any], cpu: Manifests, gpu: Manifests
) -> None:
    assert container["command"] == cpu.container(endpoint.name)["args"]
    assert container["image"] in {
        overlay.container(name)["image"] for overlay in (cpu, gpu) for name in overlay.deployments
    }
    user = cpu.pod(endpoint.name)["securityContext"]["runAsUser"]
    assert container["user"] == f"{user}:{user}"


@every_container
def test_a_containers_environment_is_its_settings(
    endpoint: Endpoint, container: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {f"ROADSIGHT_{name.upper()}" for name in ServiceSettings.model_fields}
    assert container["environment"].keys() <= known
    for name, value in container["environment"].items():
        monkeypatch.setenv(name, str(value))
    settings = ServiceSettings()
    assert settings.drain_s < float(container["stop_grace_period"].removesuffix("s"))
    assert (settings.device == "cuda") == ("devices" in str(container.get("deploy")))


@every_container
def test_a_published_port_is_the_services_own_and_on_loopback(
    endpoint: Endpoint, container: dict[str, Any]
) -> None:
    for published in container.get("ports", []):
        assert published == f"127.0.0.1:{endpoint.port}:{endpoint.port}"


def test_the_bridge_is_set_up_as_in_a_cluster(cpu: Manifests) -> None:
    bridge = COMPOSE["bridge"]
    assert bridge["image"] == cpu.container("bridge")["image"]
    assert bridge["command"] == cpu.container("bridge")["args"]
    assert bridge["ports"] == [f"127.0.0.1:{BRIDGE_PORT}:{BRIDGE_PORT}"]
    known = {f"ROADSIGHT_BRIDGE_{name.upper()}" for name in BridgeSettings.model_fields}
    assert bridge["environment"].keys() <= known
    address = "ROADSIGHT_BRIDGE_STEERING_ADDRESS"
    assert bridge["environment"][address] == cpu.environment("bridge")[address]


def test_monitoring_finds_its_files() -> None:
    provider = yaml.safe_load(
        (DEPLOY / "grafana/provisioning/dashboards/roadsight.yml").read_text("utf-8")
    )["providers"][0]
    mounted = dict(volume.split(":")[:2] for volume in COMPOSE["grafana"]["volumes"])
    assert mounted["./deploy/grafana/dashboards"] == provider["options"]["path"]
    assert mounted["./deploy/grafana/provisioning"] == "/etc/grafana/provisioning"
    mounted = dict(volume.split(":")[:2] for volume in COMPOSE["prometheus"]["volumes"])
    assert mounted["./deploy/prometheus"] == "/etc/prometheus"


@pytest.mark.parametrize(
    "path",
    [
        ROOT / "docker-compose.yml",
        ROOT / "Makefile",
        ROOT / "docs/deployment.md",
        *sorted((KUBERNETES / "overlays").glob("*/kustomization.yaml")),
    ],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_one_version_stands_everywhere(path: Path) -> None:
    text = path.read_text("utf-8")
    found = re.findall(r"(?:roadsight:|newTag: )(\d+\.\d[\w.]*)", text)
    assert set(found) == {VERSION}
