"""Which file of a model is served: the one for CPUs or the one for GPUs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from services.runtime.model_file import MODEL_INT8, find_model
from services.runtime.model_session import ModelSession, Outputs, SpecT
from services.runtime.providers import CUDA, tries_cuda
from services.runtime.settings import Device, ServiceSettings


def open_model(
    settings: ServiceSettings,
    task: str,
    parse_spec: Callable[[Mapping[str, str]], SpecT],
    outputs: Outputs,
) -> ModelSession[SpecT]:
    """The session that ``settings`` ask for.

    A file that was named is taken as it is. From the repository the newest version is taken, and of
    its files the float model on CUDA, and on the CPU the int8 model if there is one.

    Args:
        settings: say which model, and where it runs.
        task: what the model has to be for, and its folder in the repository.
        parse_spec: as :class:`ModelSession` takes it.
        outputs: as :class:`ModelSession` takes them.

    Raises:
        StartError: there is no such model, it cannot be used, or is for another task.
    """

    def parse(metadata: Mapping[str, str]) -> SpecT:
        spec = parse_spec(metadata)
        if spec.task != task:
            raise ValueError(f"expected a model for {task}, got one for {spec.task}")
        return spec

    def session(path: Path, device: Device) -> ModelSession[SpecT]:
        return ModelSession(path, parse, outputs, device, settings.threads_per_worker)

    if settings.model is not None:
        return session(settings.model, settings.device)
    path = find_model(settings.model_repository, task)
    for_cpu = path.with_name(MODEL_INT8)
    if not for_cpu.is_file():
        return session(path, settings.device)
    if tries_cuda(settings.device):
        on_gpu = session(path, settings.device)
        if on_gpu.provider == CUDA:
            return on_gpu
    return session(for_cpu, "cpu")
