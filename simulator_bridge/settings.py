"""What can be set, by environment variables (``ROADSIGHT_BRIDGE_...``) or by the command line."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from protos.endpoints import BRIDGE_PORT, STEERING

TOP_SPEED_MPH = 30.0
"""The simulated car goes no faster, in mph."""


class ServerMode(StrEnum):
    """What carries the connections: operating system threads, or eventlet's green threads."""

    THREADING = "threading"
    EVENTLET = "eventlet"


class Controller(StrEnum):
    """Who decides on the throttle; see ``simulator_bridge.speed_control``."""

    PI = "pi"
    BOOK = "book"


LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
"""How much is logged."""


class BridgeSettings(BaseSettings):
    """Settings of the bridge between the simulator and the steering service."""

    model_config = SettingsConfigDict(env_prefix="ROADSIGHT_BRIDGE_", extra="forbid")

    host: str = Field(
        "127.0.0.1",
        min_length=1,
        description="Address to listen on; 0.0.0.0 lets a simulator on another machine in.",
    )
    port: int = Field(
        BRIDGE_PORT,
        ge=0,
        le=65535,
        description="TCP port to listen on; the Udacity simulator always connects to 4567. "
        "0 picks a free one.",
    )
    server: ServerMode = Field(
        ServerMode.THREADING,
        description="What carries the connections: threading (lower latency) or eventlet.",
    )
    steering_address: str = Field(
        f"127.0.0.1:{STEERING.port}",
        min_length=1,
        description="Steering service to ask, host:port.",
    )
    controller: Controller = Field(
        Controller.PI,
        description="Speed controller: pi holds --set-speed-mph; book is the rule "
        "throttle = 1 - steering^2 - (speed/limit)^2.",
    )
    set_speed_mph: float = Field(
        25.0,
        ge=0.0,
        le=TOP_SPEED_MPH,
        description="Speed that the PI controller holds, in mph.",
    )
    min_limit_mph: float = Field(
        10.0,
        gt=0.0,
        le=TOP_SPEED_MPH,
        description="Lower speed limit of the book's rule, in mph.",
    )
    max_limit_mph: float = Field(
        25.0,
        gt=0.0,
        le=TOP_SPEED_MPH,
        description="Upper speed limit of the book's rule, in mph.",
    )
    smoothing: float = Field(
        0.0,
        ge=0.0,
        lt=1.0,
        description="Share of the last steering angle that is kept in the next; 0 = no smoothing.",
    )
    deadline_ms: float = Field(
        100.0,
        ge=1.0,
        le=5000.0,
        description="How long to wait for a prediction before it counts as late, in ms.",
    )
    hold_ms: float = Field(
        500.0,
        ge=0.0,
        le=5000.0,
        description="How long the last steering angle is held when predictions fail, in ms; "
        "then the car straightens and brakes.",
    )
    stop_brake: float = Field(
        0.3,
        ge=0.0,
        le=1.0,
        description="How hard a car without predictions brakes, 0..1; 0 = let it roll out.",
    )
    watchdog_ms: float = Field(
        1000.0,
        ge=50.0,
        le=60000.0,
        description="Silence of a car after which the last safe command is sent again, in ms.",
    )
    settle_ms: float = Field(
        150.0,
        ge=10.0,
        le=5000.0,
        description="How long a telemetry is kept back for another one that may be under way, "
        "in ms (the simulator opens with two).",
    )
    connect_hint_s: float = Field(
        20.0,
        gt=0.0,
        le=3600.0,
        description="Seconds without any car after which a hint is logged.",
    )
    max_message_bytes: int = Field(
        4 * 1024 * 1024,
        ge=64 * 1024,
        le=64 * 1024 * 1024,
        description="Largest message taken from a simulator, in bytes; longer ones are dropped "
        "and answered like a telemetry without a picture.",
    )
    record: Path | None = Field(
        None,
        description="Folder in which drives are recorded; each car gets a new folder in it.",
    )
    record_queue: int = Field(
        256,
        ge=1,
        le=100_000,
        description="Frames that may wait for the disk; more are dropped and counted.",
    )
    log_level: LogLevel = Field("INFO", description="How much is logged.")

    @model_validator(mode="after")
    def _limits_in_order(self) -> BridgeSettings:
        if self.min_limit_mph > self.max_limit_mph:
            raise ValueError(
                f"min_limit_mph ({self.min_limit_mph:g}) must not be above "
                f"max_limit_mph ({self.max_limit_mph:g})"
            )
        return self


class VideoSettings(BaseSettings):
    """Settings of ``roadsight video``: from a recording to an MP4 film."""

    model_config = SettingsConfigDict(env_prefix="ROADSIGHT_VIDEO_", extra="forbid")

    recording: Path = Field(description="Folder with driving_log.csv and IMG.")
    output: Path | None = Field(
        None, description="MP4 file to write; left out: drive.mp4 in the recording's folder."
    )
    fps: float | None = Field(
        None,
        gt=0.0,
        le=120.0,
        description="Frames per second; left out: as fast as it was driven.",
    )
    scale: int = Field(2, ge=1, le=8, description="Size of the picture, times the recorded one.")
    max_frames: int | None = Field(
        None, ge=1, description="Stop after so many frames; left out: the whole recording."
    )
    predict: bool = Field(
        False, description="Draw what the steering service would steer beside what was steered."
    )
    heat_map: bool = Field(
        False, description="Lay over each picture where the network looked (slower)."
    )
    steering_address: str = Field(
        f"127.0.0.1:{STEERING.port}",
        min_length=1,
        description="Steering service for --predict and --heat-map, host:port.",
    )
