"""Writes darknet's ``.cfg`` of a network, from the network itself.

A cfg lists the layers in the order in which they are computed. A layer takes the answer of the one
before it; where it needs another, a ``[route]`` in between fetches that, by distance.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

    from training.plates.network import Anchors

Section = tuple[str, dict[str, str]]
"""Name and options of a section."""

_START = -1  # the place of the picture itself, before the first section


def write_cfg(network: keras.Model, anchors: Anchors, classes: int, path: Path) -> None:
    """Writes the cfg of a network; darknet and OpenCV 4 read it with its ``.weights``."""
    path.write_text(
        "\n\n".join(
            "\n".join([f"[{name}]", *(f"{key}={value}" for key, value in options.items())])
            for name, options in sections(network, anchors, classes)
        )
        + "\n"
    )


def sections(network: keras.Model, anchors: Anchors, classes: int) -> list[Section]:
    """The sections of a network's cfg, ``[net]`` first.

    Args:
        network: from :func:`training.plates.network.build_network`.
        anchors: its anchors.
        classes: its number of classes.
    """
    _, height, width, channels = network.inputs[0].shape
    walk = _Walk(network)
    for head, output in enumerate(network.outputs):
        walk.reach(output)
        walk.add("yolo", _yolo(anchors, head, classes))
    net = {"width": width, "height": height, "channels": channels, **_training(classes)}
    return [("net", {key: str(value) for key, value in net.items()}), *walk.sections]


class _Walk:
    """Lists what an answer needs, in the order of computation."""

    def __init__(self, network: keras.Model) -> None:
        self.sections: list[Section] = []
        self._makers = {id(layer.output): layer for layer in network.layers}
        self._places: dict[int, int] = {id(network.inputs[0]): _START}

    def add(self, name: str, options: Mapping[str, Any]) -> int:
        """Adds a section, and says its place."""
        self.sections.append((name, {key: str(value) for key, value in options.items()}))
        return len(self.sections) - 1

    def reach(self, tensor: Any) -> int:
        """Adds all that a tensor needs; the place of the section that gives it."""
        if id(tensor) not in self._places:
            self._places[id(tensor)] = self._make(self._makers[id(tensor)])
        return self._places[id(tensor)]

    def _make(self, layer: keras.Layer) -> int:
        from keras import layers

        from training.plates.network import SecondHalf
        from training.upsampling import Upsample

        if isinstance(layer, layers.Concatenate):
            return self._route([self.reach(tensor) for tensor in layer.input])
        place = self.reach(layer.input)
        if isinstance(layer, SecondHalf):
            return self._route([place], groups=2, group_id=1)
        if isinstance(layer, layers.BatchNormalization):
            # Before the others: darknet reads the normalisation's weights first.
            name, options = self.sections[place]
            self.sections[place] = (name, {"batch_normalize": "1", **options})
        elif isinstance(layer, layers.LeakyReLU):
            self.sections[place][1]["activation"] = "leaky"
        elif isinstance(layer, layers.Conv2D):
            self._be_last(place)
            return self.add("convolutional", _convolution(layer))
        elif isinstance(layer, layers.MaxPooling2D):
            self._be_last(place)
            return self.add("maxpool", {"size": layer.pool_size[0], "stride": layer.strides[0]})
        elif isinstance(layer, Upsample):
            self._be_last(place)
            return self.add("upsample", {"stride": 2})
        elif not isinstance(layer, layers.Rescaling | layers.ZeroPadding2D | layers.Activation):
            raise TypeError(f"there is no section for the layer {layer.name}")
        return place

    def _be_last(self, place: int) -> None:
        if place != len(self.sections) - 1:
            self._route([place])

    def _route(self, places: list[int], **options: int) -> int:
        distances = ",".join(str(place - len(self.sections)) for place in places)
        return self.add("route", {"layers": distances, **options})


def _convolution(layer: keras.layers.Conv2D) -> dict[str, Any]:
    return {
        "filters": layer.filters,
        "size": layer.kernel_size[0],
        "stride": layer.strides[0],
        "pad": 1,  # half the kernel on each side
        "activation": "linear",
    }


def _yolo(anchors: Anchors, head: int, classes: int) -> dict[str, Any]:
    from training.plates.network import SCALE_X_Y

    return {
        "mask": ",".join(str(index) for index in anchors.masks[head]),
        "anchors": ", ".join(f"{width:g},{height:g}" for width, height in anchors.sizes),
        "classes": classes,
        "num": len(anchors.sizes),
        "scale_x_y": SCALE_X_Y,
        "ignore_thresh": 0.7,
        "truth_thresh": 1,
        "iou_loss": "ciou",
        "iou_normalizer": 0.07,
        "cls_normalizer": 1.0,
        "jitter": 0.3,
        "nms_kind": "greedynms",
        "beta_nms": 0.6,
    }


def _training(classes: int) -> dict[str, Any]:
    """What darknet needs to train on from here, by the rules of thumb of its README."""
    batches = max(6000, 2000 * classes)
    return {
        "batch": 64,
        "subdivisions": 4,
        "momentum": 0.9,
        "decay": 0.0005,
        "saturation": 1.5,
        "exposure": 1.5,
        "hue": 0.1,
        "learning_rate": 0.00261,
        "burn_in": 1000,
        "max_batches": batches,
        "policy": "steps",
        "steps": f"{batches * 8 // 10},{batches * 9 // 10}",
        "scales": "0.1,0.1",
    }
