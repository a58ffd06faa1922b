from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest

from services.runtime import providers
from services.runtime.errors import StartError
from services.runtime.model_file import ModelFile, find_model
from services.runtime.providers import CPU, CUDA, open_session
from services.runtime.settings import ServiceSettings
from services.steering.network import SteeringNetwork
from vision.model_spec import ModelSpec


def load(path: Path, **changes: Any) -> SteeringNetwork:
    return SteeringNetwork(ServiceSettings(model=path, **changes), "steering")


def test_the_spec_travels_in_the_model_file(model_path: Path) -> None:
    network = load(model_path)
    assert network.session.spec.crop.top == pytest.approx(0.375)
    info = network.session.info()
    assert (info.name, info.version, info.input_width, info.input_height) == ("toy", "3", 200, 66)
    assert list(info.labels) == ["steering", "speed_mph"]
    assert info.execution_provider == CPU
    assert len(info.sha256) == 64


@pytest.mark.parametrize("key", ["task", "labels", "input_width", "crop", "colour_order"])
def test_a_missing_key_is_named(
    make_model: Callable[..., Path], model_path: Path, key: str
) -> None:
    metadata = ModelFile.read(model_path).metadata
    del metadata[key]
    with pytest.raises(StartError, match=f"the key '{key}' is missing"):
        load(make_model(metadata))


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("task", '"plates"', "expected a model for steering, got one for plates"),
        ("labels", '["angle"]', "expected 'steering' as the first output"),
        ("input_width", '"200"', "should be a int, got"),
        ("input_height", "0", "should be above 0"),
        ("crop", '{"top": 0.9, "bottom": 0.2}', "'crop' should be like"),
        ("colour_order", '"GBR"', "should be one of"),
        ("name", "steering", "should be JSON"),
    ],
)
def test_a_wrong_value_is_named(
    make_model: Callable[..., Path], model_path: Path, key: str, value: str, words: str
) -> None:
    metadata = ModelFile.read(model_path).metadata
    metadata[key] = value
    with pytest.raises(StartError, match=words):
        load(make_model(metadata))


def test_a_file_that_is_no_model(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    with pytest.raises(StartError, match="cannot be read"):
        load(path)
    path.write_bytes(b"\xff\xff not a model")
    with pytest.raises(StartError, match="expected an ONNX model"):
        load(path)


def test_a_model_that_answers_nan_does_not_warm_up(make_model: Callable[..., Path]) -> None:
    network = load(make_model(gain=float("nan")))
    with pytest.raises(StartError, match="finite"):
        network.warm_up()


def test_the_newest_version_is_served(tmp_path: Path) -> None:
    for version in ("2", "10", "draft"):
        folder = tmp_path / "steering" / version
        folder.mkdir(parents=True)
        (folder / "model.onnx").touch()
    (tmp_path / "steering" / "11").mkdir()
    assert find_model(tmp_path, "steering").parent.name == "10"
    with pytest.raises(StartError, match="no model in"):
        find_model(tmp_path, "plates")


def test_only_the_outputs_asked_for_are_computed(model_path: Path) -> None:
    file = ModelFile.read(model_path)
    session = ort.InferenceSession(file.subgraph(["predictions"]), providers=[CPU])
    assert [output.name for output in session.get_outputs()] == ["predictions"]
    full = ort.InferenceSession(str(model_path), providers=[CPU])
    batch = np.random.default_rng(0).integers(0, 255, (2, 66, 200, 3), dtype=np.uint8)
    np.testing.assert_array_equal(
        session.run(None, {"image": batch})[0], full.run(["predictions"], {"image": batch})[0]
    )
    with pytest.raises(StartError, match="feature_map_9"):
        file.subgraph(["feature_map_9"])


def test_cuda_without_cuda_refuses_and_says_why(
    model_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = model_path.read_bytes()
    monkeypatch.setattr(ort, "get_available_providers", lambda: [CPU])
    with pytest.raises(StartError, match="no CUDA in it; install onnxruntime-gpu"):
        open_session(model, "cuda", 1)
    monkeypatch.setattr(ort, "get_available_providers", lambda: [CUDA, CPU])
    monkeypatch.setattr(providers, "_has_driver", lambda: False)
    with pytest.raises(StartError, match="no NVIDIA driver"):
        open_session(model, "cuda", 1)


def test_a_silent_fall_back_to_the_cpu_is_noticed(
    model_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # What onnxruntime-gpu does without a GPU: CUDA is listed, and the session runs on the CPU.
    monkeypatch.setattr(ort, "get_available_providers", lambda: [CUDA, CPU])
    monkeypatch.setattr(providers, "_has_driver", lambda: True)
    monkeypatch.setattr(ort, "preload_dlls", lambda: None)
    model = model_path.read_bytes()
    with pytest.raises(StartError, match="could not start CUDA"):
        open_session(model, "cuda", 1)
    with caplog.at_level(logging.WARNING):
        session = open_session(model, "auto", 1)
    assert providers.running_provider(session) == CPU
    assert "the GPU is not used" in caplog.text


def test_metadata_comes_back_as_it_went() -> None:
    from vision.preprocessing import Crop

    spec = ModelSpec(
        "steering",
        "s",
        "1",
        ("steering",),
        200,
        66,
        "RGB",
        Crop(0.25, 0.125),
        ("a", "b"),
        {"r": 0.75},
    )
    assert ModelSpec.from_metadata(spec.to_metadata()) == spec
