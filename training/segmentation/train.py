"""Trains U-Net on pictures and their masks."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from training.errors import TrainingError
from training.labelled.splitting import own_or_hold_out
from training.packages import need_packages, quiet_tensorflow
from training.recipe import change_recipe
from training.runs import Progress, RunFolder, TrainReport
from training.segmentation.dataset import MaskDataset
from training.segmentation.reading import read_parts
from training.segmentation.recipe import RECIPES, Recipe
from training.segmentation.settings import TrainSettings

if TYPE_CHECKING:
    pass

logger = logging.getLogger(__name__)


def train(settings: TrainSettings) -> TrainReport:
    """Trains, or goes on with, a run; keeps a checkpoint of each epoch and the best epoch.

    Raises:
        TrainingError: data, settings or the run's folder cannot be used.
    """
    need_packages("keras", "matplotlib", "albumentations", "PIL", "yaml")
    quiet_tensorflow()
    if not settings.data:
        raise TrainingError("no data was given: name at least one folder of pictures and masks")
    recipe = change_recipe(RECIPES[settings.recipe], settings.all_changes)
    training, validation = [], []
    for folder in settings.data:
        first, second = _split(folder, settings)
        training.append(first)
        validation.append(second)
    _check_alike(training)
    run = RunFolder(settings.runs / settings.name)
    run.open(_describe(settings, recipe, training, validation), settings.resume)
    return TrainReport.of(run.folder, _fit(run, settings, recipe, training, validation))


def count_outputs(classes: int | None, labels: Sequence[str]) -> int:
    """Maps that the network answers with: 1 for one class against the rest, else one a class.

    Args:
        classes: what the settings ask for.
        labels: of the sets, with the background.

    Raises:
        TrainingError: the sets have another number of classes.
    """
    if classes is None or classes == len(labels):
        return len(labels)
    if classes == 1 and len(labels) == 2:
        return 1
    raise TrainingError(
        f"classes: expected {len(labels)}, as the sets have ({', '.join(labels)})"
        f"{', or 1 for the second of them' if len(labels) == 2 else ''}, got {classes}"
    )


def _split(folder: Path, settings: TrainSettings) -> tuple[MaskDataset, MaskDataset]:
    """A set's pictures to train on and to validate on."""
    parts = read_parts(folder, settings.on_fault, settings.wanted(), settings.palette)
    first, second = own_or_hold_out(parts, settings.validation)
    if not len(first) or not len(second):
        raise TrainingError(f"{folder}: expected pictures to train and to validate on")
    logger.info(
        "%s: %d pictures to train on, %d to validate on, %d faults in the files",
        first.name,
        len(first),
        len(second),
        len(first.faults),
    )
    return first, second


def _check_alike(datasets: Sequence[MaskDataset]) -> None:
    for other in datasets[1:]:
        if other.labels != datasets[0].labels:
            raise TrainingError(
                f"{other.name}: expected the classes of {datasets[0].name} in its order, "
                f"{', '.join(datasets[0].labels)}, got {', '.join(other.labels)}"
            )


def _describe(
    settings: TrainSettings,
    recipe: Recipe,
    training: Sequence[MaskDataset],
    validation: Sequence[MaskDataset],
) -> str:
    """What is trained, as JSON: a run is resumed only if all of this is the same."""
    return json.dumps(
        {
            "labels": list(training[0].labels),
            "palette": [list(colour) for colour in training[0].palette],
            "ignored": list(dict.fromkeys(name for one in training for name in one.ignored)),
            "outputs": count_outputs(settings.classes, training[0].labels),
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
    training: Sequence[MaskDataset],
    validation: Sequence[MaskDataset],
) -> Progress:
    # Imported here: keras takes seconds, and `--help` needs none of it.
    import keras

    from training.fitting import fit_by_recipe, start_from
    from training.optimizer import optimizer_by_recipe
    from training.segmentation.losses import PixelLoss, balanced_weights
    from training.segmentation.network import build_network, pretrained_paths
    from training.segmentation.plots import plot_training
    from training.segmentation.sampling import Sampler
    from training.segmentation.validation import Validation

    keras.utils.set_random_seed(settings.seed)
    # What starts from another run, or goes on, needs no weights of ImageNet.
    fresh = settings.start_from is None and not run.checkpoint.exists()
    outputs = count_outputs(settings.classes, training[0].labels)
    network = build_network(recipe, outputs, recipe.imagenet and fresh)
    if settings.start_from is not None:
        start_from(network, settings.start_from, settings.start_epoch)
    sampler = Sampler(training, recipe, settings.seed)
    pixels = np.sum([image.pixels for dataset in training for image in dataset.images], axis=0)
    weights = balanced_weights(pixels, recipe.class_balance)
    optimizer = optimizer_by_recipe(recipe, sampler.steps, pretrained_paths(network, recipe))
    network.compile(optimizer, loss=PixelLoss(weights, recipe.dice), jit_compile=False)
    return fit_by_recipe(
        network,
        sampler,
        run,
        recipe,
        validate=Validation(validation, recipe),
        score="miou",
        plot=plot_training,
        workers=settings.workers,
    )
