"""A finished training run: the network with its best weights, and what it was trained with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from training.detection.recipe import Recipe
from training.errors import RunError
from training.runs import Epoch, RunFolder

if TYPE_CHECKING:
    from training.detection.network import FasterRcnn


@dataclass(frozen=True)
class TrainedNetwork:
    """A network and what is needed to understand its answers.

    Attributes:
        network: as :func:`training.detection.build.build_network` gives it.
        labels: names of the classes.
        training_data: names of the sets it was trained on.
    """

    network: FasterRcnn
    labels: tuple[str, ...]
    training_data: tuple[str, ...] = ()


def read_trained(run: Path, epoch: Epoch = "best") -> TrainedNetwork:
    """The network of a run, with the weights of its best or its last epoch.

    Raises:
        RunError: the folder holds no run, no finished epoch, or the run of another task.
    """
    from training.detection.build import build_network

    folder = RunFolder(run)
    try:
        description = json.loads(folder.read_description())
        labels = tuple(description["labels"])
        names = tuple(description["data"])
        recipe = Recipe.model_validate(description["recipe"])
    except (ValueError, KeyError, TypeError) as error:
        raise RunError(
            f"{folder.description}: expected what `roadsight train detection` writes: {error}"
        ) from error
    network = build_network(recipe, len(labels), imagenet=False)
    network.set_weights(folder.read_weights(epoch))
    return TrainedNetwork(network, labels, names)
