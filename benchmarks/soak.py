"""A long drive in which everything goes wrong: 20,000 telemetries in lock step, malformed ones
among them, and the steering service killed and started again in the middle.

It passes if nothing stalls, every telemetry is answered, the car is steered again after the service
has come back, and the bridge's memory does not grow.
"""

from __future__ import annotations

import argparse
import sys
import time
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.frames import load_frames
from benchmarks.raw_simulator import (
    RawSimulator,
    encode_binary,
    encode_text,
    event_text,
    telemetry_text,
)
from benchmarks.running import ProcessError, bridge, running_service
from cli.processes import free_port
from protos.endpoints import STEERING
from simulator_bridge.errors import RecordingError

MALFORMED_EVERY = 20
KILL_AT, RESTART_AT = 0.4, 0.5
"""When the service is killed and started again, as shares of the drive."""

ALLOWED_GROWTH_MB = 8.0
"""Memory may grow so much after the first tenth of the drive, in MB."""

STALL_S = 5.0
"""An answer that takes longer is a stall, in seconds."""

_NUMBERS = {"steering_angle": "0.0000", "throttle": "0.0000", "speed": "10.0000"}
_HUGE = 5_000_000


@dataclass
class Outcome:
    """What came of a drive.

    Attributes:
        sent: well-formed telemetries.
        answered: of these, answered ones.
        malformed: malformed messages.
        longest_s: the longest time to an answer, in seconds.
        steered_again: the service's answers arrived again after it was started again.
        growth_mb: the bridge's memory at the end less at a tenth of the drive; ``None`` where the
            system does not tell.
    """

    sent: int = 0
    answered: int = 0
    malformed: int = 0
    longest_s: float = 0.0
    steered_again: bool = False
    growth_mb: float | None = None

    def problems(self) -> list[str]:
        """What was not as it has to be."""
        found = []
        if self.answered < self.sent:
            found.append(f"{self.sent - self.answered} telemetries were not answered")
        if self.longest_s > STALL_S:
            found.append(f"an answer took {self.longest_s:.1f} s")
        if not self.steered_again:
            found.append("the car was not steered again after the service had come back")
        if self.growth_mb is not None and self.growth_mb > ALLOWED_GROWTH_MB:
            found.append(f"the bridge's memory grew by {self.growth_mb:.1f} MB")
        return found


def main(arguments: list[str] | None = None) -> int:
    """Runs the soak from the command line; the exit code is 0 if it passes."""
    parser = argparse.ArgumentParser(
        prog="roadsight bench soak", description="A long drive in which everything goes wrong."
    )
    parser.add_argument("--recording", type=Path, help="frames of this recording; else drawn ones")
    parser.add_argument("--model", type=Path, help="model.onnx; else the newest in the repository")
    parser.add_argument("--count", type=int, default=20_000, help="well-formed telemetries")
    parser.add_argument("--server", choices=["threading", "eventlet"], default="threading")
    options = parser.parse_args(arguments)
    started_s = time.monotonic()
    try:
        jpegs = load_frames(options.recording)
        outcome = soak(jpegs, options.model, options.count, options.server)
    except (RecordingError, ProcessError) as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:  # a stall, or the bridge has gone
        print(f"FAILED: {error}")
        return 1
    problems = outcome.problems()
    growth = "unknown here" if outcome.growth_mb is None else f"{outcome.growth_mb:+.1f} MB"
    print(
        f"{outcome.sent} telemetries, {outcome.answered} answered, {outcome.malformed} malformed "
        f"messages among them, {time.monotonic() - started_s:.0f} s\n"
        f"longest time to an answer: {1000 * outcome.longest_s:.0f} ms\n"
        f"steered again after the service was killed and started again: "
        f"{'yes' if outcome.steered_again else 'no'}\n"
        f"memory of the bridge from a tenth of the drive to its end: {growth}\n"
        f"{'FAILED: ' + '; '.join(problems) if problems else 'passed'}"
    )
    return 1 if problems else 0


def soak(jpegs: list[bytes], model: Path | None, count: int, server: str) -> Outcome:
    """Drives, and says what came of it.

    Args:
        jpegs: pictures to send in turn.
        model: the service's model file; the newest in the repository unless given.
        count: well-formed telemetries to send.
        server: the bridge's server mode.
    """
    outcome = Outcome()
    service_port, bridge_port = free_port(), free_port()
    encoded = [encode_text(telemetry_text(jpeg, speed_mph=20.0)) for jpeg in jpegs]
    with ExitStack() as stack:
        service = stack.enter_context(ExitStack())
        running = service.enter_context(running_service(STEERING, service_port, model))
        # The watchdog is slower than a stall: it must not answer in the bridge's place.
        flags = ["--server", server, "--watchdog-ms", "30000"]
        bridge_process = stack.enter_context(bridge(bridge_port, service_port, flags))
        car = stack.enter_context(RawSimulator(bridge_port, timeout_s=2 * STALL_S))
        car.send(encoded[0] + encoded[1])
        car.next_event()
        memory_mb: float | None = None
        predicted = 0.0
        for number in range(count):
            if number == int(count * KILL_AT):
                running.popen.kill()
            if number == int(count * RESTART_AT):
                service.close()
                service.enter_context(running_service(STEERING, service_port, model))
                predicted = _predicted(bridge_port)
            if number == count // 10:
                memory_mb = resident_mb(bridge_process.popen.pid)
            if number % MALFORMED_EVERY == 0:
                outcome.malformed += 1
                _send_malformed(car, number // MALFORMED_EVERY)
            outcome.sent += 1
            started_s = time.monotonic()
            car.send(encoded[number % len(encoded)])
            if car.next_event()[0] == "steer":
                outcome.answered += 1
            outcome.longest_s = max(outcome.longest_s, time.monotonic() - started_s)
        outcome.steered_again = _predicted(bridge_port) > predicted
        end_mb = resident_mb(bridge_process.popen.pid)
        if memory_mb is not None and end_mb is not None:
            outcome.growth_mb = end_mb - memory_mb
    return outcome


def resident_mb(pid: int) -> float | None:
    """Memory of a process that is in RAM, in MB; ``None`` where there is no ``/proc``."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return None
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def _malformed_telemetries() -> list[bytes]:
    """Each is a telemetry to the bridge, and answered."""
    return [
        encode_text(text)
        for text in (
            event_text("telemetry", _NUMBERS | {"image": "*** no base64 ***"}),
            event_text("telemetry", {}),
            event_text("telemetry", None),
            event_text("telemetry", {"speed": 10, "steering_angle": 0, "throttle": 0}),
            event_text("telemetry", [1, 2, 3]),
            '42["telemetry",{"image":"cut o',
            telemetry_text(b"\xff\xd8\xff\xe0 a truncated JPEG"),
            event_text("telemetry", _NUMBERS | {"image": "A" * _HUGE}),
        )
    ]


def _malformed_messages() -> list[bytes]:
    """No telemetries: nothing answers them."""
    return [
        encode_binary(bytes(1000)),
        encode_text('451-["telemetry",{"image":{"_placeholder":true,"num":0}}]'),
        encode_text(event_text("hello", {})),
        encode_text("42{"),
        encode_text(""),
    ]


_TELEMETRIES = _malformed_telemetries()
_MESSAGES = _malformed_messages()


def _send_malformed(car: RawSimulator, turn: int) -> None:
    """One malformed message, and its answer if it is to have one."""
    kind = turn % (len(_TELEMETRIES) + len(_MESSAGES))
    if kind < len(_TELEMETRIES):
        car.send(_TELEMETRIES[kind])
        car.next_event()
    else:
        car.send(_MESSAGES[kind - len(_TELEMETRIES)])


def _predicted(port: int) -> float:
    """How many predictions the bridge has got from the service."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=STALL_S) as answer:
        text: str = answer.read().decode()
    line = next(x for x in text.splitlines() if 'seconds_count{stage="service"}' in x)
    return float(line.split()[1])


if __name__ == "__main__":
    sys.exit(main())
