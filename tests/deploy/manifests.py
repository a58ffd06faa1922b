"""What ``kubectl apply -k`` would send to a cluster, as plain values."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
OVERLAYS = ("cpu", "gpu")

Object = dict[str, Any]


def _kubectl() -> str:
    # The pinned one first.
    beside_python = str(Path(sys.executable).parent)
    found = shutil.which("kubectl", path=os.pathsep.join([beside_python, os.environ["PATH"]]))
    assert found is not None, "kubectl is needed; it comes with the packages for development"
    return found


@cache
def render(folder: Path) -> list[Object]:
    """The objects of a kustomization."""
    done = subprocess.run(
        [_kubectl(), "kustomize", str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


class Manifests:
    """The objects of one overlay, by kind and name."""

    def __init__(self, objects: list[Object]) -> None:
        self.objects = objects

    def of_kind(self, kind: str) -> dict[str, Object]:
        """Objects of one kind, by name."""
        return {found["metadata"]["name"]: found for found in self.objects if found["kind"] == kind}

    @property
    def deployments(self) -> dict[str, Object]:
        """The Deployments, by name."""
        return self.of_kind("Deployment")

    def pod(self, name: str) -> Object:
        """The pod specification of a Deployment."""
        spec: Object = self.deployments[name]["spec"]["template"]["spec"]
        return spec

    def container(self, name: str) -> Object:
        """The one container of a Deployment."""
        (container,) = self.pod(name)["containers"]
        found: Object = container
        return found

    def environment(self, name: str) -> dict[str, str]:
        """The environment of a Deployment's container; a single entry goes before a ConfigMap's."""
        container = self.container(name)
        found: dict[str, str] = {}
        for source in container["envFrom"]:
            found |= self.of_kind("ConfigMap")[source["configMapRef"]["name"]]["data"]
        for entry in container.get("env", []):
            field = entry.get("valueFrom", {}).get("resourceFieldRef")
            found[entry["name"]] = (
                entry["value"] if field is None else _resource(container, field["resource"])
            )
        return found

    def selected(self, selector: dict[str, str]) -> set[str]:
        """The Deployments whose pods have these labels."""
        return {
            name
            for name, deployment in self.deployments.items()
            if selector.items() <= deployment["spec"]["template"]["metadata"]["labels"].items()
        }


def _resource(container: Object, name: str) -> str:
    """A resource as the kubelet puts it into the environment: whole, rounded up."""
    kind, _, resource = name.partition(".")
    value = str(container["resources"][kind][resource])
    return str(-(-int(value[:-1]) // 1000)) if value.endswith("m") else value
