"""Every shipped model on the CPU and on CUDA: the same answers, how fast, and proof of what ran.

A model joins by lying in the repository as ``<name>/<version>/model.onnx``.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from benchmarks.raw_onnx import ERRORS_ONLY

CUDA = "CUDAExecutionProvider"
CPU = "CPUExecutionProvider"

BATCHES = (1, 8)

TOLERANCE = 0.005
"""How far an output may lie from the CPU's, as a share of its largest magnitude (at least 1).

As services run, CUDA multiplies float32 convolutions in TF32, with 10 bits of mantissa: about 0.001
of each factor.
"""
TOLERANCE_IN_32_BITS = 0.001
"""The same where CUDA multiplies in 32 bits: a wrong kernel cannot hide behind TF32 there."""

_IN_32_BITS = {"use_tf32": "0"}

_WARM_UP_RUNS = 5
_TIMED_RUNS = 50
_SEED = 20


class NoCudaError(Exception):
    """CUDA cannot be used here; the message says why in one line."""


@dataclass(frozen=True)
class BatchResult:
    """One model at one batch size.

    Attributes:
        model: the model file.
        batch: pictures a run.
        cpu_ms: median time of a run on the CPU.
        cuda_ms: median time of a run on CUDA.
        worst_output: the output that differs most.
        difference: how far it lies from the CPU's, as TOLERANCE counts it.
        difference_in_32_bits: the same of the output that differs most in 32 bits.
        cuda_nodes: kernels that the profiler saw on CUDA in one run.
        cpu_nodes: kernels it saw on the CPU in the same run; a few that only keep books are usual.
    """

    model: Path
    batch: int
    cpu_ms: float
    cuda_ms: float
    worst_output: str
    difference: float
    difference_in_32_bits: float
    cuda_nodes: int
    cpu_nodes: int

    @property
    def passed(self) -> bool:
        """Whether the answers agree and CUDA really computed them."""
        agree = self.difference <= TOLERANCE and self.difference_in_32_bits <= TOLERANCE_IN_32_BITS
        return agree and self.cuda_nodes > 0


def find_models(repository: Path) -> list[Path]:
    """All models of a repository, by name and version."""
    return sorted(repository.glob("*/*/model.onnx"))


def ensure_cuda(model: Path) -> None:
    """Checks that CUDA can be used.

    Raises:
        NoCudaError: it cannot; the message says why.
    """
    if CUDA not in ort.get_available_providers():
        raise NoCudaError(
            "no CUDA here: the installed ONNX Runtime has none in it (onnxruntime-gpu would)"
        )
    ort.preload_dlls()
    # ONNX Runtime falls back to the CPU without an exception; only the session tells.
    if _session(model, [CUDA, CPU]).get_providers()[0] != CUDA:
        raise NoCudaError(
            "no CUDA here: ONNX Runtime could not start it (no GPU, driver or CUDA libraries)"
        )


def check(model: Path) -> Iterator[BatchResult]:
    """Runs one model on both, at each batch size."""
    for batch in BATCHES:
        inputs = _inputs(model, batch)
        cpu_outputs, cpu_ms = _timed(_session(model, [CPU]), inputs)
        cuda = _session(model, [CUDA, CPU])
        providers = cuda.get_providers()
        if providers[0] != CUDA:
            raise NoCudaError(f"{model}: asked for CUDA, the session runs on {providers}")
        cuda_outputs, cuda_ms = _timed(cuda, inputs)
        exact_outputs = _session(model, [(CUDA, _IN_32_BITS), CPU]).run(None, inputs)
        names = [output.name for output in cuda.get_outputs()]
        differences = dict(zip(names, map(_difference, cuda_outputs, cpu_outputs), strict=True))
        worst = max(differences, key=lambda name: differences[name])
        nodes = _nodes_by_provider(model, inputs)
        yield BatchResult(
            model,
            batch,
            cpu_ms,
            cuda_ms,
            worst,
            differences[worst],
            max(map(_difference, exact_outputs, cpu_outputs)),
            nodes[CUDA],
            nodes[CPU],
        )


def _session(
    model: Path,
    providers: Sequence[str | tuple[str, dict[str, str]]],
    profile: Path | None = None,
) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.log_severity_level = ERRORS_ONLY
    if profile is not None:
        options.enable_profiling = True
        options.profile_file_prefix = str(profile)
    return ort.InferenceSession(str(model), options, providers=providers)


def _inputs(model: Path, batch: int) -> dict[str, npt.NDArray[Any]]:
    """Pictures of smooth noise, the same at every call."""
    generator = np.random.default_rng(_SEED)
    inputs: dict[str, npt.NDArray[Any]] = {}
    for wanted in _session(model, [CPU]).get_inputs():
        # The free axis is the batch; it is the first.
        shape = [size if isinstance(size, int) else 1 for size in wanted.shape]
        shape[0] = batch
        if wanted.type != "tensor(uint8)":
            raise ValueError(f"{model}: expected uint8 pixels as input, got {wanted.type}")
        coarse = generator.integers(0, 256, (batch, 8, 8, shape[3]), dtype=np.uint8)
        rows = np.arange(shape[1]) * 8 // shape[1]
        columns = np.arange(shape[2]) * 8 // shape[2]
        inputs[wanted.name] = np.ascontiguousarray(coarse[:, rows][:, :, columns])
    return inputs


def _timed(
    session: ort.InferenceSession, inputs: dict[str, npt.NDArray[Any]]
) -> tuple[list[npt.NDArray[Any]], float]:
    """The outputs, and the median time of a run in milliseconds; copies to the GPU are in it."""
    for _ in range(_WARM_UP_RUNS):
        session.run(None, inputs)
    times = []
    outputs: list[npt.NDArray[Any]] = []
    for _ in range(_TIMED_RUNS):
        start = time.perf_counter()
        outputs = session.run(None, inputs)
        times.append(time.perf_counter() - start)
    return outputs, float(np.median(times)) * 1000


def _difference(ours: npt.NDArray[Any], theirs: npt.NDArray[Any]) -> float:
    """The largest difference as a share of the largest magnitude; infinite if shapes differ.

    Of class maps (uint8) the share of pixels that differ: two ids are no nearer than two others.
    """
    if ours.shape != theirs.shape or not np.isfinite(ours).all():
        return float("inf")
    if not ours.size:
        return 0.0
    if theirs.dtype == np.uint8:
        return float((ours != theirs).mean())
    scale = max(1.0, float(np.abs(theirs).max()))
    return float(np.abs(ours.astype(np.float64) - theirs.astype(np.float64)).max()) / scale


def _nodes_by_provider(model: Path, inputs: dict[str, npt.NDArray[Any]]) -> Counter[str]:
    """How many kernels of one run each provider executed, as ONNX Runtime's profiler saw it."""
    with tempfile.TemporaryDirectory() as folder:
        session = _session(model, [CUDA, CPU], Path(folder) / "profile")
        session.run(None, inputs)
        events = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
    return Counter(
        event["args"]["provider"]
        for event in events
        if event.get("cat") == "Node" and event.get("args", {}).get("provider")
    )
