"""The class map of the shipped model, which training and evaluation take unless told otherwise."""

from __future__ import annotations

from pathlib import Path

ROAD_CLASSES = Path(__file__).with_name("road_classes.yaml")
