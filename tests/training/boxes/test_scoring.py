from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.boxes.dataset import BoxDataset
from training.boxes.scoring import score_detections
from vision.detections import Detections

PLATE = (0, 100, 100, 140, 110)
"""A labelled box of 40 x 10 pixels."""


def shifted(score: float, share: float) -> tuple[float, ...]:
    """A detection of PLATE, moved right by a share of its width: IoU (1 - share) / (1 + share)."""
    return (score, 0, 100 + 40 * share, 100, 140 + 40 * share, 110)


ELSEWHERE = (0, 400, 300, 440, 310)


def test_perfect_detections_score_one_everywhere(make_dataset, make_detections) -> None:
    dataset = make_dataset([PLATE], [PLATE, ELSEWHERE])
    scores = score_detections(
        dataset,
        [make_detections([(0.9, *PLATE)]), make_detections([(0.8, *PLATE), (0.7, *ELSEWHERE)])],
    )
    assert (scores.images, scores.truths) == (2, 3)
    figures = (scores.ap, scores.ap50, scores.ap75, scores.average_recall, scores.recall)
    assert figures == pytest.approx((1, 1, 1, 1, 1))
    assert scores.precision == 1
    assert (scores.best_f1, scores.best_f1_threshold) == pytest.approx((1, 0.7))


@pytest.mark.parametrize(
    ("share", "reached"),
    # IoU 0.9 counts at the thresholds 0.50 to 0.90; IoU 0.6 at 0.50 to 0.60; IoU 0.4 at none.
    # A hair less than the exact shift, since float32 cannot hold it.
    [(0.0526, 9), (0.2499, 3), (0.43, 0)],
)
def test_ap_counts_the_thresholds_that_an_overlap_reaches(
    share, reached, make_dataset, make_detections
) -> None:
    scores = score_detections(make_dataset([PLATE]), [make_detections([shifted(0.9, share)])])
    assert scores.ap == pytest.approx(reached / 10)
    assert scores.ap_by_iou == pytest.approx([1.0] * reached + [0.0] * (10 - reached))
    assert scores.average_recall == pytest.approx(reached / 10)


def test_hand_worked_precision_and_recall(make_dataset, make_detections) -> None:
    """Four plates; by falling score: right, wrong, right, the same plate again, missed: two."""
    dataset = make_dataset([PLATE], [PLATE], [PLATE], [PLATE])
    detections = [
        make_detections([(0.9, *PLATE)]),
        make_detections([(0.8, *ELSEWHERE)]),
        make_detections([(0.6, *PLATE), (0.3, *PLATE)]),
        make_detections([]),
    ]
    scores = score_detections(dataset, detections, score_threshold=0.5)
    # Precision up to recall 0.25 is 1, up to 0.5 it is 2/3, then 0; of COCO's 101 points of recall
    # 26 lie up to 0.25 and 25 more up to 0.5.
    assert scores.ap50 == pytest.approx((26 * 1 + 25 * 2 / 3) / 101)
    assert (scores.precision, scores.recall) == pytest.approx((2 / 3, 1 / 2))
    assert scores.curve.scores == pytest.approx([0.9, 0.8, 0.6, 0.3])
    assert scores.curve.precision == pytest.approx([1, 1 / 2, 2 / 3, 1 / 2])
    assert scores.curve.recall == pytest.approx([1 / 4, 1 / 4, 1 / 2, 1 / 2])
    # 2 * 2/3 * 1/2 / (2/3 + 1/2)
    assert (scores.best_f1, scores.best_f1_threshold) == pytest.approx((4 / 7, 0.6))


def test_a_threshold_takes_a_score_that_equals_it(make_dataset, make_detections) -> None:
    """0.7 in float32 is less than 0.7 in float64; select_detections takes it, and so must this."""
    scores = score_detections(make_dataset([PLATE]), [make_detections([(0.7, *PLATE)])], 0.7)
    assert (scores.precision, scores.recall) == (1, 1)


def test_equal_scores_are_taken_together(make_dataset, make_detections) -> None:
    dataset = make_dataset([PLATE], [PLATE])
    both = [make_detections([(0.5, *PLATE)]), make_detections([(0.5, *ELSEWHERE)])]
    curve = score_detections(dataset, both).curve
    assert curve.scores == pytest.approx([0.5])
    assert curve.precision == pytest.approx([0.5])
    assert curve.recall == pytest.approx([0.5])


def test_sizes_are_in_pixels_of_the_picture_as_it_is(make_dataset, make_detections) -> None:
    """A plate of 64 x 64 in a 4K picture is medium, though it is small once scaled to an input."""
    small, medium, large = (0, 0, 0, 31, 32), (0, 500, 0, 564, 64), (0, 1000, 0, 1200, 200)
    dataset = make_dataset([small, medium, large], size=(3840, 2160))
    scores = score_detections(dataset, [make_detections([(0.9, *medium), (0.8, *large)])])
    assert {size: part.truths for size, part in scores.by_size.items()} == {
        "small": 1, "medium": 1, "large": 1,
    }  # fmt: skip
    assert {size: part.ap for size, part in scores.by_size.items()} == pytest.approx(
        {"small": 0.0, "medium": 1.0, "large": 1.0}
    )


def test_a_size_that_the_set_has_not_is_none_and_not_a_number(make_dataset, make_detections):
    scores = score_detections(make_dataset([PLATE]), [make_detections([(0.9, *PLATE)])])
    assert scores.by_size["large"].truths == 0
    assert scores.by_size["large"].ap is None
    assert scores.by_size["small"].ap == pytest.approx(1)


def test_no_detections(make_dataset, make_detections) -> None:
    scores = score_detections(make_dataset([PLATE], []), [make_detections([])] * 2)
    assert (scores.ap, scores.ap50, scores.average_recall, scores.recall) == (0, 0, 0, 0)
    assert scores.precision is None
    assert scores.best_f1 is None


def test_no_truth(make_dataset, make_detections) -> None:
    scores = score_detections(
        make_dataset([], []), [make_detections([(0.9, *PLATE)]), make_detections([])]
    )
    assert (scores.ap, scores.ap50, scores.average_recall, scores.recall) == (None,) * 4
    assert scores.precision == 0
    assert scores.best_f1 is None


def test_no_pictures(make_dataset) -> None:
    scores = score_detections(make_dataset(), [])
    assert (scores.images, scores.truths) == (0, 0)
    assert (scores.ap, scores.precision, scores.recall) == (None, None, None)


def test_classes_are_kept_apart_and_averaged(make_dataset, make_detections) -> None:
    car, bus = (0, 0, 0, 50, 50), (1, 100, 0, 200, 100)
    dataset = make_dataset([car, bus], labels=("car", "bus", "train"))
    # The bus is taken for a car.
    scores = score_detections(
        dataset, [make_detections([(0.9, *car), (0.8, 0, *bus[1:])])], score_threshold=0.5
    )
    assert scores.by_class["car"].ap50 == pytest.approx(1)
    assert scores.by_class["bus"].ap50 == 0
    assert scores.by_class["train"].ap50 is None
    assert scores.ap50 == pytest.approx(0.5)
    assert (scores.precision, scores.recall) == pytest.approx((0.5, 0.5))


def test_classes_that_are_not_counted_are_left_out_on_both_sides(make_dataset, make_detections):
    car, person = (0, 0, 0, 50, 50), (1, 100, 0, 120, 60)
    dataset = make_dataset([car, person], labels=("car", "person"))
    found = [make_detections([(0.9, *car), (0.8, 1, 300, 0, 320, 60)])]
    scores = score_detections(dataset, found, counted={0})
    assert (scores.truths, scores.ap, scores.precision, scores.recall) == pytest.approx(
        (1, 1, 1, 1)
    )
    assert set(scores.by_class) == {"car"}


REGION = (-1, 300, 300, 400, 400)
"""An ignored region of 100 x 100 pixels."""


@pytest.mark.parametrize(
    ("found", "precision", "ap"),
    [
        # Inside, however small: neither right nor wrong, and several times at that.
        ([(0.95, 0, 310, 310, 320, 320), (0.92, 0, 310, 310, 320, 320)], 1.0, 1.0),
        # Of any class.
        ([(0.95, 1, 310, 310, 320, 320)], 1.0, 1.0),
        # Half inside counts as inside at IoU 0.5, and at none of the nine higher ones: there it
        # stands before the box that is right.
        ([(0.95, 0, 350, 300, 450, 400)], 1.0, (1 + 9 * 0.5) / 10),
        # Less than half inside is a false alarm at all.
        ([(0.95, 0, 360, 300, 460, 400)], 0.5, 0.5),
        # Round the region: it is the share of the detection that counts, not the IoU.
        ([(0.95, 0, 200, 200, 500, 500)], 0.5, 0.5),
    ],
)
def test_detections_in_ignored_regions_are_not_judged(
    found, precision, ap, make_dataset, make_detections
) -> None:
    car = (0, 0, 0, 50, 50)
    dataset = make_dataset([car, REGION], labels=("car", "bus"))
    scores = score_detections(dataset, [make_detections([*found, (0.9, *car)])])
    assert (scores.truths, scores.recall) == (1, 1)
    assert scores.precision == pytest.approx(precision)
    assert scores.ap == pytest.approx(ap)


def test_a_labelled_box_in_an_ignored_region_counts(make_dataset, make_detections) -> None:
    inside = (0, 310, 310, 350, 350)
    dataset = make_dataset([REGION, inside])
    missed = score_detections(dataset, [make_detections([(0.9, 0, 360, 360, 390, 390)])])
    assert (missed.truths, missed.recall, missed.precision) == (1, 0, None)
    found = score_detections(dataset, [make_detections([(0.9, *inside)])])
    assert (found.recall, found.precision, found.ap) == pytest.approx((1, 1, 1))


def test_classes_that_the_set_does_not_label_are_not_counted(make_dataset, make_detections) -> None:
    car = (0, 0, 0, 50, 50)
    dataset = replace(make_dataset([car], labels=("car", "person")), unlabelled=frozenset({1}))
    found = [make_detections([(0.9, *car), (0.95, 1, 300, 0, 320, 60)])]
    scores = score_detections(dataset, found)
    assert (scores.precision, scores.ap) == pytest.approx((1, 1))
    assert set(scores.by_class) == {"car"}
    assert score_detections(dataset, found, counted=[0, 1]).precision == pytest.approx(0.5)


def test_nothing_is_printed(make_dataset, make_detections, capsys: pytest.CaptureFixture[str]):
    score_detections(make_dataset([PLATE]), [make_detections([(0.9, *PLATE)])])
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")


@pytest.mark.parametrize("counted", [[], [-1], [1]])
def test_counted_must_name_classes_of_the_set(counted, make_dataset, make_detections) -> None:
    with pytest.raises(ValueError, match=r"class ids 0\.\.0"):
        score_detections(make_dataset([PLATE]), [make_detections([])], counted=counted)


def test_detections_of_an_unknown_class_are_refused(make_dataset, make_detections) -> None:
    with pytest.raises(ValueError, match="detections up to 3"):
        score_detections(make_dataset([PLATE]), [make_detections([(0.9, 3, *PLATE[1:])])])


def test_every_picture_needs_an_entry(make_dataset, make_detections) -> None:
    with pytest.raises(ValueError, match="detections of 2 pictures, got 1"):
        score_detections(make_dataset([PLATE], []), [make_detections([])])


@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_an_average_precision_written_independently(seed: int, random_scene) -> None:
    dataset, detections = random_scene(seed)
    scores = score_detections(dataset, detections, score_threshold=0.4)
    by_iou = [plain_average_precision(dataset, detections, 0.5 + 0.05 * step) for step in range(10)]
    assert scores.ap_by_iou == pytest.approx(by_iou, abs=1e-9)
    assert scores.ap == pytest.approx(np.mean(by_iou), abs=1e-9)
    assert scores.ap50 is not None
    assert 0.2 < scores.ap50 < 1


def plain_average_precision(
    dataset: BoxDataset, detections: list[Detections], iou_threshold: float
) -> float:
    """Average precision at 101 points of recall, by loops over lists and nothing else."""
    judged = []
    for image, found in zip(dataset.images, detections, strict=True):
        free = [[float(value) for value in box] for box in image.boxes]
        for box, score in sorted(
            zip(found.boxes.tolist(), found.scores.tolist(), strict=True), key=lambda row: -row[1]
        ):
            best = max(free, key=lambda other: plain_iou(box, other), default=None)
            hit = best is not None and plain_iou(box, best) >= iou_threshold
            if hit:
                free.remove(best)
            judged.append((score, hit))
    judged.sort(key=lambda row: -row[0])
    total = sum(len(image.boxes) for image in dataset.images)
    points = []
    right = 0
    for count, (_, hit) in enumerate(judged, 1):
        right += hit
        points.append((right / total, right / count))
    envelope = [
        max((precision for recall, precision in points if recall >= wanted), default=0.0)
        for wanted in np.linspace(0, 1, 101)
    ]
    return sum(envelope) / len(envelope)


def plain_iou(a: list[float], b: list[float]) -> float:
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    both = width * height
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)
