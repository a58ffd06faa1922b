"""Trains YOLOv4-tiny on labelled photos."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from training.boxes.anchors import box_sizes, cluster_anchors
from training.boxes.dataset import BoxDataset
from training.boxes.reading import read_dataset
from training.errors import TrainingError
from training.labelled.splitting import hold_out
from training.packages import need_packages, quiet_tensorflow
from training.plates.recipe import Recipe
from training.plates.settings import TrainSettings
from training.recipe import change_recipe
from training.runs import Epoch, Progress, RunFolder, TrainReport

if TYPE_CHECKING:
    import keras

    from training.plates.sampling import Sources

logger = logging.getLogger(__name__)

FINE_AND_COARSE = ((3, 4, 5), (0, 1, 2))
"""Which of six anchors, small first, the coarse head uses and which the fine one."""


def train(settings: TrainSettings) -> TrainReport:
    """Trains, or goes on with, a run; keeps a checkpoint of each epoch and the best epoch.

    Raises:
        TrainingError: data, settings or the run's folder cannot be used.
    """
    need_packages("keras", "matplotlib", "pycocotools", "albumentations", "PIL")
    quiet_tensorflow()
    if not settings.data:
        raise TrainingError("no data was given: name at least one folder of labelled photos")
    recipe = change_recipe(Recipe(), settings.all_changes)
    photos, validation = _split(settings)
    scenes = [read_dataset(folder, settings.on_fault) for folder in settings.scenes]
    if settings.anchors == "k-means":
        recipe = fit_anchors(recipe, photos)
    folder = RunFolder(settings.runs / settings.name)
    folder.open(_describe(settings, recipe, photos, scenes), settings.resume)
    from training.plates.sampling import Sources

    progress = _fit(folder, settings, recipe, Sources(photos, scenes), validation)
    return TrainReport.of(folder.folder, progress)


def fit_anchors(recipe: Recipe, photos: Sequence[BoxDataset]) -> Recipe:
    """The recipe with anchors by k-means: three small ones for the fine head, three for the coarse.

    Args:
        recipe: says the input's size and how much pictures are enlarged and shrunk.
        photos: whose boxes the anchors have to fit.

    Raises:
        TrainingError: there are too few boxes of different sizes.
    """
    sizes = np.concatenate([box_sizes(dataset, recipe.size) for dataset in photos])
    # Each box as small, as it is and as large as augmentation makes it.
    low, high = recipe.augmentation.scale
    sizes = np.concatenate([sizes * low, sizes, sizes * high])
    try:
        anchors = cluster_anchors(sizes, 6)
    except ValueError as error:
        raise TrainingError(f"anchors by k-means: {error}") from error
    logger.info("anchors by k-means: %s", anchors.round().astype(int).tolist())
    rounded = [tuple(pair) for pair in anchors.round(1).tolist()]
    fields = {**recipe.model_dump(), "anchors": rounded, "masks": FINE_AND_COARSE}
    return Recipe.model_validate(fields)


def _split(settings: TrainSettings) -> tuple[list[BoxDataset], list[BoxDataset]]:
    photos, validation = [], []
    for folder in settings.data:
        dataset = read_dataset(folder, settings.on_fault, labels=tuple(settings.labels))
        first, second = hold_out(dataset, settings.validation)
        logger.info(
            "%s: %d pictures to train on, %d to validate on, %d faults in the files",
            dataset.name,
            len(first),
            len(second),
            len(dataset.faults),
        )
        if not len(first) or not len(second):
            raise TrainingError(f"{folder}: expected pictures to train and to validate on")
        photos.append(first)
        validation.append(second)
    return photos, validation


def _describe(
    settings: TrainSettings,
    recipe: Recipe,
    photos: Sequence[BoxDataset],
    scenes: Sequence[BoxDataset],
) -> str:
    """What is trained, as JSON: a run is resumed only if all of this is the same."""
    return json.dumps(
        {
            "labels": list(photos[0].labels),
            "data": {dataset.name: len(dataset) for dataset in photos},
            "scenes": {dataset.name: len(dataset) for dataset in scenes},
            "validation": settings.validation,
            "seed": settings.seed,
            "recipe": recipe.model_dump(mode="json"),
        },
        indent=2,
    )


def _fit(
    folder: RunFolder,
    settings: TrainSettings,
    recipe: Recipe,
    sources: Sources,
    validation: Sequence[BoxDataset],
) -> Progress:
    # Imported here: keras takes seconds, and `--help` needs none of it.
    import keras

    from training.boxes.plots import plot_training
    from training.boxes.validation import Validation
    from training.fitting import fit_by_recipe
    from training.optimizer import optimizer_by_recipe
    from training.plates.decoding import make_grid
    from training.plates.finding import Finder
    from training.plates.loss import YoloLoss
    from training.plates.sampling import Sampler

    keras.utils.set_random_seed(settings.seed)
    classes = len(sources.photos[0].labels)
    sampler = Sampler(sources, recipe, classes, settings.seed)
    network, trained = build_trained(recipe, classes)
    if settings.start_from is not None:
        _start_from(network, settings.start_from, settings.start_epoch)
    loss = YoloLoss(
        make_grid(recipe.network_anchors, recipe.size),
        recipe.ignore_iou,
        recipe.box_weight,
        recipe.class_weight,
    )
    # XLA has no gradient for the upsampling.
    trained.compile(optimizer_by_recipe(recipe, sampler.steps), loss, jit_compile=False)
    return fit_by_recipe(
        trained,
        sampler,
        folder,
        recipe,
        validate=Validation(validation, recipe.size, Finder(recipe.network_anchors, recipe.size)),
        score="ap",
        plot=plot_training,
        workers=settings.workers,
    )


def build_trained(recipe: Recipe, classes: int) -> tuple[keras.Model, keras.Model]:
    """The network, and the same with both heads in one answer, as the loss takes it."""
    import keras

    from training.plates.decoding import flatten
    from training.plates.network import build_network

    network = build_network(classes, recipe.size)
    return network, keras.Model(network.input, flatten(network.outputs, classes))


def _start_from(network: keras.Model, path: Path, epoch: Epoch) -> None:
    from training.plates.darknet_weights import load_weights

    if path.is_dir():
        network.set_weights(RunFolder(path).read_weights(epoch))
        return
    count = load_weights(network, path, heads=False)
    logger.info("%s: %d convolutions are taken from it", path.name, count)
