"""``roadsight gpu-check``: every shipped model on the CPU and on CUDA."""

from __future__ import annotations

import platform
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from rich.console import Console
from rich.table import Table

from cli.arguments import parse
from cli.errors import CommandError


class GpuCheckSettings(BaseSettings):
    """Runs every model of the repository on the CPU and on CUDA, and compares.

    Exit code 0 if all outputs agree and CUDA computed them, and where there is no CUDA; 1 if not.
    """

    model_config = SettingsConfigDict(env_prefix="ROADSIGHT_")

    model_repository: Path = Field(
        Path(__file__).resolve().parents[1] / "models",
        description="Folder of <name>/<version>/model.onnx.",
    )


def run(arguments: list[str]) -> int:
    """Runs the verb."""
    settings = parse(GpuCheckSettings, arguments, "gpu-check", examples=("roadsight gpu-check",))
    from benchmarks import gpu_check

    models = gpu_check.find_models(settings.model_repository)
    if not models:
        raise CommandError(f"no <name>/<version>/model.onnx in {settings.model_repository}")
    try:
        gpu_check.ensure_cuda(models[0])
    except gpu_check.NoCudaError as error:
        print(error)
        return 0
    table = Table(title="CPU against CUDA")
    for heading in (
        "model",
        "batch",
        "CPU ms",
        "CUDA ms",
        "difference",
        "in 32 bits",
        "kernels",
        "passed",
    ):
        table.add_column(heading, justify="left" if heading == "model" else "right")
    all_passed = True
    for model in models:
        for result in gpu_check.check(model):
            all_passed &= result.passed
            table.add_row(
                "/".join(model.parts[-3:-1]),
                str(result.batch),
                f"{result.cpu_ms:.2f}",
                f"{result.cuda_ms:.2f}",
                f"{result.difference:.1e} ({result.worst_output})",
                f"{result.difference_in_32_bits:.1e}",
                f"{result.cuda_nodes} CUDA, {result.cpu_nodes} CPU",
                "yes" if result.passed else "NO",
            )
    console = Console()
    console.print(table)
    console.print(
        f"Allowed difference: {gpu_check.TOLERANCE} of an output's largest magnitude, at least 1, "
        "as services run: CUDA multiplies in TF32, with 10 bits; "
        f"{gpu_check.TOLERANCE_IN_32_BITS} in 32 bits. "
        f"The sessions ran on {gpu_check.CUDA}, kernels counted by ONNX Runtime's profiler. "
        f"CPU: {platform.machine()}."
    )
    return 0 if all_passed else 1
