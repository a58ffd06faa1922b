from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from training.boxes.anchors import YOLOV4_TINY_ANCHORS, average_iou, box_sizes, cluster_anchors
from training.boxes.dataset import BoxDataset


@pytest.mark.parametrize(
    ("sizes", "anchors", "expected"),
    [
        ([(10, 10)], [(10, 10)], 1.0),
        # 10x10 inside 20x20: a quarter; the better anchor counts.
        ([(10, 10)], [(20, 20)], 0.25),
        ([(10, 10)], [(20, 20), (10, 20)], 0.5),
        # Across each other: 10x10 is shared, 200 + 200 - 100 are covered.
        ([(10, 20)], [(20, 10)], 1 / 3),
        ([(10, 10), (10, 20)], [(10, 10)], 0.75),
    ],
)
def test_average_iou(
    sizes: list[tuple[float, float]], anchors: list[tuple[float, float]], expected: float
) -> None:
    assert average_iou(np.array(sizes, float), np.array(anchors, float)) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(5))
def test_clusters_that_lie_apart_are_found(seed: int) -> None:
    centres = np.array([(20.0, 10.0), (15.0, 60.0), (80.0, 75.0), (300.0, 200.0)])
    rng = np.random.default_rng(seed)
    sizes = np.concatenate([centre * rng.uniform(0.9, 1.1, (101, 2)) for centre in centres])
    expected = np.stack([np.median(part, axis=0) for part in np.split(sizes, 4)])
    found = cluster_anchors(rng.permutation(sizes), 4, seed)
    np.testing.assert_allclose(found, expected)


def test_the_distance_is_relative_to_the_size() -> None:
    # In pixels the two large ones lie 40 apart and the two small ones 5; by overlap it is the other
    # way round: 200x200 in 240x240 is 0.69, 5x5 in 10x10 is 0.25.
    sizes = np.array([(5, 5), (10, 10), (200, 200), (240, 240)], float)
    found = cluster_anchors(sizes, 3)
    np.testing.assert_allclose(found, [(5, 5), (10, 10), (220, 220)])


def test_the_median_is_not_moved_by_an_odd_box() -> None:
    sizes = np.array([(10, 10)] * 20 + [(14, 14)] + [(100, 100)] * 20, float)
    np.testing.assert_allclose(cluster_anchors(sizes, 2), [(10, 10), (100, 100)])


def test_as_many_anchors_as_sizes_fit_perfectly() -> None:
    sizes = np.random.default_rng(0).uniform(5, 300, (6, 2))
    found = cluster_anchors(sizes, 6)
    assert average_iou(sizes, found) == pytest.approx(1)
    assert (np.diff(found.prod(axis=1)) > 0).all()


def test_boxes_fit_better_than_with_euclidean_k_means() -> None:
    from scipy.cluster.vq import kmeans2

    rng = np.random.default_rng(0)
    sizes = np.geomspace(8, 400, 600)[:, None] * rng.uniform(0.7, 1.4, (600, 2))
    euclidean, _ = kmeans2(sizes, 6, minit="++", rng=0)
    assert average_iou(sizes, cluster_anchors(sizes, 6)) > average_iou(sizes, euclidean) + 0.05


def test_more_anchors_fit_better_and_the_same_seed_gives_the_same() -> None:
    rng = np.random.default_rng(0)
    sizes = rng.uniform(10, 100, (400, 1)) * rng.uniform(0.5, 2, (400, 2))
    fits = [average_iou(sizes, cluster_anchors(sizes, count)) for count in (1, 2, 4, 8)]
    assert fits == sorted(fits)
    np.testing.assert_array_equal(cluster_anchors(sizes, 5, 3), cluster_anchors(sizes, 5, 3))


@pytest.mark.parametrize("count", [0, 3])
def test_a_count_that_cannot_be(count: int) -> None:
    with pytest.raises(ValueError, match=f"expected 1 to 2 anchors .* got {count}"):
        cluster_anchors(np.array([(1, 1), (2, 2), (2, 2)], float), count)


def test_sizes_are_those_of_the_letterboxed_input(
    make_dataset: Callable[..., BoxDataset],
) -> None:
    dataset = make_dataset([[0, 0, 0, 320, 240]], [], [[0, 10, 10, 30, 20]], size=(640, 480))
    np.testing.assert_allclose(box_sizes(dataset, 416), [(208, 156), (13, 6.5)])


def test_the_anchors_compared_with_are_those_the_network_uses() -> None:
    from training.plates.network import COCO_ANCHORS, STRIDES

    used = {size for head in range(len(STRIDES)) for size in COCO_ANCHORS.of_head(head)}
    assert sorted(used) == [tuple(size) for size in YOLOV4_TINY_ANCHORS.tolist()]
