"""Weights that PyTorch saved, from a file that is written here as torch.save would."""

from __future__ import annotations

import io
import pickle
import struct
import sys
import types
from collections import OrderedDict

import numpy as np
import pytest

from training.backbones.state_dict import read_state_dict
from training.errors import TrainingError

MAGIC = 0x1950A86A20F9469CFC6C


class FloatStorage:
    """Stands for torch.FloatStorage."""

    def __init__(self, key: str, values: np.ndarray) -> None:
        self.key, self.values = key, values


FloatStorage.__module__ = "torch"


def _rebuild_tensor_v2(*arguments):
    return arguments


_rebuild_tensor_v2.__module__ = "torch._utils"


class Tensor:
    """A tensor as torch pickles it: a call that rebuilds it from its storage."""

    def __init__(self, storage, offset, shape, strides):
        self.arguments: tuple = (storage, offset, shape, strides, False, OrderedDict())

    def __reduce__(self):
        return _rebuild_tensor_v2, self.arguments


class Pickler(pickle.Pickler):
    def persistent_id(self, found):
        if isinstance(found, FloatStorage):
            return ("storage", FloatStorage, found.key, "cpu", len(found.values), None)
        return None


@pytest.fixture
def save(tmp_path, monkeypatch):
    torch, inner = types.ModuleType("torch"), types.ModuleType("torch._utils")
    torch.FloatStorage, inner._rebuild_tensor_v2 = FloatStorage, _rebuild_tensor_v2
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", inner)

    def write(tensors, storages, magic=MAGIC):
        file = io.BytesIO()
        for note in (magic, 1001, {"little_endian": True}):
            pickle.dump(note, file, 2)
        Pickler(file, 2).dump(OrderedDict(tensors))
        pickle.dump([storage.key for storage in storages], file, 2)
        for storage in storages:
            file.write(struct.pack("<q", len(storage.values)))
            file.write(storage.values.astype("<f4").tobytes())
        path = tmp_path / "weights.pth"
        path.write_bytes(file.getvalue())
        return path

    return write


def test_tensors_whole_in_part_and_transposed(save):
    first = FloatStorage("b", np.arange(6))
    second = FloatStorage("a", np.arange(10, 20))
    path = save(
        {
            "whole": Tensor(first, 0, (2, 3), (3, 1)),
            "transposed": Tensor(first, 0, (3, 2), (1, 3)),
            "part": Tensor(second, 4, (3,), (1,)),
        },
        [first, second],
    )
    state = read_state_dict(path)
    np.testing.assert_array_equal(state["whole"], [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(state["transposed"], [[0, 3], [1, 4], [2, 5]])
    np.testing.assert_array_equal(state["part"], [14, 15, 16])


def test_a_tensor_beyond_its_storage(save):
    storage = FloatStorage("a", np.arange(5))
    path = save({"x": Tensor(storage, 3, (3,), (1,))}, [storage])
    with pytest.raises(TrainingError, match="reaches beyond its storage"):
        read_state_dict(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a zip", b"\x80\x02K\x01."])
def test_other_files(content, tmp_path):
    path = tmp_path / "other.pth"
    path.write_bytes(content)
    with pytest.raises(TrainingError, match="expected a state dictionary"):
        read_state_dict(path)


def test_nothing_else_is_unpickled(tmp_path):
    class Evil:
        def __reduce__(self):
            return print, ("run",)

    path = tmp_path / "evil.pth"
    path.write_bytes(pickle.dumps(Evil()))
    with pytest.raises(TrainingError, match=r"it holds builtins\.print"):
        read_state_dict(path)
