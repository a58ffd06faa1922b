"""What a training run of a steering network is made from."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Self

from pydantic import ValidationError

from training.errors import RunError
from training.runs import RunFolder
from training.steering.recipe import Recipe
from training.steering.settings import OutputName


@dataclass(frozen=True)
class RecordingUse:
    """A recording in a run: its name, how often its rows are drawn, whether they are mirrored, and
    what its steering is multiplied by."""

    name: str
    weight: float = 1.0
    mirror: bool = True
    steering_gain: float = 1.0


@dataclass(frozen=True)
class RunDescription:
    """What a run trains; written once, and must be the same when it is resumed.

    Attributes:
        recipe: all numbers of the recipe.
        outputs: columns of the network's answer.
        seed: of weights, order and augmentation.
        epochs: how many there will be.
        recordings: what the recordings are called and how each is drawn.
    """

    recipe: Recipe
    outputs: tuple[OutputName, ...]
    seed: int
    epochs: int
    recordings: tuple[RecordingUse, ...]

    def as_json(self) -> str:
        """The description as JSON."""
        fields = {**asdict(self), "recipe": self.recipe.model_dump()}
        return json.dumps(fields, indent=2) + "\n"

    @classmethod
    def read(cls, folder: RunFolder) -> Self:
        """The description that a run was started with.

        Raises:
            RunError: the folder holds no run, or one of another version of this program.
        """
        fields = json.loads(folder.read_description())
        try:
            recipe = Recipe.model_validate(fields["recipe"])
        except ValidationError as error:
            raise RunError(
                f"{folder.description} was written by another version of this program; its recipe "
                f"cannot be read: {error.errors()[0]['loc']}: {error.errors()[0]['msg']}"
            ) from error
        return cls(
            recipe=recipe,
            outputs=tuple(fields["outputs"]),
            seed=fields["seed"],
            epochs=fields["epochs"],
            recordings=tuple(RecordingUse(**use) for use in fields["recordings"]),
        )
