"""darknet's weights files: byte by byte, there and back, and what does not fit."""

from __future__ import annotations

import struct

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from training.errors import DarknetError  # noqa: E402
from training.plates.darknet_weights import load_weights, read_header, write_weights  # noqa: E402
from training.plates.network import build_network, convolutions  # noqa: E402

BACKBONE_BYTES = 19_789_716
"""Size of the file that darknet's authors publish as ``yolov4-tiny.conv.29``."""


@pytest.fixture(scope="module")
def network():
    network = build_network(2, 64)
    rng = np.random.default_rng(3)
    network.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in network.get_weights()])
    return network


@pytest.fixture(scope="module")
def written(network, tmp_path_factory):
    path = tmp_path_factory.mktemp("darknet") / "two.weights"
    write_weights(network, path, seen=640)
    return path


@pytest.fixture
def other():
    return build_network(2, 64)


def test_the_header_byte_by_byte(written):
    start = "00000000 02000000 05000000 8002000000000000"
    assert written.read_bytes()[:20] == bytes.fromhex(start)
    header = read_header(written)
    assert (header.version, header.seen, header.size_bytes) == ((0, 2, 5), 640, 20)


def test_the_header_of_an_old_file_counts_in_32_bits(tmp_path):
    path = tmp_path / "old.weights"
    path.write_bytes(struct.pack("<4i", 0, 1, 0, 77) + b"\x00" * 100)
    header = read_header(path)
    assert (header.version, header.seen, header.size_bytes) == ((0, 1, 0), 77, 16)


def test_the_first_convolution_byte_by_byte(network, written):
    floats = np.frombuffer(written.read_bytes()[20:], "<f4")
    convolution, norm = convolutions(network)[0]
    gamma, beta, mean, variance = norm.get_weights()
    (kernel,) = convolution.get_weights()
    for number, values in enumerate((beta, gamma, mean, variance)):
        np.testing.assert_array_equal(floats[32 * number : 32 * (number + 1)], values)
    # 32 filters of 3 channels of 3 rows of 3 columns: the place of filter 7, channel 2, row 1,
    # column 0 is ((7 * 3 + 2) * 3 + 1) * 3 + 0.
    assert floats[4 * 32 + 210] == kernel[1, 0, 2, 7]


def test_a_head_has_a_bias_and_no_normalisation(network, written):
    floats = np.frombuffer(written.read_bytes()[20:], "<f4")
    kernel, bias = convolutions(network)[-1][0].get_weights()
    np.testing.assert_array_equal(floats[-21 * 256 - 21 : -21 * 256], bias)
    np.testing.assert_array_equal(floats[-21 * 256 :].reshape(21, 256), kernel[0, 0].T)


def test_there_and_back(network, written, other):
    assert load_weights(other, written) == 21
    for found, expected in zip(other.get_weights(), network.get_weights(), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_the_first_29_layers(network, written, other, tmp_path):
    path = tmp_path / "yolov4-tiny.conv.29"
    path.write_bytes(written.read_bytes()[:BACKBONE_BYTES])
    before = convolutions(other)[17][0].get_weights()
    assert load_weights(other, path) == 17
    for (a, a_norm), (b, b_norm) in zip(
        convolutions(other)[:17], convolutions(network)[:17], strict=True
    ):
        np.testing.assert_array_equal(a.get_weights()[0], b.get_weights()[0])
        for found, expected in zip(a_norm.get_weights(), b_norm.get_weights(), strict=True):
            np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(convolutions(other)[17][0].get_weights()[0], before[0])


@pytest.mark.parametrize("cut", [1, 4, 1000])
def test_a_file_that_was_cut_off(network, written, other, tmp_path, cut):
    path = tmp_path / "cut.weights"
    path.write_bytes(written.read_bytes()[: BACKBONE_BYTES - cut])
    before = other.get_weights()
    with pytest.raises(DarknetError, match=r"ends inside convolution 17 of 21.* Only 16 before"):
        load_weights(other, path)
    for found, expected in zip(other.get_weights(), before, strict=True):
        np.testing.assert_array_equal(found, expected)
    assert load_weights(other, path, incomplete=True) == 16
    np.testing.assert_array_equal(
        convolutions(other)[15][0].get_weights()[0], convolutions(network)[15][0].get_weights()[0]
    )


def test_other_classes_need_heads_of_their_own(network, written):
    one_class = build_network(1, 64)
    with pytest.raises(DarknetError, match=r"heads are for 2 class.*network's for 1"):
        load_weights(one_class, written)
    head = convolutions(one_class)[20][0].get_weights()
    assert load_weights(one_class, written, heads=False) == 19
    for number in (0, 16, 18, 19):  # 18 and 19 come after the first head in the file
        np.testing.assert_array_equal(
            convolutions(one_class)[number][0].get_weights()[0],
            convolutions(network)[number][0].get_weights()[0],
        )
    np.testing.assert_array_equal(convolutions(one_class)[20][0].get_weights()[0], head[0])


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "expected a darknet weights file"),
        (b"version https://git-lfs.github.com/spec/v1\n", "expected a darknet weights file"),
        (struct.pack("<3iq", 0, 2, 5, 0), "not one whole convolution"),
        (struct.pack("<3iq", 0, 2, 5, 0) + b"\x00" * 40, "ends inside convolution 1"),
        (struct.pack("<3iq", 0, 2, 5, 0) + b"\xff" * 4000, "infinities or NaNs"),
        (struct.pack("<3iq", 0, 2, 5, 0) + b"\x00" * 24_000_000, "goes on for"),
    ],
)
def test_files_that_are_no_weights_of_this_network(other, tmp_path, content, fault):
    path = tmp_path / "bad.weights"
    path.write_bytes(content)
    with pytest.raises(DarknetError, match=fault):
        load_weights(other, path)


def test_a_file_that_is_not_there(other, tmp_path):
    with pytest.raises(DarknetError, match=r"gone\.weights: cannot be read"):
        load_weights(other, tmp_path / "gone.weights")
