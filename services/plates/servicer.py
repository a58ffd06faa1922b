"""The plates contract: what it has beyond the contract of every detector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from protos.plates.v1 import plates_pb2
from services.detector.servicer import DetectorServicer
from services.plates.crops import plate_crops
from vision.detections import Detections


class PlateServicer(DetectorServicer[plates_pb2.DetectRequest, plates_pb2.DetectResponse]):
    """Answers the calls of ``plates.proto``."""

    messages = plates_pb2

    def _further_fields(
        self,
        request: plates_pb2.DetectRequest,
        pixels: npt.NDArray[np.uint8],
        found: Detections,
    ) -> Mapping[str, Any]:
        return {"crops": plate_crops(pixels, found.boxes)} if request.with_crops else {}
