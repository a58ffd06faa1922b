"""darknet's ``.weights`` files: read into the network, whole or in part, and written from it.

The format, as darknet's ``parser.c`` reads it (little-endian): three int32, major, minor and
revision; the number of pictures seen in training, int64 from version 0.2 on and int32 before; then
float32 without a gap, for each convolution in the order of the cfg: its bias; with a batch
normalisation, whose shift this bias is, gamma, mean and variance; and the kernel as
(out, in, height, width).
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from training.errors import DarknetError

if TYPE_CHECKING:
    import keras

_VERSION = (0, 2, 5)
_BOXES_PER_CELL = 3
_NEWEST_MAJOR = 10  # a bound on what can be a version at all: darknet is at 0


@dataclass(frozen=True)
class Header:
    """The start of a file.

    Attributes:
        version: major, minor and revision.
        seen: pictures seen in training.
        size_bytes: where the floats begin.
    """

    version: tuple[int, int, int]
    seen: int
    size_bytes: int


def read_header(path: Path) -> Header:
    """The header of a weights file.

    Raises:
        DarknetError: there is no such file, or it cannot be a weights file.
    """
    try:
        with path.open("rb") as file:
            start = file.read(20)
    except OSError as error:
        raise DarknetError(f"{path}: cannot be read: {error.strerror or error}") from error
    if len(start) >= 16:
        major, minor, revision = struct.unpack_from("<3i", start)
        wide = major * 10 + minor >= 2
        if min(major, minor, revision) >= 0 and major <= _NEWEST_MAJOR and len(start) == 20:
            (seen,) = struct.unpack_from("<q" if wide else "<i", start, 12)
            return Header((major, minor, revision), seen, 20 if wide else 16)
    raise DarknetError(
        f"{path}: expected a darknet weights file, which starts with its version, got "
        f"{start[:12]!r}; a web page or a Git LFS pointer, perhaps?"
    )


def load_weights(
    network: keras.Model, path: Path, *, heads: bool = True, incomplete: bool = False
) -> int:
    """Reads a weights file into a network.

    Args:
        network: from :func:`training.plates.network.build_network`; left as it is on an error.
        path: a whole file, or the first layers of one, such as ``yolov4-tiny.conv.29``.
        heads: whether the heads are read too. Without, a file of another number of classes fits,
            and the network's heads stay as they are: transfer learning.
        incomplete: whether of a file that ends inside a convolution those before are read.

    Returns:
        How many convolutions were read, from the first on; heads left out are not counted.

    Raises:
        DarknetError: the file is no weights file, does not fit, or ends inside a convolution.
    """
    header = read_header(path)
    floats = _read_floats(path, header)
    layers = _layers(network)
    classes = layers[-1].filters // _BOXES_PER_CELL - 5
    whole = _classes_of_whole(layers, len(floats))
    if whole is not None and whole != classes:
        if heads:
            raise DarknetError(
                f"{path}: its heads are for {whole} class(es), the network's for {classes}; "
                "load it without the heads to train them anew"
            )
        layers = [layer.for_classes(whole) for layer in layers]
    read: list[tuple[_Layer, list[npt.NDArray[np.float32]]]] = []
    offset = 0
    for layer in layers:
        if offset + layer.count > len(floats):
            break
        read.append((layer, layer.split(floats[offset : offset + layer.count])))
        offset += layer.count
    left = path.stat().st_size - header.size_bytes - 4 * offset
    if left and len(read) == len(layers):
        raise DarknetError(
            f"{path}: goes on for {left} bytes after the last convolution; "
            "it is of another network than yolov4-tiny"
        )
    if left and not incomplete:
        raise DarknetError(
            f"{path}: ends inside convolution {len(read) + 1} of {len(layers)}; was the download "
            f"cut off? Only {len(read)} before it are whole"
        )
    wanted = [(layer, values) for layer, values in read if heads or layer.normalised]
    if not wanted:
        raise DarknetError(f"{path}: not one whole convolution is in it")
    for layer, values in wanted:
        layer.assign(values)
    return len(wanted)


def write_weights(network: keras.Model, path: Path, *, seen: int = 0) -> None:
    """Writes the weights file of a network, all of it or nothing.

    Args:
        network: from :func:`training.plates.network.build_network`.
        path: the file to write; its folder exists.
        seen: pictures seen in training; darknet goes on counting from there.
    """
    fresh = path.with_name(path.name + ".new")
    try:
        with fresh.open("wb") as file:
            file.write(struct.pack("<3iq", *_VERSION, seen))
            for layer in _layers(network):
                for values in layer.values():
                    file.write(np.ascontiguousarray(values, "<f4").tobytes())
        os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)


@dataclass(frozen=True)
class _Layer:
    """A convolution, its normalisation, and the sizes that it has in the file."""

    convolution: keras.layers.Conv2D
    normalisation: keras.layers.BatchNormalization | None
    kernel: tuple[int, int, int, int]  # out, in, height, width

    @property
    def filters(self) -> int:
        return self.kernel[0]

    @property
    def normalised(self) -> bool:
        return self.normalisation is not None

    @property
    def count(self) -> int:
        """Floats in the file."""
        return self.filters * (4 if self.normalised else 1) + int(np.prod(self.kernel))

    def for_classes(self, classes: int) -> _Layer:
        """A head of another number of classes; others as they are."""
        if self.normalised:
            return self
        filters = _BOXES_PER_CELL * (5 + classes)
        return _Layer(self.convolution, None, (filters, *self.kernel[1:]))

    def split(self, floats: npt.NDArray[np.float32]) -> list[npt.NDArray[np.float32]]:
        """Bias, (gamma, mean, variance,) kernel, from the layer's floats in the file."""
        vectors = 4 if self.normalised else 1
        *found, kernel = np.split(floats, [self.filters * (n + 1) for n in range(vectors)])
        return [*found, kernel.reshape(self.kernel)]

    def assign(self, values: list[npt.NDArray[np.float32]]) -> None:
        """Puts what :meth:`split` gave into the Keras layers."""
        kernel = values[-1].transpose(2, 3, 1, 0)
        if self.normalisation is None:
            self.convolution.set_weights([kernel, values[0]])
        else:
            beta, gamma, mean, variance = values[:-1]
            self.convolution.set_weights([kernel])
            self.normalisation.set_weights([gamma, beta, mean, variance])

    def values(self) -> list[npt.NDArray[np.float32]]:
        """The layer's weights as :meth:`split` gives them."""
        kernel, *bias = self.convolution.get_weights()
        if self.normalisation is not None:
            gamma, beta, mean, variance = self.normalisation.get_weights()
            bias = [beta, gamma, mean, variance]
        return [*bias, kernel.transpose(3, 2, 0, 1)]


def _layers(network: keras.Model) -> list[_Layer]:
    from training.plates.network import convolutions

    found = []
    for convolution, normalisation in convolutions(network):
        height, width, channels, filters = convolution.kernel.shape
        found.append(_Layer(convolution, normalisation, (filters, channels, height, width)))
    return found


def _classes_of_whole(layers: list[_Layer], floats: int) -> int | None:
    """The number of classes with which a whole file has this many floats; None if there is none."""
    per_class = sum(layer.for_classes(1).count - layer.for_classes(0).count for layer in layers)
    none = sum(layer.for_classes(0).count for layer in layers)
    classes, rest = divmod(floats - none, per_class)
    return classes if classes >= 1 and rest == 0 else None


def _read_floats(path: Path, header: Header) -> npt.NDArray[np.float32]:
    """All floats; a last one that is cut off does not count."""
    data = path.read_bytes()[header.size_bytes :]
    floats = np.frombuffer(data[: len(data) // 4 * 4], "<f4").astype(np.float32)
    if not np.isfinite(floats).all():
        raise DarknetError(
            f"{path}: holds infinities or NaNs; the training it comes from diverged, or the file "
            "is damaged"
        )
    return floats
