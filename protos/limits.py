"""Sizes that both ends of a call must agree on."""

from __future__ import annotations

MAX_IMAGE_BYTES = 8 * 1024 * 1024
"""Default limit of an encoded or raw picture, in bytes: 1920 x 1080 raw pixels fit."""

MAX_MESSAGE_BYTES = MAX_IMAGE_BYTES + 64 * 1024
"""Limit of one gRPC message in either direction: a picture and what stands around it."""
