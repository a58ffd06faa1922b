"""What is learned from recordings: targets, and what may differ from one to the next."""

from __future__ import annotations

import numpy as np

from training.steering.dataset import load_sources
from training.steering.recipe import Recipe
from training.steering.settings import TrainSettings

RECIPE = Recipe(smooth_frames=1, validation_block=30, side_cameras=False)


def test_gain_and_mirror_are_each_recordings_own(draw_recording, winding, tmp_path) -> None:
    folders = [draw_recording("steady", winding), draw_recording("unsteady", winding)]
    settings = TrainSettings(
        recordings=folders, gain=[1.0, 1.4], mirror=[True, False], cache=tmp_path / "cache"
    )
    steady, unsteady = load_sources(settings, RECIPE)
    np.testing.assert_allclose(steady.targets[:, 0], winding, atol=1e-5)
    np.testing.assert_allclose(unsteady.targets[:, 0], 1.4 * winding, atol=1e-5)
    assert (steady.recipe.mirror, unsteady.recipe.mirror) == (True, False)
