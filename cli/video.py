"""``roadsight video``: from a recording to an MP4."""

from __future__ import annotations

from cli.arguments import parse
from simulator_bridge.settings import VideoSettings


def run(arguments: list[str]) -> int:
    """Runs the verb."""
    settings = parse(
        VideoSettings,
        arguments,
        "video",
        examples=(
            "roadsight video runs/drives/2026-11-24_10-00-00",
            "roadsight video data/lake --heat-map --max-frames 500 --output lake.mp4",
        ),
        positional=("recording",),
    )
    from simulator_bridge.video import make_video

    make_video(settings)
    return 0
