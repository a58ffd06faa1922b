"""Typed Python client of the services, sync and asyncio. Every call has a deadline."""

from client.aio import AsyncPlateClient, AsyncSteeringClient
from client.choice import Choice
from client.errors import (
    DeadlineExceeded,
    InvalidRequest,
    ServiceBusy,
    ServiceError,
    ServiceUnavailable,
)
from client.health import wait_until_serving
from client.images import Picture
from client.replies import (
    Detection,
    ModelInfo,
    PlateCrop,
    PlateDetections,
    SteeringExplanation,
    SteeringPrediction,
    Timing,
)
from client.sync import PlateClient, SteeringClient

__all__ = [
    "AsyncPlateClient",
    "AsyncSteeringClient",
    "Choice",
    "DeadlineExceeded",
    "Detection",
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
