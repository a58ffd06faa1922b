"""Recordings made ready for training: targets, parts, which row is drawn how often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from training.errors import RecordingError, TrainingError
from training.steering.augmentation import change_light, draw_view, render_view
from training.steering.balancing import cap_straight, draw_weights
from training.steering.bicycle import MPH
from training.steering.patches import INPUT_HEIGHT, INPUT_WIDTH, PatchStore, load_patches, to_input
from training.steering.recipe import Recipe
from training.steering.recordings import Recording, read_recording
from training.steering.settings import OutputName, TrainSettings
from training.steering.signals import smooth, split_test, split_validation

OUTPUT_SCALES: dict[OutputName, float] = {"steering": 1.0, "throttle": 1.0, "speed_mph": 30.0}
"""The network learns each output divided by this, so that all have about the same size."""
_GUARD_ROWS = 10

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Batch = tuple[npt.NDArray[np.uint8], Floats, Floats]


@dataclass(frozen=True)
class Source:
    """One recording with what is learned from it.

    Attributes:
        store: the recording and its patches.
        targets: float32 (N, K), outputs divided by their scale.
        speed_m_s: float32 (N,), how fast the car was.
        train: rows that are trained on.
        validation: rows that are validated on.
        weight: how often its rows are drawn, relative to other recordings' rows.
        error_weight: weight of its errors in the loss.
        recipe: how its pictures are drawn.
    """

    store: PatchStore
    targets: Floats
    speed_m_s: Floats
    train: Rows
    validation: Rows
    weight: float
    error_weight: float
    recipe: Recipe


def target_columns(
    recording: Recording, outputs: Sequence[OutputName], smooth_frames: int
) -> Floats:
    """What the network should say: float32 (N, K), steering smoothed, each divided by its scale."""
    values = {
        "steering": smooth(recording.steering, recording.segments, smooth_frames),
        "throttle": recording.throttle,
        "speed_mph": recording.speed_mph,
    }
    return np.stack([values[name] / OUTPUT_SCALES[name] for name in outputs], 1).astype(np.float32)


def load_sources(settings: TrainSettings, recipe: Recipe) -> list[Source]:
    """Reads recordings and splits each in time: training, validation, and a last fifth unused.

    Raises:
        TrainingError: there are no recordings, or another number of weights, mirrors or gains.
        RecordingError: a folder is no recording, or too short.
    """
    folders, weights = settings.recordings, settings.weights
    if not folders:
        raise TrainingError("no recording was given: name at least one folder with driving_log.csv")
    for name in ("weights", "mirror", "gain"):
        given = len(getattr(settings, name))
        if given not in (0, len(folders)):
            raise TrainingError(f"{name}: expected {len(folders)}, one a recording, got {given}")
    recipes = [
        recipe.model_copy(update={"mirror": mirror, "steering_gain": gain})
        for mirror, gain in zip(
            settings.mirror or [recipe.mirror] * len(folders),
            settings.gain or [recipe.steering_gain] * len(folders),
            strict=True,
        )
    ]
    return [
        _load_source(folder, weight, settings, own)
        for folder, weight, own in zip(
            folders, weights or [1.0] * len(folders), recipes, strict=True
        )
    ]


def _load_source(folder: Path, weight: float, settings: TrainSettings, recipe: Recipe) -> Source:
    store = load_patches(read_recording(folder), settings.cache)
    recording = store.recording
    usable, _ = split_test(len(recording))
    train, validation = split_validation(
        len(usable), recipe.validation_share, recipe.validation_block, _GUARD_ROWS, settings.seed
    )
    targets = target_columns(recording, settings.outputs, recipe.smooth_frames)
    targets[:, 0] *= recipe.steering_gain
    train = train[recording.speed_mph[train] >= recipe.min_speed_mph]
    rng = np.random.default_rng(settings.seed)
    train = train[cap_straight(recording.steering[train], recipe.straight_cap, rng)]
    if len(train) < 2 or len(validation) < 2:
        raise RecordingError(
            f"{folder}: {len(recording)} rows are too few to train and validate on; "
            f"record at least {3 * recipe.validation_block}"
        )
    spread = max(float(targets[train, 0].std()), 1e-3)
    return Source(
        store,
        targets,
        recording.speed_mph * MPH,
        train,
        validation,
        weight,
        spread ** (-2 * recipe.even_errors),
        recipe,
    )


class Sampler:
    """Draws training batches: a pure function of seed, epoch and step, so that a resumed run goes
    on exactly as if it had not been interrupted.
    """

    def __init__(self, sources: Sequence[Source], recipe: Recipe, seed: int) -> None:
        self._sources = list(sources)
        self._recipe = recipe
        self._seed = seed
        rows = [(i, row) for i, source in enumerate(sources) for row in source.train]
        self._rows = np.array(rows, np.int64)
        chances = [
            draw_weights(source.targets[source.train, 0], recipe.balance)
            * len(source.train)
            * source.weight
            for source in sources
        ]
        self._chances = np.concatenate(chances)
        self._chances /= self._chances.sum()
        error_weights = np.array([source.error_weight for source in sources], np.float64)
        mean = np.sum(self._chances * error_weights[self._rows[:, 0]])
        self._error_weights = (error_weights / mean).astype(np.float32)

    @property
    def steps(self) -> int:
        """Batches of an epoch."""
        return max(1, self._recipe.epoch_size // self._recipe.batch_size)

    def batch(self, epoch: int, step: int) -> Batch:
        """One batch.

        Returns:
            Pictures, uint8 (B, 66, 200, 3); targets, float32 (B, K); weights of errors, (B,).
        """
        rng = np.random.default_rng([self._seed, epoch, step])
        drawn = rng.choice(len(self._rows), self._recipe.batch_size, p=self._chances)
        pictures = np.empty((len(drawn), INPUT_HEIGHT, INPUT_WIDTH, 3), np.uint8)
        targets = np.empty((len(drawn), self._sources[0].targets.shape[1]), np.float32)
        weights = np.empty(len(drawn), np.float32)
        for place, (number, row) in enumerate(self._rows[drawn]):
            source = self._sources[number]
            pictures[place], targets[place] = self._example(source, row, rng)
            weights[place] = self._error_weights[number]
        return pictures, targets, weights

    def _example(
        self, source: Source, row: int, rng: np.random.Generator
    ) -> tuple[npt.NDArray[np.uint8], Floats]:
        example = draw_view(source.recipe, source.store.has_camera[row], source.speed_m_s[row], rng)
        patch = np.asarray(source.store.patches[row, example.view.camera])
        picture = change_light(render_view(patch, example.view), source.recipe, rng)
        target = source.targets[row].copy()
        target[0] += example.steering_change
        if example.view.mirror:
            target[0] = -target[0]
        return picture, target


def plain_inputs(store: PatchStore, rows: Rows) -> npt.NDArray[np.uint8]:
    """The centre pictures of rows as serving would give them: uint8 (len(rows), 66, 200, 3)."""
    return np.stack([to_input(np.asarray(store.patches[row, 0])) for row in rows])
