"""How the client's channels are set up, sync and asyncio alike."""

from __future__ import annotations

from protos.limits import MAX_MESSAGE_BYTES

DEFAULT_TIMEOUT_S = 2.0
"""Deadline of a call that names none, in seconds."""

CHANNEL_OPTIONS: list[tuple[str, int]] = [
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    # A service that was restarted is found again quickly: gRPC's own back-off grows to two minutes.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1000),
]
