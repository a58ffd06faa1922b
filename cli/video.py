"""``roadsight video``: from a recording to an MP4."""

from __future__ import annotations

from rich.console import Console

from cli.arguments import parse
from cli.errors import CommandError
from cli.progress import progress
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
    from simulator_bridge.errors import VideoError
    from simulator_bridge.video import make_video

    try:
        with progress("drawing", Console(stderr=True)) as show:
            film = make_video(
                settings, lambda done, total: show(done / total, f"{done} of {total} frames")
            )
    except VideoError as error:
        raise CommandError(str(error)) from error
    print(film)
    return 0
