"""A finished training run: the network with its best weights, and what it was trained with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.detection.recipe import Recipe
from training.errors import RunError, TrainingError
from training.recipe import change_recipe
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


def read_trained(
    run: Path, epoch: Epoch = "best", change: Mapping[str, Any] | None = None
) -> TrainedNetwork:
    """The network of a run, with the weights of its best or its last epoch.

    Args:
        run: the run's folder.
        epoch: whose weights.
        change: fields of its recipe that are to be otherwise, such as the size of the input.

    Raises:
        RunError: the folder holds no run, no finished epoch, or the run of another task.
        TrainingError: there is no such field, or the weights are not of the changed recipe.
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
    # What it learned in, it need not answer in.
    recipe = change_recipe(recipe, {"precision": "float32", **(change or {})})
    network = build_network(recipe, len(labels), imagenet=False)
    try:
        network.set_weights(folder.read_weights(epoch))
    except ValueError as error:
        raise TrainingError(
            f"{run}: expected a change of the recipe that leaves its weights as they are, such as "
            f"of size or proposals, got {dict(change or {})}: {error}"
        ) from error
    return TrainedNetwork(network, labels, names)
