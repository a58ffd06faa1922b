from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from training.boxes.dataset import BoxDataset, LabelledImage
from training.labelled.faults import LabelError
from training.labelled.splitting import near_duplicate_groups, split

Picture = npt.NDArray[np.uint8]
WriteSet = Callable[[dict[str, Picture]], BoxDataset]


def scene(seed: int, height: int = 120, width: int = 160) -> Picture:
    """A picture like no other: large soft blobs."""
    coarse = np.random.default_rng(seed).integers(0, 255, (12, 16, 3), np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def noisy(picture: Picture, seed: int) -> Picture:
    grain = np.random.default_rng(seed).normal(0, 3, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


@pytest.fixture
def write_set(tmp_path: Path) -> WriteSet:
    def write(pictures: dict[str, Picture]) -> BoxDataset:
        images = []
        for name, picture in sorted(pictures.items()):
            path = tmp_path / name
            assert cv2.imwrite(str(path), picture)
            height, width = picture.shape[:2]
            images.append(
                LabelledImage(path, width, height, np.zeros((0, 4), np.float32), np.zeros(0, int))
            )
        return BoxDataset("drawn", ("plate",), tuple(images))

    return write


def names(dataset: BoxDataset) -> list[str]:
    return [image.path.name for image in dataset.images]


@pytest.mark.parametrize(
    ("change", "alike"),
    [
        (lambda picture: picture, True),
        (lambda picture: noisy(picture, 1), True),
        (lambda picture: np.clip(picture * 0.7, 0, 255).astype(np.uint8), True),
        (lambda picture: cv2.resize(picture, None, fx=0.6, fy=0.6), True),
        (lambda picture: picture[:, ::-1], False),
        (lambda picture: np.roll(picture, 40, axis=1), False),
        (lambda picture: scene(99), False),
    ],
    ids=["same", "noise", "darker", "smaller", "mirrored", "shifted", "another"],
)
def test_near_duplicates(
    write_set: WriteSet, change: Callable[[Picture], Picture], alike: bool
) -> None:
    dataset = write_set({"a.png": scene(0), "b.png": change(scene(0)), "c.png": scene(5)})
    first, second, third = near_duplicate_groups([image.path for image in dataset.images])
    assert (first == second) is np.bool_(alike)
    assert third not in (first, second)


def test_groups_hold_together_by_way_of_others(write_set: WriteSet) -> None:
    # Each hardly differs from the next, the first and the last do.
    start, end = scene(0).astype(float), scene(1).astype(float)
    mixed = [start + (end - start) * share for share in np.linspace(0, 1, 41)]
    dataset = write_set(
        {f"{number:02d}.png": step.astype(np.uint8) for number, step in enumerate(mixed)}
    )
    paths = [image.path for image in dataset.images]
    assert len(set(near_duplicate_groups(paths).tolist())) == 1
    assert len(set(near_duplicate_groups([paths[0], paths[-1]]).tolist())) == 2


def test_no_pictures_no_groups() -> None:
    assert near_duplicate_groups([]).shape == (0,)


def test_what_is_no_picture_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("no picture")
    with pytest.raises(LabelError, match=r"a\.png: expected a picture"):
        near_duplicate_groups([tmp_path / "a.png"])


@pytest.fixture
def twenty(write_set: WriteSet) -> BoxDataset:
    """Twenty pictures, of which 00 to 03 hardly differ, and 04 and 05."""
    groups = [0, 0, 0, 0, 1, 1, *range(2, 16)]
    return write_set(
        {f"{number:02d}.png": noisy(scene(group), number) for number, group in enumerate(groups)}
    )


@pytest.mark.parametrize("seed", range(8))
def test_split(twenty: BoxDataset, seed: int) -> None:
    training, validation = split(twenty, 8, seed)
    assert sorted(names(training) + names(validation)) == names(twenty)
    assert names(training) == sorted(names(training))
    assert names(validation) == sorted(names(validation))
    assert len(validation) == 8
    for group in ({"00.png", "01.png", "02.png", "03.png"}, {"04.png", "05.png"}):
        assert len(group & set(names(validation))) in (0, len(group))
    assert split(twenty, 8, seed) == (training, validation)


def test_another_seed_another_split(twenty: BoxDataset) -> None:
    assert len({tuple(names(split(twenty, 8, seed)[1])) for seed in range(5)}) > 1


def test_rather_fewer_than_a_part_of_a_group(write_set: WriteSet) -> None:
    twins = {f"{number}.png": noisy(scene(number // 2), number) for number in range(10)}
    training, validation = split(write_set(twins), 3)
    assert (len(training), len(validation)) == (8, 2)


@pytest.mark.parametrize("seed", range(4))
def test_a_new_picture_takes_the_place_of_one_at_most(write_set: WriteSet, seed: int) -> None:
    pictures = {f"{number:02d}.png": scene(number) for number in range(20)}
    before = set(names(split(write_set(pictures), 8, seed)[1]))
    after = set(names(split(write_set(pictures | {"new.png": scene(77)}), 8, seed)[1]))
    assert len(before - after) <= 1


@pytest.mark.parametrize("validation", [-1, 11])
def test_more_than_half_is_refused(twenty: BoxDataset, validation: int) -> None:
    with pytest.raises(ValueError, match=f"at most half of its 20 pictures .* got {validation}"):
        split(twenty, validation)
