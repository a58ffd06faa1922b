"""What can go wrong with recordings and videos; the text can be shown to a user as it is."""

from __future__ import annotations


class VideoError(Exception):
    """A video cannot be made; the message says of what and why."""


class RecordingError(VideoError):
    """A folder is no recording that can be read."""
