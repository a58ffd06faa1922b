"""The car's cameras: renders what they see, 320 x 160, on the CPU and without a screen."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from panda3d import core

from practice_simulator.bonnet import HEIGHT, WIDTH, Bonnet, CameraName, Pixels
from practice_simulator.errors import SimulatorError
from practice_simulator.scene import Scene
from practice_simulator.track import Track
from practice_simulator.weather import Weather
from practice_simulator.world import Pose

MOUNT_UP_M = 1.2
MOUNT_AHEAD_M = 1.0
MOUNT_RIGHT_M: dict[CameraName, float] = {"center": 0.0, "left": -0.806, "right": 0.825}
PITCH_DOWN_DEGREES = 9.5
BODY_NOSE_UP_DEGREES = 1.9
"""How the body sits on its springs: recordings show the horizon in row 61, not 57."""
VERTICAL_FIELD_OF_VIEW_DEGREES = 60.0
JPEG_QUALITY = 75
_NEAR_M, _FAR_M = 0.25, 1600.0

core.loadPrcFileData(
    "",
    "load-display p3tinydisplay\n"
    "window-type offscreen\n"
    "audio-library-name null\n"
    "notify-level-x11display fatal\n"
    "notify-level-display error\n"
    "textures-power-2 up\n",
)


class Cameras:
    """Renders one picture per camera for a pose. Not to be shared between threads.

    Raises:
        RuntimeError: Panda3D's software renderer cannot be started.
    """

    def __init__(
        self, track: Track, weather: Weather, seed: int, names: Sequence[CameraName] = ("center",)
    ) -> None:
        self.names = tuple(names)
        self._scene = Scene(track, weather, seed)
        self._bonnets = [Bonnet(name, weather) for name in self.names]
        self._exposure = _exposure_table(weather)
        self._clear_share, self._fog_colour = _fog_by_row(weather)
        self._open()

    def _open(self) -> None:
        self._engine = core.GraphicsEngine()
        pipe = core.GraphicsPipeSelection.getGlobalPtr().makeModulePipe("p3tinydisplay")
        if pipe is None:
            raise SimulatorError(
                "Panda3D's software renderer (p3tinydisplay) cannot be loaded; it is linked to "
                "libX11, though it needs no screen. Debian, Ubuntu: apt install libx11-6"
            )
        properties = core.FrameBufferProperties()
        properties.setRgbColor(True)
        properties.setDepthBits(24)
        self._buffer = self._engine.makeOutput(
            pipe,
            "cameras",
            0,
            properties,
            core.WindowProperties.size(WIDTH, HEIGHT * len(self.names)),
            core.GraphicsPipe.BFRefuseWindow,
        )
        if self._buffer is None:
            raise RuntimeError("Panda3D's software renderer cannot open an offscreen buffer")
        self._pixels = core.Texture("pixels")
        self._buffer.addRenderTexture(self._pixels, core.GraphicsOutput.RTMCopyRam)
        self._buffer.setClearColorActive(False)
        self._nodes: list[core.NodePath] = []
        lens = core.PerspectiveLens()
        vertical = math.radians(VERTICAL_FIELD_OF_VIEW_DEGREES)
        horizontal = 2 * math.atan(math.tan(vertical / 2) * WIDTH / HEIGHT)
        lens.setFov(math.degrees(horizontal), VERTICAL_FIELD_OF_VIEW_DEGREES)
        lens.setNearFar(_NEAR_M, _FAR_M)
        for index, name in enumerate(self.names):
            node = self._scene.root.attachNewNode(core.Camera(name, lens))
            top = 1.0 - index / len(self.names)
            region = self._buffer.makeDisplayRegion(0.0, 1.0, top - 1.0 / len(self.names), top)
            region.setCamera(node)
            region.setClearDepthActive(True)
            self._nodes.append(node)

    def render(self, pose: Pose) -> list[Pixels]:
        """One BGR picture (160, 320, 3) per camera, in the order of `names`."""
        cos, sin = math.cos(pose.heading), math.sin(pose.heading)
        heading = math.degrees(pose.heading) - 90.0
        pitch, roll = math.degrees(pose.pitch), math.degrees(pose.roll)
        for name, node in zip(self.names, self._nodes, strict=True):
            right = MOUNT_RIGHT_M[name]
            node.setPosHpr(
                pose.x + MOUNT_AHEAD_M * cos + right * sin,
                pose.z + MOUNT_AHEAD_M * sin - right * cos,
                pose.y
                + MOUNT_UP_M
                + MOUNT_AHEAD_M * math.tan(pose.pitch + math.radians(BODY_NOSE_UP_DEGREES))
                - right * math.tan(pose.roll),
                heading,
                pitch + BODY_NOSE_UP_DEGREES - PITCH_DOWN_DEGREES,
                roll,
            )
        self._scene.look_from(pose.x, pose.z, pose.y)
        self._engine.renderFrame()
        raw = np.frombuffer(self._pixels.getRamImage(), np.uint8)
        stacked = raw.reshape(HEIGHT * len(self.names), WIDTH, 4)[::-1, :, :3]
        return [
            self._develop(stacked[i * HEIGHT : (i + 1) * HEIGHT], bonnet)
            for i, bonnet in enumerate(self._bonnets)
        ]

    def _develop(self, seen: Pixels, bonnet: Bonnet) -> Pixels:
        """Fog, bonnet, exposure."""
        clear = cv2.multiply(np.ascontiguousarray(seen), self._clear_share, scale=1 / 255)
        picture = np.asarray(cv2.add(clear, self._fog_colour), dtype=np.uint8)
        bonnet.paint(picture)
        return np.asarray(cv2.LUT(picture, self._exposure), dtype=np.uint8)

    def close(self) -> None:
        """Give the buffer back."""
        self._engine.removeAllWindows()


def encode_jpeg(picture: Pixels) -> bytes:
    """The picture as the simulator's JPEG, quality 75."""
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise RuntimeError("OpenCV could not encode the picture as JPEG")
    return data.tobytes()


def _exposure_table(weather: Weather) -> Pixels:
    level = np.arange(256) / 255.0
    return np.clip(weather.gain * level**weather.gamma * 255.0 + 0.5, 0, 255).astype(np.uint8)


def _fog_by_row(weather: Weather) -> tuple[Pixels, Pixels]:
    """How much of each row fog leaves (255: all), as on a flat road, and the light it adds there.

    The renderer has no fog; the depth of the road's plane stands in for the true one. Above the
    horizon the share falls off towards the zenith.
    """
    row = np.arange(HEIGHT) + 0.5
    focal = HEIGHT / 2 / math.tan(math.radians(VERTICAL_FIELD_OF_VIEW_DEGREES / 2))
    down = math.radians(PITCH_DOWN_DEGREES - BODY_NOSE_UP_DEGREES)
    below = np.arctan((row - HEIGHT / 2) / focal) + down
    depth = np.where(below > 0.012, MOUNT_UP_M / np.tan(np.maximum(below, 0.012)), 70.0)
    depth = np.minimum(depth, 70.0)
    depth *= np.where(below < 0, np.clip(1.0 + below / 0.6, 0.2, 1.0), 1.0)
    share = 1.0 - np.exp(-depth * weather.fog_per_m)
    full = np.broadcast_to(share[:, None, None], (HEIGHT, WIDTH, 3)).copy()
    colour = full * np.asarray(weather.sky_horizon)[::-1] * 255.0
    clear = (255.0 * (1.0 - full) + 0.5).astype(np.uint8)
    return clear, np.clip(colour, 0, 255).astype(np.uint8)
