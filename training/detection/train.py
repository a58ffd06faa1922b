"""Trains Faster R-CNN on labelled road scenes."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from training.boxes.class_map import ClassMap
from training.boxes.dataset import BoxDataset
from training.boxes.reading import read_parts
from training.detection.recipe import RECIPES, Recipe
from training.detection.settings import TrainSettings
from training.errors import TrainingError
from training.labelled.splitting import own_or_hold_out
from training.packages import need_packages, quiet_tensorflow
from training.recipe import change_recipe
from training.runs import Progress, RunFolder, TrainReport

if TYPE_CHECKING:
    pass

logger = logging.getLogger(__name__)


def train(settings: TrainSettings) -> TrainReport:
    """Trains, or goes on with, a run; keeps a checkpoint of each epoch and the best epoch.

    Raises:
        TrainingError: data, settings or the run's folder cannot be used.
    """
    need_packages("keras", "matplotlib", "pycocotools", "albumentations", "PIL", "yaml")
    quiet_tensorflow()
    if not settings.data:
        raise TrainingError("no data was given: name at least one folder of labelled road scenes")
    recipe = change_recipe(RECIPES[settings.recipe], settings.all_changes)
    class_map = ClassMap.read(settings.classes)
    training, validation = [], []
    for folder in settings.data:
        first, second = _split(folder, settings, class_map)
        training.append(first)
        validation.append(second)
    run = RunFolder(settings.runs / settings.name)
    run.open(_describe(settings, recipe, training, validation), settings.resume)
    return TrainReport.of(run.folder, _fit(run, settings, recipe, training, validation))


def _split(
    folder: Path, settings: TrainSettings, class_map: ClassMap
) -> tuple[BoxDataset, BoxDataset]:
    """A set's pictures to train on and to validate on, with the wanted classes."""
    first, second = own_or_hold_out(read_parts(folder, settings.on_fault), settings.validation)
    if not len(first) or not len(second):
        raise TrainingError(f"{folder}: expected pictures to train and to validate on")
    logger.info(
        "%s: %d pictures to train on, %d to validate on, %d faults in the files",
        first.name,
        len(first),
        len(second),
        len(first.faults),
    )
    return class_map.apply(first), class_map.apply(second)


def _describe(
    settings: TrainSettings,
    recipe: Recipe,
    training: Sequence[BoxDataset],
    validation: Sequence[BoxDataset],
) -> str:
    """What is trained, as JSON: a run is resumed only if all of this is the same."""
    return json.dumps(
        {
            "labels": list(training[0].labels),
            "data": {dataset.name: len(dataset) for dataset in training},
            "validation": {dataset.name: len(dataset) for dataset in validation},
            "seed": settings.seed,
            "recipe": recipe.model_dump(mode="json"),
        },
        indent=2,
    )


def _fit(
    run: RunFolder,
    settings: TrainSettings,
    recipe: Recipe,
    training: Sequence[BoxDataset],
    validation: Sequence[BoxDataset],
) -> Progress:
    # Imported here: keras takes seconds, and `--help` needs none of it.
    import keras

    from training.boxes.plots import plot_training
    from training.boxes.validation import Validation
    from training.detection.build import build_network
    from training.detection.finding import find
    from training.detection.sampling import Sampler
    from training.fitting import fit_by_recipe, start_from
    from training.optimizer import optimizer_by_recipe

    keras.utils.set_random_seed(settings.seed)
    # What starts from another run, or goes on, needs no weights of ImageNet.
    fresh = settings.start_from is None and not run.checkpoint.exists()
    network = build_network(
        recipe, len(training[0].labels), settings.seed, recipe.imagenet and fresh
    )
    if settings.start_from is not None:
        start_from(network, settings.start_from, settings.start_epoch)
    sampler = Sampler(training, recipe, network.anchors, settings.seed)
    # XLA has no way to compile the choice of proposals on every backend.
    optimizer = optimizer_by_recipe(recipe, sampler.steps, network.parts.pretrained)
    network.compile(optimizer, jit_compile=False)
    return fit_by_recipe(
        network,
        sampler,
        run,
        recipe,
        validate=Validation(validation, recipe.size, find),
        score="ap",
        plot=plot_training,
        workers=settings.workers,
    )
