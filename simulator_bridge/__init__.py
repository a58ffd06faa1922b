"""Between the Udacity simulator and the steering service: telemetry in, control out."""

from simulator_bridge.settings import BridgeSettings, VideoSettings

__all__ = ["BridgeSettings", "VideoSettings"]
