"""Reads weights that PyTorch saved, without PyTorch.

The file is the one that ``torch.save`` wrote before version 1.6: three pickled notes, the pickled
dictionary in which each tensor names its storage, the list of storages, then their bytes in that
order. Only what a dictionary of float tensors needs is unpickled, so a file from a stranger can run
nothing.
"""

from __future__ import annotations

import pickle
import struct
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from training.errors import TrainingError

_MAGIC = 0x1950A86A20F9469CFC6C
_DTYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


@dataclass(frozen=True)
class _Storage:
    key: str
    dtype: np.dtype[Any]


@dataclass(frozen=True)
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_state_dict(path: Path) -> dict[str, npt.NDArray[Any]]:
    """The tensors of a state dictionary by name.

    Raises:
        TrainingError: the file is something else, or damaged.
    """
    try:
        with path.open("rb") as file:
            return _read(file)
    except (pickle.UnpicklingError, EOFError, struct.error, ValueError, KeyError) as error:
        raise TrainingError(
            f"{path}: expected a state dictionary as torch.save wrote it before version 1.6: "
            f"{error}"
        ) from error


def _read(file: BinaryIO) -> dict[str, npt.NDArray[Any]]:
    magic, _, _ = (_Unpickler(file).load() for _ in range(3))
    if magic != _MAGIC:
        raise ValueError(f"it begins with {magic!r}")
    tensors: dict[str, _Tensor] = _Unpickler(file).load()
    dtypes = {tensor.storage.key: tensor.storage.dtype for tensor in tensors.values()}
    storages: dict[str, npt.NDArray[Any]] = {}
    for key in _Unpickler(file).load():
        (count,) = struct.unpack("<q", file.read(8))
        content = file.read(count * dtypes[key].itemsize)
        storages[key] = np.frombuffer(content, dtypes[key], count)
    return {name: _view(storages[tensor.storage.key], tensor) for name, tensor in tensors.items()}


def _view(storage: npt.NDArray[Any], tensor: _Tensor) -> npt.NDArray[Any]:
    """The tensor's numbers in its storage; kernels that came from TensorFlow lie transposed in it.

    Raises:
        ValueError: it reaches beyond its storage.
    """
    last = tensor.offset + sum(
        (side - 1) * step for side, step in zip(tensor.shape, tensor.strides, strict=True)
    )
    if min((tensor.offset, *tensor.shape, *tensor.strides)) < 0 or last >= len(storage):
        raise ValueError(f"a tensor of shape {tensor.shape} reaches beyond its storage")
    size = storage.itemsize
    return np.lib.stride_tricks.as_strided(
        storage[tensor.offset :],
        tensor.shape,
        [step * size for step in tensor.strides],
        writeable=False,
    )


def _rebuild(
    storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: Any
) -> _Tensor:
    """Stands for ``torch._utils._rebuild_tensor_v2``."""
    return _Tensor(storage, offset, tuple(shape), tuple(strides))


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Callable[..., Any]:
        """The few names that such a file may hold."""
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild
        if module == "torch" and name in _DTYPES:
            return lambda: _DTYPES[name]
        raise pickle.UnpicklingError(f"it holds {module}.{name}")

    def persistent_load(self, saved: Any) -> _Storage:
        """The storage that a tensor lies in: ("storage", kind, key, device, count, view)."""
        _, kind, key, *_ = saved
        return _Storage(key, kind())
