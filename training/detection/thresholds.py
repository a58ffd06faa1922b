"""The thresholds of the traffic objects' detector, the only place in which they stand."""

from __future__ import annotations

SCORE = 0.4
"""Lowest score of a box that a service answers, unless the request says otherwise."""

NMS_IOU = 0.5
"""Of two boxes of a class that overlap more than this, the better one stays."""

MAX_DETECTIONS = 100
"""The best this many boxes of a picture are answered."""
