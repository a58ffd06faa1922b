"""A finished training run: the network with its best weights, and what it was trained with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from training.errors import RunError
from training.plates.recipe import Recipe
from training.runs import Epoch, RunFolder

if TYPE_CHECKING:
    import keras

    from training.plates.network import Anchors


@dataclass(frozen=True)
class TrainedNetwork:
    """A network and what is needed to understand its answers.

    Attributes:
        network: as :func:`training.plates.network.build_network` gives it.
        anchors: its anchor boxes.
        labels: names of the classes.
        size: width and height of its input in pixels.
        training_data: names of the sets it was trained on.
    """

    network: keras.Model
    anchors: Anchors
    labels: tuple[str, ...]
    size: int
    training_data: tuple[str, ...] = ()


def read_trained(run: Path, epoch: Epoch = "best") -> TrainedNetwork:
    """The network of a run, with the weights of its best or its last epoch.

    Raises:
        RunError: the folder holds no run, no finished epoch, or the run of another task.
    """
    from training.plates.network import build_network

    folder = RunFolder(run)
    try:
        description = json.loads(folder.read_description())
        labels = tuple(description["labels"])
        names = (*description["data"], *description["scenes"])
        recipe = Recipe.model_validate(description["recipe"])
    except (ValueError, KeyError, TypeError) as error:
        raise RunError(
            f"{folder.description}: expected what `roadsight train plates` writes: {error}"
        ) from error
    network = build_network(len(labels), recipe.size)
    network.set_weights(folder.read_weights(epoch))
    return TrainedNetwork(network, recipe.network_anchors, labels, recipe.size, names)
