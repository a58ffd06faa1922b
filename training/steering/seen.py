"""What the camera of a car beside the recorded path would see."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from training.errors import TrainingError
from training.steering.bicycle import PathPose
from training.steering.camera import SIMULATOR_CAMERA
from training.steering.recordings import Recording
from training.steering.views import nearest_camera
from vision.preprocessing import UInt8Image


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
