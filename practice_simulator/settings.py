"""Settings of the two modes; the environment sets any as ROADSIGHT_SIMULATOR_<FIELD>."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

TrackName = Literal["lake", "jungle"]
ClockName = Literal["fast", "real_time"]
DirectionName = Literal["forward", "reverse"]


class DriveSettings(BaseSettings):
    """How `drive` connects to a bridge, what it drives on, when it stops and what it writes."""

    model_config = SettingsConfigDict(env_prefix="ROADSIGHT_SIMULATOR_")

    host: str = Field("127.0.0.1", description="host the bridge listens on")
    port: int = Field(4567, ge=1, le=65535, description="port the bridge listens on")
    connect_timeout_s: float = Field(
        30.0, ge=0, description="how long to go on trying to reach the bridge, in seconds"
    )
    stall_timeout_s: float = Field(
        30.0, gt=0, description="give up when no usable steering came for this many wall seconds"
    )
    track: TrackName = Field("lake", description="the track to drive")
    direction: DirectionName = Field("forward", description="which way round the track")
    seed: int = Field(0, ge=0, description="decides weather, light and where things stand")
    laps: int = Field(1, ge=1, description="stop after this many laps")
    max_seconds: float | None = Field(
        None,
        gt=0,
        description="stop after this many simulated seconds, lap done or not; "
        "unset: ten minutes a lap, after which the drive counts as not finished",
    )
    max_distance_m: float | None = Field(
        None, gt=0, description="stop after this many metres along the centre line"
    )
    clock: ClockName = Field(
        "fast",
        description="fast: each answer advances the world 0.08 s, as fast as it can and "
        "repeatable; real_time: physics follows the wall clock, as in the Udacity simulator",
    )
    comma_decimal: bool = Field(
        False, description="behave as on a system whose language writes 0,5 for 0.5"
    )
    manual_every: int | None = Field(
        None,
        ge=1,
        description="send every n-th telemetry as null, as while a person holds W or S",
    )
    json_path: Path | None = Field(None, description="write the report and path here as JSON")
    plot_path: Path | None = Field(None, description="write a picture of the driven path here")
    video_path: Path | None = Field(None, description="write the centre camera's frames here, MP4")


class RecordSettings(BaseSettings):
    """What `record` drives, how, for how long, and where the recording goes."""

    model_config = SettingsConfigDict(env_prefix="ROADSIGHT_SIMULATOR_")

    output: Path = Field(
        Path("recording"), description="folder for driving_log.csv and IMG/; must hold neither"
    )
    track: TrackName = Field("lake", description="the track to drive")
    direction: DirectionName = Field("forward", description="which way round the track")
    seed: int = Field(0, ge=0, description="decides weather, light, recoveries and weaving")
    laps: int = Field(1, ge=1, description="stop after this many laps")
    frames: int | None = Field(
        None, ge=1, description="stop after this many recorded rows, instead of after the laps"
    )
    speed_mph: float = Field(20.0, gt=2, le=30, description="speed held on straights, in mph")
    recovery_share: float = Field(
        0.25,
        ge=0,
        le=0.8,
        description="share of the way spent drifting to a side and coming back; "
        "only the coming back is recorded",
    )
