"""Chooses the ONNX Runtime execution provider, and finds out which one really runs."""

from __future__ import annotations

import ctypes
import logging
import sys

import onnxruntime as ort

from services.runtime.errors import StartError
from services.runtime.settings import Device

CUDA = "CUDAExecutionProvider"
CPU = "CPUExecutionProvider"

_ERRORS_ONLY = 3

_log = logging.getLogger(__name__)


def open_session(model: bytes, device: Device, threads: int) -> ort.InferenceSession:
    """An inference session for ONNX bytes on the device that was asked for.

    Args:
        model: the ONNX model.
        device: ``cpu``; ``cuda``; or ``auto``, which takes CUDA where it works.
        threads: threads that one inference uses.

    Raises:
        StartError: ``cuda`` was asked for and does not work, or the model cannot be loaded.
    """
    if tries_cuda(device):
        session, why = _try_cuda(model, threads)
        if session is not None:
            return session
        if device == "cuda":
            raise StartError(
                f"--device cuda: {why}. Mend that, or start with --device auto or cpu."
            )
        _log.warning("the GPU is not used: %s", why)
    return _open(model, [CPU], threads)


def tries_cuda(device: Device) -> bool:
    """Whether CUDA is tried for a device; only a session tells whether it works."""
    return device == "cuda" or (device == "auto" and CUDA in ort.get_available_providers())


def running_provider(session: ort.InferenceSession) -> str:
    """The execution provider in use: the session's word, not the wish."""
    return str(session.get_providers()[0])


def _try_cuda(model: bytes, threads: int) -> tuple[ort.InferenceSession | None, str]:
    if CUDA not in ort.get_available_providers():
        return None, (
            "the installed ONNX Runtime has no CUDA in it; install onnxruntime-gpu instead of "
            "onnxruntime (requirements/gpu.txt)"
        )
    if not _has_driver():
        return None, "there is no NVIDIA driver on this machine (libcuda cannot be loaded)"
    # Finds the CUDA and cuDNN libraries that pip installed.
    ort.preload_dlls()
    # ONNX Runtime falls back to the CPU without an exception: only get_providers() tells.
    session = _open(model, [CUDA, CPU], threads)
    if running_provider(session) == CUDA:
        return session, ""
    return None, (
        "ONNX Runtime could not start CUDA (its own lines above say why; it needs CUDA 13, "
        "cuDNN 9 and a GPU)"
    )


def _has_driver() -> bool:
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    return True


def _open(model: bytes, providers: list[str], threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Its warnings are about graphs (an input with a default is one), not about this service.
    options.log_severity_level = _ERRORS_ONLY
    try:
        return ort.InferenceSession(model, options, providers=providers)
    except Exception as error:  # ONNX Runtime raises many types that share no base of their own.
        raise StartError(f"ONNX Runtime cannot load the model: {error}") from error
