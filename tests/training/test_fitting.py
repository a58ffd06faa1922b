"""Around the fitting: which epoch is kept, when it ends."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from training.fitting import EpochKeeper, start_from  # noqa: E402
from training.runs import Progress, RunFolder  # noqa: E402


@pytest.mark.parametrize(
    ("scores", "patience", "best_and_last"),
    [
        ([0.1, 0.3, 0.2, 0.4, 0.3], 0, (4, 5)),
        ([0.1, 0.3, 0.2, 0.2, 0.4], 2, (2, 4)),
        ([0.1, 0.3, 0.2, 0.4, 0.3], 2, (4, 5)),
        # As good as before is not better.
        ([0.5, 0.5, 0.5], 1, (1, 2)),
    ],
)
@pytest.mark.parametrize("maximise", [True, False])
def test_the_best_epoch_is_kept_and_patience_ends_it(
    tmp_path, maximise, scores, patience, best_and_last
):
    network = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    network.compile("sgd", "mse")
    network.optimizer.build(network.trainable_variables)
    left = iter(scores if maximise else [-score for score in scores])
    folder = RunFolder(tmp_path / "run")
    folder.open("{}", resume=False)
    keeper = EpochKeeper(
        folder,
        steps=1,
        average=0.0,
        validate=lambda _: {"score": next(left)},
        score="score",
        maximise=maximise,
        patience=patience,
    )
    keeper.set_model(network)
    network.stop_training = False
    for epoch in range(len(scores)):
        network.set_weights([np.full((1, 1), epoch + 1, np.float32)])
        keeper.on_epoch_end(epoch, {"loss": 0.0})
        if network.stop_training:
            break
    best, last = best_and_last
    assert (keeper.progress.best_epoch, keeper.progress.epochs_done) == (best, last)
    assert float(folder.read_best()[0][0, 0]) == best
    assert float(folder.read_weights("best")[0][0, 0]) == best
    assert float(folder.read_weights("last")[0][0, 0]) == last


@pytest.mark.parametrize("steps", [1, 5, 16, 17, 40])
def test_the_average_is_that_of_every_step(steps, tmp_path):
    """After a jump in the weights what is left of the old ones is what every step keeps."""
    network = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    network.compile("sgd", "mse")
    network.optimizer.build(network.trainable_variables)
    folder = RunFolder(tmp_path / "run")
    folder.open("{}", resume=False)
    seen: list[float] = []

    def validate(averaged):
        seen.append(float(averaged.get_weights()[0][0, 0]))
        return {"score": 0.0}

    keeper = EpochKeeper(
        folder, steps=100, average=0.9, validate=validate, score="score", maximise=True
    )
    keeper.set_model(network)
    for epoch, (weight, count) in enumerate([(1.0, 100), (3.0, steps)]):
        network.set_weights([np.full((1, 1), weight, np.float32)])
        for step in range(count):
            keeper.on_train_batch_end(step)
        keeper.on_epoch_end(epoch, {"loss": 0.0})
    assert seen == [1.0, pytest.approx(3.0 - 2.0 * 0.9**steps, rel=1e-5)]
    assert float(folder.read_weights("last")[0][0, 0]) == pytest.approx(seen[1])
    assert float(network.get_weights()[0][0, 0]) == 3.0  # training goes on from its own weights


def test_another_run_gives_its_best_or_its_last_weights(tmp_path):
    network = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    folder = RunFolder(tmp_path / "run")
    folder.open("{}", resume=False)
    folder.save_best([np.full((1, 1), 2.0)])
    folder.save_checkpoint({"average": [np.full((1, 1), 3.0)]}, Progress(2))
    for epoch, expected in (("best", 2.0), ("last", 3.0)):
        start_from(network, folder.folder, epoch)
        assert float(network.get_weights()[0][0, 0]) == expected
