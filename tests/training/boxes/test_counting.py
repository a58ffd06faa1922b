from __future__ import annotations

from dataclasses import replace

import pytest

from training.boxes.counting import count_only
from training.boxes.dataset import IGNORED
from training.errors import TrainingError

LABELS = ("car", "bus", "person")


def box(class_id: int) -> tuple[int, ...]:
    return (class_id, 20 * class_id + 20, 0, 20 * class_id + 30, 10)


@pytest.mark.parametrize(
    ("counted", "unlabelled", "ids", "not_counted"),
    [
        (["car", "bus", "person"], set(), [0, 1, 2, IGNORED], set()),
        (["person", "car"], set(), [0, IGNORED, 2, IGNORED], {1}),
        # What the set does not label is not counted, even if it is wanted.
        (["person", "car"], {2}, [0, IGNORED, IGNORED, IGNORED], {1, 2}),
    ],
)
def test_other_classes_become_ignored_regions(
    counted, unlabelled, ids, not_counted, make_dataset
) -> None:
    dataset = replace(
        make_dataset([box(0), box(1), box(2), box(-1)], labels=LABELS),
        unlabelled=frozenset(unlabelled),
    )
    changed = count_only(dataset, counted)
    assert changed.images[0].class_ids.tolist() == ids
    assert changed.images[0].boxes.tolist() == dataset.images[0].boxes.tolist()
    assert (changed.labels, changed.unlabelled) == (LABELS, not_counted)


@pytest.mark.parametrize(
    ("counted", "message"),
    [
        (["car", "tram"], "drawn: expected classes to count out of car, bus, person, got tram"),
        (["person"], "expected at least one class to count that the set labels, got person; it"),
    ],
)
def test_classes_that_cannot_be_counted(counted, message, make_dataset) -> None:
    dataset = replace(make_dataset([box(0)], labels=LABELS), unlabelled=frozenset({2}))
    with pytest.raises(TrainingError, match=message):
        count_only(dataset, counted)
