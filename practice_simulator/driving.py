"""Mode `drive`: lets a bridge drive the car, and reports how well it did."""

from __future__ import annotations

from collections.abc import Callable

from practice_simulator.clocks import Clock, FastClock, RealTimeClock
from practice_simulator.connection import Connection, connect
from practice_simulator.plot import plot_path
from practice_simulator.report import DriveProgress, DriveReport
from practice_simulator.settings import DriveSettings
from practice_simulator.simulation import Simulation


def drive(
    settings: DriveSettings, on_progress: Callable[[DriveProgress], None] | None = None
) -> DriveReport:
    """Connect to a bridge and drive until the laps, seconds or metres asked for are done.

    A drive that is cut short - the bridge stalls, or goes away for good, or Ctrl-C is pressed - is
    reported too, with `finished` false.

    Args:
        settings: where the bridge is, what to drive, and what to write.
        on_progress: called after every telemetry.

    Raises:
        BridgeUnreachableError: nothing answered within the connect timeout.
        OSError: an output file cannot be written.
    """
    connection = connect(settings.host, settings.port, settings.connect_timeout_s)

    def dial(timeout_s: float) -> Connection:
        return Connection(settings.host, settings.port, timeout_s)

    clock_kind: type[Clock] = FastClock if settings.clock == "fast" else RealTimeClock
    try:
        simulation = Simulation(settings, on_progress)
    except BaseException:
        connection.drop()
        raise
    try:
        clock_kind(simulation, connection, dial).run()
    except KeyboardInterrupt:
        simulation.end("it was interrupted")
    finally:
        report = simulation.close()
    if settings.json_path is not None:
        report.write_json(settings.json_path)
    if settings.plot_path is not None:
        plot_path(report, settings.plot_path)
    return report
