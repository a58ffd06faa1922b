"""Licence plates: YOLOv4-tiny."""
