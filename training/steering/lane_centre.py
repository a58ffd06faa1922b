"""Where in the lane a recording was driven, to measure a replay from the lane's centre.

A network with an ``offset_m`` column learned how far views were moved beside the recorded path.
People drive on either side of the middle and cancel out over a recording, so what it learned is the
distance from where they drive on average: the centre.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from training.errors import TrainingError
from training.steering.bicycle import PathPose
from training.steering.onnx_model import OnnxSteering
from training.steering.recordings import Recording
from training.steering.seen import seen_picture
from training.steering.signals import smooth

_TRIAL_M = 0.4
_TRIAL_STEP = 10

Offsets = npt.NDArray[np.float32]


def recorded_offsets(model: OnnxSteering, recording: Recording) -> Offsets:
    """How far right of the lane's centre the recorded car was: float32 (N,), metres.

    A network that is unsure answers too small offsets. So views are moved by a known distance, and
    the answers are scaled to what it says of that; then smoothed over 9 frames.

    Raises:
        TrainingError: the model has no ``offset_m`` column, or does not see moved views as moved.
    """
    if "offset_m" not in model.spec.labels:
        raise TrainingError(
            f"the model of the centre needs a column offset_m, it has {model.spec.labels}"
        )
    column = model.spec.labels.index("offset_m")

    def answers(rows: range, right_m: float) -> npt.NDArray[np.float64]:
        views = (seen_picture(recording, row, PathPose(right_m)) for row in rows)
        inputs = (model.prepare(view)[None] for view in views)
        return np.array([model.predict(one)[0, column] for one in inputs], np.float64)

    some = range(0, len(recording), _TRIAL_STEP)
    moved = float(np.mean(answers(some, _TRIAL_M) - answers(some, -_TRIAL_M)))
    share = moved / (2 * _TRIAL_M)
    if share < 0.2:
        raise TrainingError(
            f"the model of the centre answers views moved by 1 m with {share:.2f} m only: it "
            "cannot tell where this recording was driven"
        )
    offsets = answers(range(len(recording)), 0.0) / share
    return smooth(offsets, recording.segments)
