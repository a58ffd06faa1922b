"""Typed Python client of the services, sync and asyncio. Every call has a deadline."""

from client.aio import AsyncDetectionClient, AsyncPlateClient, AsyncSteeringClient
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
from client.sync import DetectionClient, PlateClient, SteeringClient

__all__ = [
    "AsyncDetectionClient",
    "AsyncPlateClient",
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
    "ServiceBusy",
    "ServiceError",
    "ServiceUnavailable",
    "SteeringClient",
    "SteeringExplanation",
    "SteeringPrediction",
    "Timing",
    "wait_until_serving",
]
