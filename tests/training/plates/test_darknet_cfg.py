"""darknet's cfg: read back by a small reader of its own, and compared with what the layers are."""

from __future__ import annotations

import pytest

pytest.importorskip("keras")

from training.plates.darknet_cfg import write_cfg
from training.plates.network import Anchors, build_network, convolutions

ANCHORS = Anchors(((8, 9), (10.5, 11), (12, 13), (14, 15), (16, 17), (18, 19)))

# darknet's yolov4-tiny: for each section its kind, and of a convolution filters, size and stride;
# of a route the sections it joins, counted from the one after [net].
YOLOV4_TINY = """
conv 32 3 2, conv 64 3 2,
conv 64 3 1, half 2, conv 32 3 1, conv 32 3 1, route 5 4, conv 64 1 1, route 2 7, maxpool,
conv 128 3 1, half 10, conv 64 3 1, conv 64 3 1, route 13 12, conv 128 1 1, route 10 15, maxpool,
conv 256 3 1, half 18, conv 128 3 1, conv 128 3 1, route 21 20, conv 256 1 1, route 18 23, maxpool,
conv 512 3 1, conv 256 1 1, conv 512 3 1, conv 21 1 1, yolo,
route 27, conv 128 1 1, upsample, route 33 23, conv 256 3 1, conv 21 1 1, yolo
"""


def read(path):
    """Sections of a cfg in order, each with its options."""
    found: list[tuple[str, dict[str, str]]] = []
    for line in path.read_text().splitlines():
        if line.startswith("["):
            found.append((line.strip("[]"), {}))
        elif line:
            key, value = line.split("=")
            found[-1][1][key] = value
    return found


def summary(place, name, options):
    if name == "convolutional":
        return f"conv {options['filters']} {options['size']} {options['stride']}"
    if name == "route":
        sources = [str(place + int(layer)) for layer in options["layers"].split(",")]
        half = (options.get("groups"), options.get("group_id")) == ("2", "1")
        return " ".join(["half" if half else "route", *sources])
    return name


@pytest.fixture(scope="module")
def network():
    return build_network(2, 96)


@pytest.fixture(scope="module")
def cfg(network, tmp_path_factory):
    path = tmp_path_factory.mktemp("darknet") / "two.cfg"
    write_cfg(network, ANCHORS, 2, path)
    return read(path)


def test_the_sections_are_those_of_yolov4_tiny(cfg):
    found = [summary(place, *section) for place, section in enumerate(cfg[1:])]
    assert found == [part.strip() for part in YOLOV4_TINY.replace("\n", " ").split(",")]


def test_the_input_is_the_networks(cfg):
    name, options = cfg[0]
    assert name == "net"
    assert (options["width"], options["height"], options["channels"]) == ("96", "96", "3")


def test_convolutions_come_in_the_order_of_the_weights_file(network, cfg):
    written = [options for name, options in cfg if name == "convolutional"]
    for options, (convolution, norm) in zip(written, convolutions(network), strict=True):
        assert int(options["filters"]) == convolution.filters
        assert int(options["size"]) == convolution.kernel_size[0]
        assert options["pad"] == "1"
        assert options.get("batch_normalize", "0") == ("0" if norm is None else "1")
        assert options["activation"] == ("linear" if norm is None else "leaky")


def test_the_heads_know_classes_and_anchors(cfg):
    heads = [options for name, options in cfg if name == "yolo"]
    assert [head["mask"] for head in heads] == ["3,4,5", "1,2,3"]
    for head in heads:
        assert head["anchors"] == "8,9, 10.5,11, 12,13, 14,15, 16,17, 18,19"
        assert (head["classes"], head["num"], head["scale_x_y"]) == ("2", "6", "1.05")
