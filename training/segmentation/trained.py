"""A finished training run: the network with its best weights, and what it was trained with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from training.errors import RunError
from training.runs import Epoch, RunFolder
from training.segmentation.recipe import Recipe
from vision.class_map import RGB

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class TrainedNetwork:
    """A network and what is needed to understand its answers.

    Attributes:
        network: as :func:`training.segmentation.network.build_network` gives it.
        recipe: what it was made by.
        labels: names of the classes.
        palette: a colour for each.
        ignored: names of what the training data had beside the labels.
        training_data: names of the sets it was trained on.
    """

    network: keras.Model
    recipe: Recipe
    labels: tuple[str, ...]
    palette: tuple[RGB, ...]
    ignored: tuple[str, ...] = ()
    training_data: tuple[str, ...] = ()


def read_trained(run: Path, epoch: Epoch = "best") -> TrainedNetwork:
    """The network of a run, with the weights of its best or its last epoch.

    Raises:
        RunError: the folder holds no run, no finished epoch, or the run of another task.
    """
    from training.segmentation.network import build_network

    folder = RunFolder(run)
    try:
        description = json.loads(folder.read_description())
        labels = tuple(description["labels"])
        palette = tuple((int(r), int(g), int(b)) for r, g, b in description["palette"])
        ignored = tuple(description["ignored"])
        names = tuple(description["data"])
        outputs = int(description["outputs"])
        recipe = Recipe.model_validate(description["recipe"])
    except (ValueError, KeyError, TypeError) as error:
        raise RunError(
            f"{folder.description}: expected what `roadsight train segmentation` writes: {error}"
        ) from error
    network = build_network(recipe, outputs, imagenet=False)
    network.set_weights(folder.read_weights(epoch))
    return TrainedNetwork(network, recipe, labels, palette, ignored, names)
