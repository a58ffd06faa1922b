"""What can go wrong in a run, as exceptions whose text can be shown to a user as it is."""

from __future__ import annotations


class SimulatorError(Exception):
    """Base of everything this package raises on purpose."""


class BridgeUnreachableError(SimulatorError):
    """Nothing answered at the bridge's address within the connect timeout."""

    def __init__(self, address: str, waited_s: float) -> None:
        super().__init__(
            f"nothing answers at {address} (tried for {waited_s:g} s); "
            "start the bridge first: roadsight bridge"
        )


class RecordingExistsError(SimulatorError):
    """The output folder already holds a recording, which is never overwritten."""


class ProtocolError(SimulatorError, ValueError):
    """A message of the bridge that the Udacity simulator would have choked on."""
