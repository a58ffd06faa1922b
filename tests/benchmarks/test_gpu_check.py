from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper

from benchmarks import gpu_check
from cli.main import main
from tests.services.toy_detector import SPEC, build_detector


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two versions of a model that averages the pixels of a picture."""
    graph = helper.make_graph(
        [
            helper.make_node("Cast", ["pixels"], ["floats"], to=TensorProto.FLOAT),
            helper.make_node("GlobalAveragePool", ["floats"], ["mean"]),
        ],
        "mean",
        [helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", 16, 32, 3])],
        [helper.make_tensor_value_info("mean", TensorProto.FLOAT, ["n", 16, 1, 1])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    for version in ("1", "2"):
        path = tmp_path / "brightness" / version / "model.onnx"
        path.parent.mkdir(parents=True)
        onnx.save(model, path)
    return tmp_path


def test_models_are_found_by_their_folder(repository: Path) -> None:
    found = gpu_check.find_models(repository)
    assert [path.relative_to(repository).as_posix() for path in found] == [
        "brightness/1/model.onnx",
        "brightness/2/model.onnx",
    ]


@pytest.mark.skipif(
    gpu_check.CUDA in ort.get_available_providers(), reason="this ONNX Runtime has CUDA in it"
)
def test_without_cuda_it_says_so_in_one_line(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["gpu-check", "--model-repository", str(repository)]) == 0
    output = capsys.readouterr().out
    assert len(output.splitlines()) == 1
    assert "no CUDA here" in output


def test_without_models_it_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gpu-check", "--model-repository", str(tmp_path)]) == 1
    assert "model.onnx" in capsys.readouterr().err


def test_the_check_itself_with_the_cpu_in_the_place_of_cuda(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpu_check, "CUDA", gpu_check.CPU)
    monkeypatch.setattr(gpu_check, "_TIMED_RUNS", 3)
    results = list(gpu_check.check(gpu_check.find_models(repository)[0]))
    assert [result.batch for result in results] == list(gpu_check.BATCHES)
    for result in results:
        assert result.passed
        assert result.difference == 0
        assert result.difference_in_32_bits == 0
        assert result.worst_output == "mean"
        assert result.cuda_nodes > 0  # counted by the profiler
        assert result.cpu_ms > 0


def test_a_detector_is_checked_as_any_model_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_detector(tmp_path / "plates" / "1" / "model.onnx", SPEC.to_metadata())
    build_detector(tmp_path / "plates" / "1" / "model.int8.onnx", SPEC.to_metadata(), True)
    (model,) = gpu_check.find_models(tmp_path)
    assert model.name == "model.onnx"
    monkeypatch.setattr(gpu_check, "CUDA", gpu_check.CPU)
    monkeypatch.setattr(gpu_check, "_TIMED_RUNS", 3)
    results = list(gpu_check.check(model))
    assert [result.batch for result in results] == list(gpu_check.BATCHES)
    assert all(result.passed for result in results)


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ([0.5, 0.0], [0.5, 0.0], 0.0),
        ([0.5, 0.1], [0.5, 0.0], 0.1),
        ([100.0, 1.0], [100.0, 0.0], 0.01),
        ([0.5], [0.5, 0.0], float("inf")),
        ([np.nan, 0.0], [0.5, 0.0], float("inf")),
    ],
)
def test_difference(ours: list[float], theirs: list[float], expected: float) -> None:
    assert gpu_check._difference(np.array(ours), np.array(theirs)) == pytest.approx(expected)


def test_of_class_maps_the_pixels_that_differ_are_counted() -> None:
    theirs = np.zeros((1, 10, 20), np.uint8)
    ours = theirs.copy()
    ours[0, 3, 4] = 10
    assert gpu_check._difference(ours, theirs) == pytest.approx(1 / 200)
    assert gpu_check._difference(theirs, theirs) == 0.0


@pytest.mark.parametrize(
    ("difference", "in_32_bits", "cuda_nodes", "passed"),
    [
        (0.004, 0.0009, 5, True),
        (0.006, 0.0009, 5, False),
        (0.004, 0.0011, 5, False),
        (0.0, 0.0, 0, False),  # all of it ran on the CPU
    ],
)
def test_what_passes(difference: float, in_32_bits: float, cuda_nodes: int, passed: bool) -> None:
    result = gpu_check.BatchResult(
        Path("m"), 1, 1.0, 1.0, "mean", difference, in_32_bits, cuda_nodes, cpu_nodes=5
    )
    assert result.passed is passed
