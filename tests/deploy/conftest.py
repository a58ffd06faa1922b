from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.manifests import KUBERNETES, OVERLAYS, Manifests, render


@pytest.fixture(params=OVERLAYS)
def overlay(request: pytest.FixtureRequest) -> Manifests:
    """Each of the overlays."""
    return Manifests(render(KUBERNETES / "overlays" / request.param))


@pytest.fixture
def cpu() -> Manifests:
    return Manifests(render(KUBERNETES / "overlays/cpu"))


@pytest.fixture
def gpu() -> Manifests:
    return Manifests(render(KUBERNETES / "overlays/gpu"))


@pytest.fixture
def users_overlay(tmp_path: Path) -> Callable[[dict[str, Any]], Manifests]:
    """Renders an overlay as a user writes it, with paths as from ``overlays/mine``."""

    def from_there(path: str) -> str:
        # From the real folder, as kubectl goes: a temporary one may be behind a link.
        return os.path.relpath(KUBERNETES / "overlays/mine" / path, tmp_path.resolve())

    def rendered(kustomization: dict[str, Any]) -> Manifests:
        moved = kustomization | {
            key: [from_there(path) for path in kustomization.get(key, [])]
            for key in ("resources", "components")
        }
        (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(moved), encoding="utf-8")
        return Manifests(render(tmp_path))

    return rendered


@pytest.fixture
def monitored(users_overlay: Callable[[dict[str, Any]], Manifests]) -> Manifests:
    """The overlay ``cpu`` with monitoring."""
    return users_overlay({"resources": ["../cpu"], "components": ["../../components/monitoring"]})
