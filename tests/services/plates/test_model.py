"""Which model file is served, and which is refused."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from services.detector.network import DetectorNetwork
from services.runtime import model_choice, providers
from services.runtime.errors import StartError
from services.runtime.model_file import ModelFile
from services.runtime.model_session import ModelSession
from services.runtime.providers import CPU, CUDA
from services.runtime.settings import ServiceSettings
from tests.services.toy_detector import SPEC, build_detector


def load(**changes: Any) -> DetectorNetwork:
    return DetectorNetwork(ServiceSettings(**changes), "plates")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two versions; the newer one has an int8 model beside the float model."""
    for version in ("1", "2"):
        build_detector(tmp_path / "plates" / version / "model.onnx", SPEC.to_metadata())
    build_detector(tmp_path / "plates" / "2" / "model.int8.onnx", SPEC.to_metadata(), True)
    return tmp_path


@pytest.mark.parametrize("device", ["cpu", "auto"])
def test_the_cpu_runs_the_int8_model(
    repository: Path, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ort, "get_available_providers", lambda: [CPU])
    network = load(model_repository=repository, device=device)
    path = repository / "plates" / "2" / "model.int8.onnx"
    info = network.session.info()
    assert network.session.path == path
    assert info.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (info.precision, info.execution_provider) == ("int8", CPU)


def test_without_an_int8_model_the_cpu_runs_the_float_model(repository: Path) -> None:
    (repository / "plates" / "2" / "model.int8.onnx").unlink()
    network = load(model_repository=repository, device="cpu")
    assert network.session.path == repository / "plates" / "2" / "model.onnx"
    assert network.session.info().precision == "float32"


def test_an_int8_model_alone_is_no_version(repository: Path) -> None:
    (repository / "plates" / "2" / "model.onnx").unlink()
    network = load(model_repository=repository, device="cpu")
    assert network.session.path == repository / "plates" / "1" / "model.onnx"


def test_a_named_file_is_served_as_it_is(repository: Path) -> None:
    path = repository / "plates" / "2" / "model.onnx"
    assert load(model=path, device="cpu").session.path == path


@pytest.mark.parametrize("device", ["cuda", "auto"])
def test_cuda_runs_the_float_model(
    repository: Path, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ort, "get_available_providers", lambda: [CUDA, CPU])

    class OnCuda(ModelSession):
        def __init__(self, path, parse_spec, outputs, device, threads) -> None:
            super().__init__(path, parse_spec, outputs, "cpu", threads)
            self.provider = CUDA if device != "cpu" else CPU

    monkeypatch.setattr(model_choice, "ModelSession", OnCuda)
    network = load(model_repository=repository, device=device)
    assert network.session.path.name == "model.onnx"
    assert network.session.info().execution_provider == CUDA


def test_where_cuda_does_not_work_after_all_the_cpu_runs_the_int8_model(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As onnxruntime-gpu is on a machine without a GPU.
    monkeypatch.setattr(ort, "get_available_providers", lambda: [CUDA, CPU])
    monkeypatch.setattr(providers, "_has_driver", lambda: False)
    assert load(model_repository=repository).session.info().precision == "int8"
    with pytest.raises(StartError, match="no NVIDIA driver"):
        load(model_repository=repository, device="cuda")


def test_a_model_for_another_task_is_refused(model_path: Path, tmp_path: Path) -> None:
    with pytest.raises(StartError, match="expected a model for plates, got one for steering"):
        load(model=model_path)
    metadata = {**SPEC.to_metadata(), "task": '"detection"'}
    path = build_detector(tmp_path / "model.onnx", metadata)
    with pytest.raises(StartError, match="expected a model for plates, got one for detection"):
        load(model=path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"detector": None}, "the key 'detector' is missing"),
        ({"fit": None}, "expected a model that takes whole pictures .* got fit 'stretch'"),
        ({"fit": "stretch"}, "got fit 'stretch'"),
        ({"crop": {"top": 0.4, "bottom": 0.1}}, "no crop"),
        ({"labels": None}, "the key 'labels' is missing"),
        ({"detector": {"anchors": []}}, "'detector' should hold anchors"),
    ],
)
def test_metadata_that_does_not_do_is_named(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    metadata = SPEC.to_metadata()
    for key, value in changes.items():
        del metadata[key]
        if value is not None:
            metadata[key] = json.dumps(value)
    with pytest.raises(StartError, match=words):
        load(model=build_detector(tmp_path / "model.onnx", metadata))


def test_a_model_with_other_classes_than_it_says_does_not_warm_up(tmp_path: Path) -> None:
    metadata = {**SPEC.to_metadata(), "labels": '["plate"]'}
    network = load(model=build_detector(tmp_path / "model.onnx", metadata))
    with pytest.raises(StartError, match=r"scores \(1, A, 1\), got .*\(1, 16, 2\)"):
        network.warm_up()


@pytest.mark.parametrize(
    ("stored", "cast", "expected"),
    [
        (np.float32, False, "float32"),
        (np.float16, False, "float16"),
        # Stored in halves, and computed in floats after all.
        (np.float16, True, "float32"),
    ],
)
def test_precision_is_what_is_computed_in(
    tmp_path: Path, stored: type, cast: bool, expected: str
) -> None:
    kind = TensorProto.FLOAT if cast or stored == np.float32 else TensorProto.FLOAT16
    nodes = [helper.make_node("MatMul", ["x", "wide" if cast else "weights"], ["y"])]
    if cast:
        nodes.insert(0, helper.make_node("Cast", ["weights"], ["wide"], to=TensorProto.FLOAT))
    graph = helper.make_graph(
        nodes,
        "product",
        [helper.make_tensor_value_info("x", kind, [1, 2])],
        [helper.make_tensor_value_info("y", kind, [1, 2])],
        [numpy_helper.from_array(np.eye(2, dtype=stored), "weights")],
    )
    path = tmp_path / "model.onnx"
    onnx.save(helper.make_model(graph), path)
    assert ModelFile.read(path).precision == expected
