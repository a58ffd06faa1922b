"""What a peer's file is given, and which files are no peers."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from benchmarks.frames import load_pictures
from benchmarks.peer_onnx import PeerModel
from benchmarks.picture_report import SEGMENTATION_SERVICE
from benchmarks.picture_service import main, measure
from tests.services.toy_segmentation import SPEC, build_segmenter

RED = np.zeros((48, 64, 3), np.uint8)
RED[:, :, 2] = 255
JPEG = cv2.imencode(".jpg", RED, [cv2.IMWRITE_JPEG_QUALITY, 100])[1].tobytes()


def build_peer(path: Path, shape: list, kind: int = TensorProto.FLOAT) -> Path:
    """A model that answers its input."""
    graph = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["y"])],
        "peer",
        [helper.make_tensor_value_info("x", kind, shape)],
        [helper.make_tensor_value_info("y", kind, shape)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.save(model, path)
    return path


@pytest.mark.parametrize(
    ("shape", "kind", "expected"),
    [
        ([1, 3, 20, 30], TensorProto.FLOAT, (1, 3, 20, 30)),
        (["N", 3, "H", "W"], TensorProto.FLOAT, (1, 3, 36, 50)),
        ([1, 20, 30, 3], TensorProto.FLOAT16, (1, 20, 30, 3)),
        (["N", "H", "W", 3], TensorProto.UINT8, (1, 36, 50, 3)),
    ],
)
def test_the_picture_in_the_peers_layout_type_and_size(
    tmp_path: Path, shape: list, kind: int, expected: tuple
) -> None:
    peer = PeerModel(build_peer(tmp_path / "peer.onnx", shape, kind), [JPEG], (50, 36))
    (answer,) = peer.infer(7)
    assert answer.shape == expected
    assert answer.dtype == helper.tensor_dtype_to_np_dtype(kind)
    by_channel = answer if expected[1] == 3 else answer.transpose(0, 3, 1, 2)
    most = 255 if kind == TensorProto.UINT8 else 1
    means = by_channel.astype(np.float32).mean(axis=(0, 2, 3))
    np.testing.assert_allclose(means, [most, 0, 0], atol=0.02 * most)


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        ([1, 4, 20, 30], TensorProto.FLOAT),
        ([1, 3, 20], TensorProto.FLOAT),
        ([1, 3, 20, 30], TensorProto.INT64),
    ],
)
def test_what_takes_no_picture_is_no_peer(tmp_path: Path, shape: list, kind: int) -> None:
    with pytest.raises(ValueError, match=r"expected one picture as input, \(1, 3, H, W\)"):
        PeerModel(build_peer(tmp_path / "peer.onnx", shape, kind), [JPEG], (50, 36))


def test_a_peer_is_timed_in_the_same_turns(tmp_path: Path) -> None:
    jpegs = load_pictures(None)[:2]
    model = build_segmenter(tmp_path / "model.onnx", SPEC.to_metadata())
    peer = PeerModel(build_peer(tmp_path / "peer.onnx", [1, 3, 20, 30]), jpegs, (50, 36))
    report = measure(SEGMENTATION_SERVICE, jpegs, model, 1, 0.3, peers={"peer": peer})
    assert list(report.peers_ms) == ["peer"]
    assert report.peers_ms["peer"] > 0


def test_a_peers_file_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(SEGMENTATION_SERVICE, ["--peer", str(tmp_path / "nowhere.onnx")])
    assert ended.value.code == 2
    assert "there is no model file" in capsys.readouterr().err
