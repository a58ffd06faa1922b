"""The detection contract: that of every detector, with its own messages."""

from __future__ import annotations

from protos.detection.v1 import detection_pb2
from services.detector.servicer import DetectorServicer


class DetectionServicer(
    DetectorServicer[detection_pb2.DetectRequest, detection_pb2.DetectResponse]
):
    """Answers the calls of ``detection.proto``."""

    messages = detection_pb2
