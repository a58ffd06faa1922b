"""Asks the segmentation service, and lays the classes' colours over what it was asked about."""

from __future__ import annotations

import time
from enum import StrEnum
from pathlib import Path

import numpy as np

from cli.errors import CommandError
from cli.looks import Annotate, Looks, Pixels, write_picture
from cli.segmentation_output import SegmentationResult
from client import Segmentation, SegmentationChoice, SegmentationClient
from vision.class_map_drawing import draw_outlines, legend, overlay

CLASS_MAPS = "class_maps"
"""Folder of the class maps, in the output's."""

LEGEND = "legend.png"
"""Which colour is which class."""


class ClassMaps(StrEnum):
    """Of what class maps are written."""

    PICTURES = "pictures"
    ALL = "all"
    NOTHING = "nothing"


class SegmentationLooks(Looks[SegmentationResult]):
    """Asks the service about files. The legend is written at once.

    Args:
        client: of the service.
        choice: what is wanted beside the class maps.
        output: folder for what is written.
        class_maps: of what the class maps are written as well.
        opacity: how much the colours hide of the pictures, 0..1.

    Raises:
        ServiceError: the service does not answer.
        CommandError: the legend cannot be written.
    """

    def __init__(
        self,
        client: SegmentationClient,
        choice: SegmentationChoice,
        output: Path,
        class_maps: ClassMaps,
        opacity: float,
    ) -> None:
        super().__init__(output)
        self._client = client
        self._choice = choice
        self._class_maps = class_maps
        self._opacity = opacity
        self._taken: set[str] = set()
        classes = client.classes()
        self._palette = [entry.colour for entry in classes]
        write_picture(output / LEGEND, legend([entry.label for entry in classes], self._palette))

    def ask(
        self, picture: bytes | Pixels, file: str, frame: int | None, frame_id: str
    ) -> tuple[SegmentationResult, Annotate]:
        """As :meth:`Looks.ask`; the class map is written if it is wanted."""
        start = time.perf_counter()
        reply = self._client.segment(picture, frame_id, self._choice)
        total_ms = (time.perf_counter() - start) * 1000
        result = SegmentationResult(
            file,
            frame=frame,
            width=reply.image_width,
            height=reply.image_height,
            shares=reply.shares,
            drivable_area=reply.drivable_area if self._choice.drivable_area else None,
            class_map=self._write_class_map(reply, Path(file).name, frame),
            inference_ms=reply.timing.inference_ms,
            total_ms=total_ms,
        )
        return result, lambda image: self._annotated(image, reply)

    def failed(self, file: str, frame: int | None, error: str) -> SegmentationResult:
        """As :meth:`Looks.failed`."""
        return SegmentationResult(file, frame=frame, error=error)

    def _write_class_map(self, reply: Segmentation, name: str, frame: int | None) -> str | None:
        if self._class_maps is ClassMaps.NOTHING:
            return None
        if frame is not None and self._class_maps is ClassMaps.PICTURES:
            return None
        stem = Path(name).stem if frame is None else f"{Path(name).stem}.{frame:06}"
        # As masks of data sets are called; but a.jpg and a.png have a class map each.
        if stem in self._taken:
            stem = name if frame is None else f"{name}.{frame:06}"
        self._taken.add(stem)
        path = self.output / CLASS_MAPS / f"{stem}.png"
        try:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(reply.class_map_png)
        except OSError as error:
            raise CommandError(f"{path}: cannot be written ({error.strerror})") from error
        return f"{CLASS_MAPS}/{path.name}"

    def _annotated(self, image: Pixels, reply: Segmentation) -> Pixels:
        drawn = overlay(image, reply.class_map, self._palette, self._opacity)
        outlines = [
            np.array(corners, np.int32)
            for area in reply.drivable_area
            for corners in (area.points, *area.holes)
        ]
        return draw_outlines(drawn, outlines)
