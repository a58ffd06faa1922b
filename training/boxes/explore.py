"""A look at sets of labelled pictures before training."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from training.boxes.class_map import ClassMap
from training.boxes.contact_sheet import contact_sheet, draw_sample, find_extremes
from training.boxes.counting import count_only
from training.boxes.dataset import BoxDataset
from training.boxes.reading import read_dataset
from training.boxes.set_plots import plot_set
from training.boxes.settings import ExploreBoxesSettings
from training.boxes.statistics import Quantiles, SetFigures, set_figures
from training.errors import TrainingError
from training.labelled.sheet import write_png
from training.packages import need_packages


@dataclass(frozen=True)
class ExploreReport:
    """Figures of every set, by its name, and the files that were written."""

    figures: dict[str, SetFigures]
    files: tuple[Path, ...]


def explore(settings: ExploreBoxesSettings) -> ExploreReport:
    """Prints a table of figures; writes plots, contact sheets, and JSON with all faults.

    Raises:
        TrainingError: no set was given, two of them have one name, or one, or the class map, cannot
            be used.
    """
    need_packages("matplotlib")
    if not settings.data:
        raise TrainingError("no set was given: name at least one folder of labelled pictures")
    class_map = None if settings.classes is None else ClassMap.read(settings.classes)
    figures: dict[str, SetFigures] = {}
    faults: dict[str, list[str]] = {}
    files: list[Path] = []
    for folder in settings.data:
        dataset = _read(folder, tuple(settings.labels), class_map)
        if dataset.name in figures:
            raise TrainingError(
                f"{folder}: sets are told apart by their folder's name, and there are two "
                f"called {dataset.name}"
            )
        found = set_figures(dataset, settings.anchors, settings.size, settings.seed)
        figures[dataset.name] = found
        faults[dataset.name] = [str(fault) for fault in dataset.faults]
        files += _draw(dataset, found, settings)
    table_file = settings.output / "figures.json"
    content = {
        name: {**asdict(found), "fault_lines": faults[name]} for name, found in figures.items()
    }
    table_file.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    files.append(table_file)
    Console().print(as_table(figures))
    return ExploreReport(figures, tuple(files))


def _read(folder: Path, labels: tuple[str, ...], class_map: ClassMap | None) -> BoxDataset:
    if class_map is None:
        return read_dataset(folder, labels=labels or None)
    dataset = class_map.apply(read_dataset(folder))
    return count_only(dataset, labels) if labels else dataset


def _draw(dataset: BoxDataset, found: SetFigures, settings: ExploreBoxesSettings) -> list[Path]:
    stem = settings.output / dataset.name.replace("/", "_")
    plots = stem.with_name(stem.name + "_boxes.png")
    plot_set(dataset, found, settings.size, plots)
    files = [plots]
    for word, tiles in (
        ("sheet", draw_sample(dataset, settings.sheet, settings.seed)),
        ("extremes", find_extremes(dataset)),
    ):
        if tiles:
            files.append(stem.with_name(f"{stem.name}_{word}.png"))
            write_png(contact_sheet(tiles, dataset.labels), files[-1])
    return files


def as_table(figures: Mapping[str, SetFigures]) -> Table:
    """The figures as a table for the terminal, a column for each set."""
    table = Table(title="labelled pictures")
    table.add_column("")
    for name in figures:
        table.add_column(name, justify="right")
    columns = [_cells(found) for found in figures.values()]
    for heading in columns[0]:
        table.add_row(heading, *(cells[heading] for cells in columns))
    table.caption = (
        "sizes and shapes: 5 %, half and 95 % of the boxes are at most so much; COCO's limits are "
        "32 x 32 and 96 x 96 pixels; all faults: figures.json"
    )
    return table


def _cells(found: SetFigures) -> dict[str, str]:
    alike = sum(map(len, found.near_duplicates))
    return {
        "pictures": str(found.pictures),
        "without objects": str(found.without_objects),
        "near duplicates": f"{alike} (groups: {len(found.near_duplicates)})",
        "faults": _counts(found.faults, "\n") or "none",
        "boxes": f"{found.boxes}" + (f" and {found.ignored} ignored" if found.ignored else ""),
        "by class": _counts(found.boxes_by_class, "\n"),
        "by size": _counts(found.boxes_by_size, ", "),
        "width / picture's": _spread(found.width),
        "height / picture's": _spread(found.height),
        "width / height": _spread(found.aspect),
        "anchors by k-means": ", ".join(f"{w:.0f}x{h:.0f}" for w, h in found.anchors),
        "mean IoU with these": _share(found.anchors_iou),
        "with yolov4-tiny's": _share(found.yolov4_tiny_iou),
    }


def _counts(counts: Mapping[str, int], between: str) -> str:
    return between.join(f"{count} {word}" for word, count in counts.items())


def _spread(values: Quantiles | None) -> str:
    if values is None:
        return "-"
    return f"{values.low:.3f}  {values.median:.3f}  {values.high:.3f}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
