"""Settings of a service: by flag, or by environment variable with the prefix ROADSIGHT_."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from protos.limits import MAX_IMAGE_BYTES

Device = Literal["auto", "cpu", "cuda"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


class ServiceSettings(BaseSettings):
    """How a service runs; the same for each of the services."""

    model_config = SettingsConfigDict(env_prefix="ROADSIGHT_", env_ignore_empty=True)

    host: str = Field(
        "127.0.0.1",
        description="Address to listen on; 0.0.0.0 lets other machines in.",
    )
    port: int | None = Field(
        None,
        ge=0,
        le=65535,
        description="gRPC port; the service's own unless set, 0 takes a free one.",
    )
    metrics: bool = Field(True, description="Serve Prometheus metrics over HTTP.")
    metrics_port: int | None = Field(
        None,
        ge=0,
        le=65535,
        description="Metrics port; the gRPC port + 1000 unless set, 0 takes a free one.",
    )
    model: Path | None = Field(
        None,
        description="The model file to serve; unless set, the newest version in the model "
        "repository, there on the CPU model.int8.onnx if it lies beside model.onnx.",
    )
    model_repository: Path = Field(
        Path(__file__).resolve().parents[2] / "models",
        description="Folder of <name>/<version>/model.onnx.",
    )
    device: Device = Field(
        "auto",
        description="auto: the GPU if it works, else the CPU. cuda: the GPU, or refuse to start.",
    )
    workers: int = Field(
        max(1, min(4, os.cpu_count() or 1)),
        ge=1,
        le=64,
        description="Requests worked on at the same time.",
    )
    threads_per_worker: int = Field(
        1, ge=1, le=64, description="Threads that ONNX Runtime uses for one inference."
    )
    queue_limit: int = Field(
        64,
        ge=1,
        le=10_000,
        description="Requests that may wait or be worked on; more are refused at once "
        "(RESOURCE_EXHAUSTED).",
    )
    max_image_bytes: int = Field(
        MAX_IMAGE_BYTES,
        ge=1024,
        le=MAX_IMAGE_BYTES,
        description="Largest picture accepted, in bytes as sent.",
    )
    max_image_pixels: int = Field(
        4096 * 4096,
        ge=64 * 64,
        le=2**28,
        description="Largest picture accepted, in pixels; checked in its header, before decoding.",
    )
    reflection: bool = Field(
        True, description="Let clients such as grpcurl ask which calls there are."
    )
    drain_s: float = Field(
        10.0,
        ge=0,
        le=300,
        description="On SIGTERM, seconds that requests in flight get to finish.",
    )
    connection_age_s: float = Field(
        300.0,
        ge=1,
        le=86_400,
        description="After so many seconds a client is asked to connect anew (calls under way go "
        "on), so that it finds replicas that were added since.",
    )
    log_level: LogLevel = Field("INFO", description="Least important log lines to show.")
