"""A track: its line, how wide its road is, and what lies where along it. Numbers, no drawing."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import Literal

import numpy as np

from practice_simulator.centre_line import CentreLine, Floats, Place

Side = Literal["left", "right"]
Edge = Literal["plain", "kerb", "dirt", "bridge"]

INTERVENTION_MARGIN_M = 1.0
"""How far past the road's edge the middle of the car may come before it is put back."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of the track with one kind of edge; told in metres along the track as built."""

    from_m: float
    to_m: float
    edge: Edge
    sides: tuple[Side, ...] = ("left", "right")


@dataclass(frozen=True)
class Track:
    """What can be driven on.

    `line` is the road's axis as built; `half_width_m` reaches from it to where the road ends (the
    edge line). A car is meant to drive `lane_offset_m` to the right of the axis. `stretches` are
    told along `line`; everything else has a plain edge.
    """

    name: str
    line: CentreLine
    half_width_m: float
    lane_offset_m: float
    stretches: tuple[Stretch, ...] = ()

    def edge_at(self, along_m: float, side: Side) -> Edge:
        """The kind of edge at a place of the track as built."""
        for stretch in self.stretches:
            if stretch.from_m <= along_m < stretch.to_m and side in stretch.sides:
                return stretch.edge
        return "plain"


class Course:
    """A track driven in one direction: the line a car follows, and where a car is on it.

    The ideal line is the middle of the lane that belongs to the direction: the road's axis on the
    lake, the middle of the right lane in the jungle.
    """

    def __init__(self, track: Track, reverse: bool = False) -> None:
        self.track = track
        self.axis = track.line.reversed() if reverse else track.line
        self.length_m = self.axis.length_m

    def locate(self, x: float, z: float, near_m: float | None = None) -> Place:
        """Where a ground position is; the offset is from the ideal line, positive to the right."""
        place = self.axis.locate(x, z, near_m)
        return Place(place.along_m, place.offset_m - self.track.lane_offset_m)

    def point(self, along_m: float, offset_m: float = 0.0) -> tuple[float, float, float]:
        """x, z, y of a point `offset_m` to the right of the ideal line."""
        return self.axis.point(along_m, self.track.lane_offset_m + offset_m)

    def heading(self, along_m: float) -> float:
        """Direction of the road in radians, counter-clockwise from +x."""
        return self.axis.at(along_m)[3]

    def beyond_edge_m(self, place: Place) -> float:
        """How far the place is past the nearer road edge; negative on the road."""
        return abs(place.offset_m + self.track.lane_offset_m) - self.track.half_width_m


def read_points(name: str) -> Floats:
    """Read a centre line file of `practice_simulator/tracks`: two or three numbers a line."""
    source = resources.files("practice_simulator.tracks").joinpath(name)
    rows = [
        [float(cell) for cell in row.split(",")]
        for row in source.read_text(encoding="utf-8").splitlines()
        if row and not row.startswith("#")
    ]
    points = np.asarray(rows, dtype=np.float64)
    if points.shape[1] == 2:
        points = np.column_stack([points, np.zeros(len(points))])
    return points
