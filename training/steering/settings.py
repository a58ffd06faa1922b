"""Settings of every steering verb: defaults, environment variables and flags in one place."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

Part = Literal["last-fifth", "all"]
OutputName = Literal["steering", "speed_mph", "throttle"]
RecipeName = Literal["roadsight", "book"]

_CONFIG = SettingsConfigDict(env_prefix="ROADSIGHT_TRAINING_", extra="ignore")
_MODEL_FILE = Path("models/steering/1/model.onnx")


class TrainSettings(BaseSettings):
    """From recordings to a trained network in ``<runs>/<name>``."""

    model_config = _CONFIG

    recordings: list[Path] = Field(
        default_factory=list,
        description="Folders with driving_log.csv and IMG/. The last fifth of each is never used.",
    )
    weights: list[float] = Field(
        default_factory=list,
        description="How often a recording is drawn per row, one number each (default: 1 each).",
    )
    mirror: list[bool] = Field(
        default_factory=list,
        description="Whether a recording may be mirrored, one each (default: as the recipe says). "
        "Not where the car keeps to one lane: mirrored, that teaches the oncoming one.",
    )
    gain: list[float] = Field(
        default_factory=list,
        description="The recipe's `steering_gain` for each recording (default: as the recipe "
        "says). Choose it by the turn MAE on the validation part.",
    )
    name: str = Field(default="steering", description="Name of the run, a folder below `runs`.")
    runs: Path = Field(default=Path("runs/steering"), description="Where the runs are kept.")
    cache: Path = Field(default=Path("runs/cache"), description="Where decoded pictures are kept.")
    recipe: RecipeName = Field(
        default="roadsight",
        description="`book`: the recipe of the book's chapter 10; `roadsight`: ours.",
    )
    change: dict[str, str | int | float | bool] = Field(
        default_factory=dict,
        description='Fields of the recipe to change, as JSON: {"dropout": 0.3, "mirror": false}.',
    )
    outputs: list[OutputName] = Field(
        default=["steering"],
        description="What the network predicts; steering first.",
    )
    epochs: int | None = Field(default=None, gt=0, description="Epochs (default: the recipe's).")
    seed: int = Field(default=0, ge=0, description="Seed of weights, order and augmentation.")
    resume: bool = Field(
        default=False, description="Go on from the last finished epoch of this run."
    )
    start_from: Path | None = Field(
        default=None, description="Another run's folder: start with its best weights."
    )


class ExportSettings(BaseSettings):
    """From a training run to the model file that the steering service reads."""

    model_config = _CONFIG

    run: Path = Field(
        default=Path("runs/steering/steering"), description="Folder of the training run."
    )
    output: Path = Field(default=_MODEL_FILE, description="The model file to write.")
    name: str = Field(default="steering", description="The model's name in its metadata.")
    version: str = Field(default="1", description="The model's version in its metadata.")
    recordings: list[Path] = Field(
        default_factory=list,
        description="Recordings whose last fifth is evaluated; the scores go into the metadata.",
    )
    training_data: list[str] = Field(
        default_factory=list,
        description="What the metadata calls the recordings trained on (default: their folders).",
    )


class EvaluateSettings(BaseSettings):
    """How well a model file steers on recordings: open loop, and in closed-loop replay."""

    model_config = _CONFIG

    recordings: list[Path] = Field(
        default_factory=list, description="Folders with driving_log.csv and IMG/."
    )
    model: Path = Field(default=_MODEL_FILE, description="The model file, read with ONNX Runtime.")
    part: Part = Field(
        default="last-fifth", description="Which part, in time, of each recording is used."
    )
    output: Path = Field(
        default=Path("runs/evaluate"), description="Where plots and JSON are written."
    )
    replay: bool = Field(
        default=True, description="Also drive the recorded video in a closed loop."
    )
    video: bool = Field(default=False, description="Also write the replayed view as an MP4.")


class ReplaySettings(BaseSettings):
    """Driving a recorded video in a closed loop, as NVIDIA's paper does."""

    model_config = _CONFIG

    recording: Path = Field(default=Path(), description="Folder with driving_log.csv and IMG/.")
    model: Path = Field(default=_MODEL_FILE, description="The model file, read with ONNX Runtime.")
    part: Part = Field(
        default="last-fifth", description="Which part, in time, of the recording is used."
    )
    output: Path = Field(
        default=Path("runs/replay"), description="Where the plot and JSON are written."
    )
    video: bool = Field(default=False, description="Also write the replayed view as an MP4.")


class ExploreSettings(BaseSettings):
    """A look at recordings before training."""

    model_config = _CONFIG

    recordings: list[Path] = Field(
        default_factory=list, description="Folders with driving_log.csv and IMG/."
    )
    output: Path = Field(
        default=Path("runs/explore"), description="Where PNGs and the table are written."
    )
    recipe: RecipeName = Field(
        default="book", description="Whose balancing and augmentation is shown."
    )
    seed: int = Field(default=0, ge=0, description="Seed of the samples.")
