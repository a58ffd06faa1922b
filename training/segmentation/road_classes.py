"""A class map that brings CamVid, Cityscapes and sets labelled like them to CamVid's classes."""

from __future__ import annotations

from pathlib import Path

ROAD_CLASSES = Path(__file__).with_name("road_classes.yaml")
