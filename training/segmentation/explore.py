"""A look at sets of pictures and masks before training."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from training.errors import TrainingError
from training.labelled.sheet import write_png
from training.packages import need_packages
from training.segmentation.dataset import MaskDataset
from training.segmentation.explore_settings import ExploreSettings
from training.segmentation.overlay_sheet import class_sheet, sample_sheet
from training.segmentation.reading import read_parts
from training.segmentation.set_plots import plot_classes
from training.segmentation.statistics import SetFigures, set_figures


@dataclass(frozen=True)
class ExploreReport:
    """Figures of every part of every set, as ``streets/train``, and the files written."""

    figures: dict[str, SetFigures]
    files: tuple[Path, ...]


def explore(settings: ExploreSettings) -> ExploreReport:
    """Prints a table of figures; writes plots, sheets of overlays, and JSON with all faults.

    Raises:
        TrainingError: no set was given, two of them have one name, or one, or the class map, cannot
            be used.
    """
    need_packages("matplotlib")
    if not settings.data:
        raise TrainingError("no set was given: name at least one folder of pictures and masks")
    wanted = settings.wanted()
    figures: dict[str, SetFigures] = {}
    content: dict[str, object] = {}
    files: list[Path] = []
    for folder in settings.data:
        parts = read_parts(folder, wanted=wanted, palette=settings.palette)
        name = next(iter(parts.values())).name
        found = {part: set_figures(dataset) for part, dataset in parts.items()}
        of_set = {f"{name}/{part}".rstrip("/"): one for part, one in found.items()}
        if figures.keys() & of_set.keys():
            raise TrainingError(
                f"{folder}: sets are told apart by their folder's name, and there are two "
                f"called {name}"
            )
        figures |= of_set
        faults = [str(fault) for fault in next(iter(parts.values())).faults]
        content |= {key: {**asdict(one), "fault_lines": faults} for key, one in of_set.items()}
        files += _draw(name, parts, found, settings)
    table_file = settings.output / "figures.json"
    table_file.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    files.append(table_file)
    Console().print(as_table(figures))
    return ExploreReport(figures, tuple(files))


def _draw(
    name: str,
    parts: Mapping[str, MaskDataset],
    found: Mapping[str, SetFigures],
    settings: ExploreSettings,
) -> list[Path]:
    stem = name.replace("/", "_")
    plot = settings.output / f"{stem}_classes.png"
    plot_classes(name, found, plot)
    files = [plot]
    for part, dataset in parts.items():
        begin = f"{stem}_{part}".rstrip("_")
        for word, drawn in (
            ("sheet", sample_sheet(dataset, settings.sheet, settings.seed)),
            ("by_class", class_sheet(dataset)),
        ):
            files.append(settings.output / f"{begin}_{word}.png")
            write_png(drawn, files[-1])
    return files


def as_table(figures: Mapping[str, SetFigures]) -> Table:
    """The figures as a table for the terminal, a column for each part of a set."""
    table = Table(title="pictures and masks")
    table.add_column("")
    for name in figures:
        table.add_column(name, justify="right")
    columns = [_cells(found) for found in figures.values()]
    # In the order in which they come: sets may have different classes.
    for heading in dict.fromkeys(heading for cells in columns for heading in cells):
        table.add_row(heading, *(cells.get(heading, "-") for cells in columns))
    table.caption = (
        "a class's share of the pixels that have one, and of the pictures that show it; faults are "
        "those of the whole set, all of them: figures.json"
    )
    return table


def _cells(found: SetFigures) -> dict[str, str]:
    alike = sum(map(len, found.near_duplicates))
    return {
        "pictures": str(found.pictures),
        "sizes": "\n".join(f"{count} {size}" for size, count in list(found.sizes.items())[:5]),
        "masks": found.masks,
        "near duplicates": f"{alike} (groups: {len(found.near_duplicates)})",
        "faults": "\n".join(f"{count} {kind}" for kind, count in found.faults.items()) or "none",
        "ignored": f"{found.ignored_share:.2%}",
        "ignored names": ", ".join(found.ignored) or "none",
        **{
            label: f"{share:.2%}  {found.picture_share[label]:4.0%}"
            for label, share in found.pixel_share.items()
        },
    }
