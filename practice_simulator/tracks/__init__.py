"""The tracks that can be driven, by name."""

from __future__ import annotations

from practice_simulator.centre_line import CentreLine
from practice_simulator.track import Stretch, Track, read_points

LAKE_START = (-40.62, 108.73)
"""Where the Udacity simulator puts the car on its Lake track (x, z)."""


def load_track(name: str) -> Track:
    """Build the track of that name.

    Raises:
        ValueError: there is no such track.
    """
    if name == "lake":
        return _lake()
    if name == "jungle":
        return _jungle()
    raise ValueError(f"no track is called {name!r}; there are 'lake' and 'jungle'")


def _lake() -> Track:
    """The flat track round the lake; kerbs, dirt and bridge where recordings show them."""
    line = CentreLine.through(read_points("lake_centre_line.csv"), smoothing_m=8.0)
    return Track(
        name="lake",
        line=line.starting_near(*LAKE_START),
        half_width_m=3.7,
        lane_offset_m=0.0,
        stretches=(
            Stretch(190.0, 300.0, "kerb"),
            Stretch(418.0, 520.0, "bridge"),
            Stretch(576.0, 612.0, "dirt", ("right",)),
            Stretch(546.0, 640.0, "kerb"),
            Stretch(690.0, 748.0, "kerb"),
            Stretch(826.0, 906.0, "kerb"),
            Stretch(916.0, 956.0, "dirt", ("right",)),
        ),
    )


def _jungle() -> Track:
    """The hilly, twisting track with two lanes, driven in the right one."""
    line = CentreLine.through(read_points("jungle_centre_line.csv"), smoothing_m=12.0)
    return Track(name="jungle", line=line, half_width_m=4.6, lane_offset_m=2.1)
