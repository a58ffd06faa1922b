"""Trains a steering network on recordings."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from training.errors import RunError
from training.packages import need_packages, quiet_tensorflow
from training.runs import Arrays, Progress, RunFolder, TrainReport
from training.steering.dataset import Sampler, Source, load_sources
from training.steering.recipe import make_recipe
from training.steering.recordings import reasons
from training.steering.runs import RecordingUse, RunDescription
from training.steering.settings import TrainSettings

logger = logging.getLogger(__name__)


def train(settings: TrainSettings) -> TrainReport:
    """Trains, or goes on with, a run; keeps a checkpoint of each epoch and the best epoch.

    Raises:
        TrainingError: recordings, settings or the run's folder cannot be used.
    """
    need_packages("keras", "matplotlib")
    quiet_tensorflow()
    recipe = make_recipe(settings.recipe, settings.change)
    if settings.epochs is not None:
        recipe = recipe.model_copy(update={"epochs": settings.epochs})
    if not settings.outputs or settings.outputs[0] != "steering":
        raise RunError(f"the first output must be steering, got {settings.outputs}")
    sources = load_sources(settings, recipe)
    for source in sources:
        recording = source.store.recording
        logger.info(
            "%s: %d rows to train on, %d to validate on, dropped: %s",
            recording.name,
            len(source.train),
            len(source.validation),
            reasons(recording.dropped) or "none",
        )
    uses = [
        RecordingUse(
            source.store.recording.name,
            source.weight,
            source.recipe.mirror,
            source.recipe.steering_gain,
        )
        for source in sources
    ]
    folder = RunFolder(settings.runs / settings.name)
    description = RunDescription(
        recipe=recipe,
        outputs=tuple(settings.outputs),
        seed=settings.seed,
        epochs=recipe.epochs,
        recordings=tuple(uses),
    )
    folder.open(description.as_json(), settings.resume)
    start = RunFolder(settings.start_from).read_best() if settings.start_from else None
    progress = _fit(folder, description, Sampler(sources, recipe, settings.seed), sources, start)
    return TrainReport.of(folder.folder, progress)


def _fit(
    folder: RunFolder,
    description: RunDescription,
    sampler: Sampler,
    sources: Sequence[Source],
    start: Arrays | None,
) -> Progress:
    # Imported here: keras takes seconds, and `--help` needs none of it.
    import keras

    from training.fitting import EpochKeeper, fit
    from training.steering.fitting import Batches, Validation, compile_network
    from training.steering.network import build_network
    from training.steering.plots import plot_learning_curves

    recipe = description.recipe
    keras.utils.set_random_seed(description.seed)
    network = build_network(recipe, len(description.outputs))
    compile_network(network, recipe, sampler.steps, description.epochs)
    if start is not None:
        network.set_weights(start)
    keeper = EpochKeeper(
        folder,
        steps=sampler.steps,
        average=recipe.average,
        validate=Validation(sources),
        score="val_loss",
        maximise=False,
        after_epoch=lambda progress: plot_learning_curves(progress.history, folder.chart),
    )
    return fit(network, lambda done: Batches(sampler, done), keeper, description.epochs)
