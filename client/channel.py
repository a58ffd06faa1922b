"""How the client's channels are set up, sync and asyncio alike.

An address may stand for several replicas: a DNS name with an address for each, or
``ipv4:HOST:PORT,HOST:PORT``. Calls go to all of them in turn, and one that a replica refused
because it is draining, or that did not reach it, is made again to the next, within its deadline.
"""

from __future__ import annotations

import json

from protos.limits import MAX_MESSAGE_BYTES

DEFAULT_TIMEOUT_S = 2.0
"""Deadline of a call that names none, in seconds."""

_SERVICE_CONFIG = json.dumps(
    {
        # gRPC's own choice, the first replica that answers, would leave the others idle.
        "loadBalancingConfig": [{"round_robin": {}}],
        "methodConfig": [
            {
                "name": [{}],
                # Refused while draining, or the connection broke; or cancelled by a server that
                # ended before it took the call on. A call changes nothing in a service, so that
                # asking twice does no harm.
                "retryPolicy": {
                    "maxAttempts": 4,
                    "initialBackoff": "0.005s",
                    "maxBackoff": "0.05s",
                    "backoffMultiplier": 2,
                    "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"],
                },
            }
        ],
    }
)

CHANNEL_OPTIONS: list[tuple[str, int | str]] = [
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    # A service that was restarted is found again quickly: gRPC's own back-off grows to two minutes.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1000),
    # The name misleads: it is how long one attempt to connect may take; 20 s unless told otherwise.
    ("grpc.min_reconnect_backoff_ms", 1000),
    ("grpc.service_config", _SERVICE_CONFIG),
    # Only what is kept can be sent again; gRPC keeps 256 KiB unless told otherwise.
    ("grpc.per_rpc_retry_buffer_size", MAX_MESSAGE_BYTES),
    # A replica that was replaced has another address: gRPC would ask again after 30 s only.
    ("grpc.dns_min_time_between_resolutions_ms", 1000),
]
