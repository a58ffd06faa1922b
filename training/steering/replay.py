"""Drives recorded video in a closed loop.

After M. Bojarski et al., "End to End Learning for Self-Driving Cars" (2016), section 6: the view of
the simulated car is the recorded picture, shifted and turned by the car's offset from the recorded
path; when it is more than 1 m off, a person is taken to intervene, which costs six seconds.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from rich.progress import track

from training.errors import TrainingError
from training.steering.bicycle import MPH, PathPose, advance
from training.steering.camera import SIMULATOR_CAMERA
from training.steering.onnx_model import OnnxSteering
from training.steering.plots import plot_replay
from training.steering.recordings import Recording, read_recording
from training.steering.settings import ReplaySettings
from training.steering.signals import smooth, split_test
from training.steering.video import ReplayVideo
from training.steering.views import nearest_camera
from vision.preprocessing import UInt8Image

INTERVENTION_M = 1.0
INTERVENTION_S = 6.0

Driver = Callable[[int, UInt8Image], float]
"""Steers: takes the row's number and the picture that is seen, answers normalised steering."""


@dataclass(frozen=True)
class Drive:
    """The course of a replay.

    Attributes:
        seconds: float64 (N,), since the recording's start.
        right_m: float64 (N,), metres right of the recorded path.
        taken_over: float64 (M,), when a person intervened.
        elapsed_s: time that was driven, pauses left out.
    """

    seconds: npt.NDArray[np.float64]
    right_m: npt.NDArray[np.float64]
    taken_over: npt.NDArray[np.float64]
    elapsed_s: float

    @property
    def autonomy_percent(self) -> float:
        """(1 - interventions x 6 s / elapsed time) x 100, not below 0."""
        lost = len(self.taken_over) * INTERVENTION_S / max(self.elapsed_s, 1e-9)
        return max(0.0, 100.0 * (1 - lost))


@dataclass(frozen=True)
class ReplayReport:
    """Figures of a replay.

    Attributes:
        autonomy_percent: NVIDIA's measure, 0..100.
        interventions: how often the car was more than 1 m off and was set back.
        elapsed_s: time that was driven.
        mean_offset_m: mean distance from the recorded path.
        largest_offset_m: largest distance.
        files: what was written.
    """

    autonomy_percent: float
    interventions: int
    elapsed_s: float
    mean_offset_m: float
    largest_offset_m: float
    files: tuple[Path, ...] = ()

    def as_dict(self) -> dict[str, float]:
        """The figures by name."""
        return {
            "autonomy_percent": self.autonomy_percent,
            "interventions": self.interventions,
            "elapsed_s": self.elapsed_s,
            "mean_offset_m": self.mean_offset_m,
            "largest_offset_m": self.largest_offset_m,
        }


def replay(settings: ReplaySettings) -> ReplayReport:
    """Lets a model drive a recording, and writes a plot, JSON and, if asked, a video.

    Raises:
        TrainingError: the recording or the model cannot be used.
    """
    model = OnnxSteering(settings.model)
    recording = read_recording(settings.recording)
    if settings.part == "last-fifth":
        recording = recording.select(split_test(len(recording))[1])
    settings.output.mkdir(parents=True, exist_ok=True)
    stem = settings.output / f"{recording.name.replace('/', '_')}_replay"
    files = [stem.with_suffix(".png"), stem.with_suffix(".json")]
    video = ReplayVideo(stem.with_suffix(".mp4")) if settings.video else None

    def steer(_row: int, picture: UInt8Image) -> float:
        answer = float(model.predict(model.prepare(picture)[None])[0, 0])
        if video is not None:
            video.add(picture, answer)
        return answer

    drive = drive_recording(recording, steer)
    if video is not None:
        video.close()
        files.append(video.path)
    plot_replay(drive.seconds, drive.right_m, drive.taken_over, files[0])
    report = ReplayReport(
        autonomy_percent=drive.autonomy_percent,
        interventions=len(drive.taken_over),
        elapsed_s=drive.elapsed_s,
        mean_offset_m=float(np.mean(np.abs(drive.right_m))),
        largest_offset_m=float(np.max(np.abs(drive.right_m))),
        files=tuple(files),
    )
    files[1].write_text(json.dumps(report.as_dict(), indent=2) + "\n")
    return report


def drive_recording(recording: Recording, steer: Driver) -> Drive:
    """Drives a recording with whatever steers.

    The recorded path is what the recorded steering, smoothed over 9 frames, drives with the same
    bicycle model. At a pause, and after an intervention, the car is back on the path.

    Args:
        recording: with its pictures, times and speeds.
        steer: called once a frame.

    Raises:
        TrainingError: a picture cannot be read.
    """
    segments = recording.segments
    path_steering = smooth(recording.steering, segments)
    pose = PathPose()
    offsets: list[float] = []
    taken_over: list[float] = []
    elapsed = 0.0
    for row in track(range(len(recording)), description=f"driving {recording.name}"):
        offsets.append(pose.right_m)
        command = steer(row, seen_picture(recording, row, pose))
        if row + 1 == len(recording) or segments[row + 1] != segments[row]:
            pose = PathPose()
            continue
        step = float(recording.seconds[row + 1] - recording.seconds[row])
        speed = float(recording.speed_mph[row]) * MPH
        pose = advance(pose, command, float(path_steering[row]), speed, step)
        elapsed += step
        if abs(pose.right_m) > INTERVENTION_M:
            taken_over.append(float(recording.seconds[row + 1]))
            offsets[-1] = pose.right_m
            pose = PathPose()
    return Drive(recording.seconds, np.array(offsets), np.array(taken_over), elapsed)


def seen_picture(recording: Recording, row: int, pose: PathPose) -> UInt8Image:
    """What the simulated car's camera sees, from the picture of the nearest recorded camera.

    Right below the horizon, which is all that a network's crop keeps.

    Returns:
        uint8 (H, W, 3), BGR.
    """
    camera, right_m = nearest_camera(pose.camera_right_m)
    path = recording.pictures[row][camera]
    if path is None:
        camera, right_m = 0, pose.camera_right_m
        path = recording.pictures[row][0]
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise TrainingError(f"{path} cannot be read")
    if right_m == 0 and pose.heading_rad == 0:
        return np.asarray(picture, np.uint8)
    eye = replace(SIMULATOR_CAMERA, width=picture.shape[1], height=picture.shape[0])
    warped = cv2.warpPerspective(
        picture,
        eye.moved_view(right_m, pose.heading_rad),
        (eye.width, eye.height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(warped, np.uint8)
