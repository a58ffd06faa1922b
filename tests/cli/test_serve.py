"""Which services ``serve all`` starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.errors import CommandError
from cli.serve import services_with_models


def give_model(repository: Path, name: str) -> None:
    (repository / name / "1").mkdir(parents=True)
    (repository / name / "1" / "model.onnx").touch()


def test_a_service_without_a_model_is_left_out_and_named(tmp_path, capsys):
    give_model(tmp_path, "steering")
    assert [service.name for service in services_with_models(tmp_path)] == ["steering"]
    told = capsys.readouterr().err
    assert "plates service: not started: no model in" in told
    assert "detection service: not started: no model in" in told
    assert "segmentation service: not started: no model in" in told
    assert "steering" not in told
    for name in ("plates", "detection", "segmentation"):
        give_model(tmp_path, name)
    started = [service.name for service in services_with_models(tmp_path)]
    assert started == ["steering", "plates", "detection", "segmentation"]
    assert capsys.readouterr().err == ""


def test_without_any_model_there_is_nothing_to_serve(tmp_path):
    with pytest.raises(CommandError, match="a model for none of the services"):
        services_with_models(tmp_path)
