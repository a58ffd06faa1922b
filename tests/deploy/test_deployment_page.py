"""What docs/deployment.md tells a user to write works, and what it lists is there."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import yaml

from tests.deploy.manifests import DEPLOY, ROOT, Manifests

PAGE = (ROOT / "docs/deployment.md").read_text("utf-8")


def test_the_overlay_that_a_user_is_told_to_write_does_what_is_said(
    users_overlay: Callable[[dict[str, Any]], Manifests],
) -> None:
    kustomization: dict[str, Any] = {}
    for block in re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL):
        kustomization |= yaml.safe_load(block)
    assert {"configMapGenerator", "images", "patches"} <= kustomization.keys()

    overlay = users_overlay(kustomization)

    left = {"steering", "plates", "segmentation"}
    assert overlay.deployments.keys() == left | {"bridge"}
    assert overlay.of_kind("HorizontalPodAutoscaler").keys() == left
    for name in overlay.deployments:
        assert overlay.container(name)["image"].startswith("registry.example/roadsight:")
    assert overlay.environment("bridge")["ROADSIGHT_BRIDGE_SET_SPEED_MPH"] == "15"
    assert overlay.of_kind("ServiceMonitor")


def test_every_alert_is_explained() -> None:
    rules = yaml.safe_load((DEPLOY / "prometheus/rules.yml").read_text("utf-8"))
    alerts = {
        rule["alert"]: rule["labels"]["severity"]
        for group in rules["groups"]
        for rule in group["rules"]
    }
    explained = {
        alert: severity
        for names, severity in re.findall(r"^\| (`Roadsight.*?`) \| (\w+) \|", PAGE, re.MULTILINE)
        for alert in re.findall(r"`(\w+)`", names)
    }
    assert explained == alerts


def test_the_table_of_resources_is_what_is_requested(cpu: Manifests, gpu: Manifests) -> None:
    rows = dict(re.findall(r"^\| ([a-z, ]+) \| (\d[^|]*\| [^|]*MiB[^|]*) \|", PAGE, re.MULTILINE))
    assert rows.keys() == {"steering", "plates", "detection", "segmentation", "bridge"}
    for names, row in rows.items():
        cpus, requested, limit = re.fullmatch(r"([\d.]+) \| (\d+) MiB, (.+)", row).groups()
        for name in names.split(", "):
            resources = cpu.container(name)["resources"]
            assert resources["requests"] == {
                "cpu": {"0.5": "500m"}.get(cpus, cpus),
                "memory": f"{requested}Mi",
            }
            assert _mebibytes(resources["limits"]["memory"]) == _mebibytes(limit)


def _mebibytes(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+) ?([MG])iB?", text).groups()
    return float(number) * {"M": 1, "G": 1024}[unit]
