"""Typed Python client of the services, sync and asyncio. Every call has a deadline."""

from client.aio import AsyncSteeringClient
from client.errors import (
    DeadlineExceeded,
    InvalidRequest,
    ServiceBusy,
    ServiceError,
    ServiceUnavailable,
)
from client.images import Picture
from client.replies import ModelInfo, SteeringExplanation, SteeringPrediction, Timing
from client.sync import SteeringClient, wait_until_serving

__all__ = [
    "AsyncSteeringClient",
    "DeadlineExceeded",
    "InvalidRequest",
    "ModelInfo",
    "Picture",
    "ServiceBusy",
    "ServiceError",
    "ServiceUnavailable",
    "SteeringClient",
    "SteeringExplanation",
    "SteeringPrediction",
    "Timing",
    "wait_until_serving",
]
