"""The services, by name, and where they listen unless told otherwise.

The only place in which a port or a service's full gRPC name stands.
"""

from __future__ import annotations

from dataclasses import dataclass

BRIDGE_PORT = 4567
"""TCP port to which the Udacity simulator connects; it is fixed in the simulator."""

METRICS_PORT_OFFSET = 1000
"""A service's Prometheus metrics are on its gRPC port plus this."""


@dataclass(frozen=True)
class Endpoint:
    """A service of the suite.

    Attributes:
        name: what the user calls it, and its model's folder in ``models/``.
        grpc_service: its full name in gRPC, as the health service and reflection know it.
        port: its default TCP port.
    """

    name: str
    grpc_service: str
    port: int

    @property
    def metrics_port(self) -> int:
        """Default TCP port of the Prometheus metrics."""
        return self.port + METRICS_PORT_OFFSET


STEERING = Endpoint("steering", "roadsight.steering.v1.SteeringService", 50051)
PLATES = Endpoint("plates", "roadsight.plates.v1.PlateService", 50052)
DETECTION = Endpoint("detection", "roadsight.detection.v1.DetectionService", 50053)
SEGMENTATION = Endpoint("segmentation", "roadsight.segmentation.v1.SegmentationService", 50054)

SERVICES = (STEERING, PLATES, DETECTION, SEGMENTATION)
"""All of them."""
