"""A repeatable split into training and validation, with near duplicates on one side.

Near duplicates are found by a difference hash: a picture is scaled to 33 x 32 grey pixels, and each
of its 1,024 bits says whether a pixel is darker than its right neighbour (N. Krawetz, "Kind of Like
That", 2013, with more bits than there, since pictures of one fixed camera all look alike at 64).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol, Self, TypeVar

import cv2
import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from training.labelled.faults import LabelError
from training.labelled.progress import shown

NEAR_DUPLICATE_SHARE = 0.1
"""Two pictures are near duplicates when at most this share of their hashes' bits differs."""

_SIDE = 32
_BLOCK = 1024
"""So many pictures are compared with all others at a time: all at once would not fit in memory."""


class Picture(Protocol):
    """A picture of a set, whatever else is known of it."""

    @property
    def path(self) -> Path:
        """The picture's file."""
        ...


class PictureSet(Protocol):
    """A set of pictures, whatever their labels are."""

    @property
    def name(self) -> str:
        """What reports call the set."""
        ...

    @property
    def images(self) -> Sequence[Picture]:
        """The pictures."""
        ...

    def __len__(self) -> int: ...

    def select(self, rows: list[int]) -> Self:
        """The same set with the pictures of these indices only, in this order."""
        ...


SetT = TypeVar("SetT", bound=PictureSet)


def split(dataset: SetT, validation: int, seed: int = 0) -> tuple[SetT, SetT]:
    """Splits off pictures for validation: the same ones for the same pictures and seed.

    Whole groups of near duplicates are taken in an order given by a hash of their file names, so
    that adding pictures to a set moves few of those that were there from one side to the other.

    Args:
        dataset: what to split.
        validation: pictures wanted for validation; a group too large for what is still wanted is
            passed over, so that it may be fewer.
        seed: another seed gives another split.

    Returns:
        Training and validation, each in the order of the set.

    Raises:
        ValueError: more pictures are wanted for validation than half of the set.
        LabelError: OpenCV cannot read a picture.
    """
    if not 0 <= validation <= len(dataset) // 2:
        raise ValueError(
            f"{dataset.name}: expected at most half of its {len(dataset)} pictures for validation, "
            f"got {validation}"
        )
    groups = near_duplicate_groups([image.path for image in dataset.images])
    members: defaultdict[int, list[int]] = defaultdict(list)
    for row, group in enumerate(groups):
        members[int(group)].append(row)

    def order(rows: list[int]) -> str:
        first = min(dataset.images[row].path.name for row in rows)
        return hashlib.sha256(f"{seed}/{first}".encode()).hexdigest()

    chosen: set[int] = set()
    for rows in sorted(members.values(), key=order):
        if len(chosen) + len(rows) <= validation:
            chosen.update(rows)
    training = [row for row in range(len(dataset)) if row not in chosen]
    return dataset.select(training), dataset.select(sorted(chosen))


def hold_out(dataset: SetT, validation: int) -> tuple[SetT, SetT]:
    """:func:`split` as training and evaluation both do it: of a small set half is held out.

    Args:
        dataset: what to split.
        validation: pictures wanted for validation.

    Returns:
        Training and validation.
    """
    return split(dataset, min(validation, len(dataset) // 2))


def own_or_hold_out(parts: Mapping[str, SetT], validation: int) -> tuple[SetT, SetT]:
    """A set's own parts for training and validation; :func:`hold_out` where it has not both.

    Args:
        parts: by name, as ``read_parts`` of a kind of set gives them.
        validation: pictures wanted for validation, of a set without a part for it.

    Returns:
        Training and validation.
    """
    if "train" in parts and "val" in parts:
        return parts["train"], parts["val"]
    return hold_out(parts.get("train") or next(iter(parts.values())), validation)


def near_duplicate_groups(paths: Sequence[Path]) -> npt.NDArray[np.int32]:
    """Which pictures are near duplicates of each other, directly or by way of others.

    Returns:
        int32 (N,): a group's number for each picture; a picture like no other has its own.

    Raises:
        LabelError: OpenCV cannot read a picture.
    """
    if not paths:
        return np.zeros(0, np.int32)
    hashes = np.stack([_difference_hash(path) for path in shown(paths, "comparing pictures")])
    limit = NEAR_DUPLICATE_SHARE * hashes.shape[1]
    # Signs, so that a matrix product counts equal bits; row by row would take minutes.
    signs = np.where(hashes, np.float32(1), np.float32(-1))
    pairs = []
    for start in range(0, len(paths), _BLOCK):
        different = (hashes.shape[1] - signs[start : start + _BLOCK] @ signs.T) / 2
        pairs.append(np.argwhere(different <= limit) + np.array([start, 0]))
    first, second = np.concatenate(pairs).T
    graph = coo_array((np.ones(len(first), bool), (first, second)), shape=(len(paths),) * 2)
    _, groups = connected_components(graph, directed=False)
    return np.asarray(groups, np.int32)


def near_duplicates(paths: Sequence[Path]) -> list[list[str]]:
    """The groups of :func:`near_duplicate_groups` with more than one picture, by file name."""
    members: defaultdict[int, list[str]] = defaultdict(list)
    for path, group in zip(paths, near_duplicate_groups(paths).tolist(), strict=True):
        members[group].append(path.name)
    return sorted(names for names in members.values() if len(names) > 1)


def _difference_hash(path: Path) -> npt.NDArray[np.bool_]:
    grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise LabelError(f"{path}: expected a picture that OpenCV can read; take it out of the set")
    small = cv2.resize(grey, (_SIDE + 1, _SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(small[:, 1:] > small[:, :-1], np.bool_).ravel()
