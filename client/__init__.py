"""Typed Python client of the services, sync and asyncio. Every call has a deadline."""

from client.aio import AsyncDetectionClient, AsyncPlateClient, AsyncSteeringClient
from client.aio_segmentation import AsyncSegmentationClient
from client.choice import Choice
from client.detections import Detection, Detections, PlateCrop, PlateDetections
from client.errors import (
    DeadlineExceeded,
    InvalidRequest,
    ServiceBusy,
    ServiceError,
    ServiceUnavailable,
)
from client.health import wait_until_serving
from client.images import Picture
from client.replies import ModelInfo, SteeringExplanation, SteeringPrediction, Timing
from client.segmentation import (
    IGNORED,
    Polygon,
    Segmentation,
    SegmentationChoice,
    SegmentationClass,
)
from client.sync import DetectionClient, PlateClient, SteeringClient
from client.sync_segmentation import SegmentationClient

__all__ = [
    "IGNORED",
    "AsyncDetectionClient",
    "AsyncPlateClient",
    "AsyncSegmentationClient",
    "AsyncSteeringClient",
    "Choice",
    "DeadlineExceeded",
    "Detection",
    "DetectionClient",
    "Detections",
    "InvalidRequest",
    "ModelInfo",
    "Picture",
    "PlateClient",
    "PlateCrop",
    "PlateDetections",
    "Polygon",
    "Segmentation",
    "SegmentationChoice",
    "SegmentationClass",
    "SegmentationClient",
    "ServiceBusy",
    "ServiceError",
    "ServiceUnavailable",
    "SteeringClient",
    "SteeringExplanation",
    "SteeringPrediction",
    "Timing",
    "wait_until_serving",
]
