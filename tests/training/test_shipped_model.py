"""The model that is shipped: keeps the contract, and steers with the road."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training.steering.onnx_model import OnnxSteering
from training.steering.patches import CROP

MODEL = Path(__file__).resolve().parents[2] / "models" / "steering" / "1" / "model.onnx"


@pytest.fixture(scope="module")
def model():
    return OnnxSteering(MODEL)


def test_its_metadata_says_what_training_prepared(model):
    spec = model.spec
    assert spec.labels == ("steering",)
    assert (spec.input_width, spec.input_height, spec.colour_order) == (200, 66, "BGR")
    assert spec.crop == CROP
    assert len(spec.training_data) == 4
    assert spec.scores["recordings/udacity_sample_lake r"] >= 0.75
    assert spec.scores["recordings/udacity_sample_lake turn_mae"] <= 0.10
    assert spec.scores["recordings/jungle r"] >= 0.70


def test_it_follows_a_drawn_road_and_comes_back_to_it(model, draw_road_picture):
    def steering(bend: float, right_m: float) -> float:
        picture = draw_road_picture(bend, right_m)
        return float(model.predict(model.prepare(picture)[None])[0, 0])

    # A drawn road is unlike any that it learned: only the order of clear cases is asked for.
    bends = [steering(bend, 0.0) for bend in (-0.03, 0.0, 0.03)]
    assert np.all(np.diff(bends) > 0), bends
    places = [steering(0.0, right_m) for right_m in (-1.0, 0.0, 1.0)]
    assert np.all(np.diff(places) < 0), places
