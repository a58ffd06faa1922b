"""What the values in a set's masks mean: names, ignored names, and the classes of a class map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from training.labelled.faults import LabelError
from training.name_map import NameMap
from training.segmentation.masks import MaskCoding, MaskKind, packed
from training.segmentation.palette import default_palette
from vision.class_map import IGNORED, MAX_CLASSES, RGB

IGNORED_NAMES = ("unlabelled", "unlabeled", "void", "ignore", "ignored", "unknown")
"""Names of what is no class, unless told otherwise; case does not matter."""

BACKGROUND, FOREGROUND = "background", "foreground"
"""The classes of binary masks, where nothing says what is marked in them."""


@dataclass(frozen=True)
class Classes:
    """The classes of a set.

    Attributes:
        labels: their names, by class id.
        palette: a colour for each.
        coding: what the values of the masks mean.
        ignored: names that are no class.
    """

    labels: tuple[str, ...]
    palette: tuple[RGB, ...]
    coding: MaskCoding
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """What is asked of the classes of a set.

    Attributes:
        name_map: which names mean which class; ``None``: the set's own names are its classes.
        ignore: names of what is no class, beside those that the map ignores.
    """

    name_map: NameMap | None = None
    ignore: tuple[str, ...] = IGNORED_NAMES

    def ignores(self, name: str) -> bool:
        """Whether a name is that of no class."""
        return name.casefold() in {ignored.casefold() for ignored in self.ignore}


def classes_by_colour(set_name: str, palette: Mapping[str, RGB], wanted: Wanted) -> Classes:
    """The classes of a set of colour masks: the names of its palette.

    Raises:
        LabelError: no class is left, or there are too many.
        ClassMapError: a name stands nowhere in the class map.
    """
    values = {packed(colour): name for name, colour in palette.items()}
    return _classes(set_name, MaskKind.COLOUR, values, palette, wanted)


def classes_by_value(
    set_name: str,
    names: Sequence[str] | None,
    palette: Mapping[str, RGB],
    seen: frozenset[int],
    wanted: Wanted,
) -> Classes:
    """The classes of a set of masks with values.

    Masks of nothing but 0 and 1, or 0 and 255, are binary if the set names no more than two
    classes; of one name it is that of what is marked. Else a value is the number of a name. 255 is
    ignored, except in a binary set without a 1.

    Args:
        set_name: what errors call the set.
        names: its names by value; ``None``: it does not say.
        palette: colours of some names.
        seen: all values that stand in the masks.
        wanted: what is asked of the classes.

    Raises:
        LabelError: no class is left, or there are too many.
        ClassMapError: a name stands nowhere in the class map.
    """
    few = names is None or (len(names) <= 2 and not any(map(wanted.ignores, names)))
    if few and seen <= {0, 1, IGNORED}:
        marked = (names or (FOREGROUND,))[-1]
        unmarked = names[0] if names and len(names) == 2 else BACKGROUND
        value = IGNORED if IGNORED in seen and 1 not in seen else 1
        return _classes(set_name, MaskKind.BINARY, {0: unmarked, value: marked}, palette, wanted)
    if names is None:
        last = max(seen - {IGNORED}, default=0)
        names = [f"class_{number}" for number in range(last + 1)]
    return _classes(set_name, MaskKind.INDEX, dict(enumerate(names)), palette, wanted)


def _classes(
    set_name: str,
    kind: MaskKind,
    values: Mapping[int, str],
    palette: Mapping[str, RGB],
    wanted: Wanted,
) -> Classes:
    """Brings the meaning of each value and what is wanted together."""
    kept = [name for name in values.values() if not wanted.ignores(name)]
    ids: list[int | None] = list(range(len(kept)))
    labels = tuple(kept)
    if wanted.name_map is not None:
        ids, labels = wanted.name_map.class_ids(set_name, kept), wanted.name_map.labels
    if not 1 <= len(labels) <= MAX_CLASSES:
        raise LabelError(
            f"{set_name}: expected 1 to {MAX_CLASSES} classes, got {len(labels)} "
            f"(names: {', '.join(values.values())})"
        )
    by_name = dict(zip(kept, ids, strict=True))
    class_ids = {} if kind is MaskKind.COLOUR else {IGNORED: IGNORED}
    ignored = []
    for value, name in values.items():
        class_id = by_name.get(name)
        if class_id is None:
            ignored.append(name)
        class_ids[value] = IGNORED if class_id is None else class_id
    colours = dict(zip(labels, default_palette(labels), strict=True))
    if wanted.name_map is None:
        colours.update({name: palette[name] for name in labels if name in palette})
    return Classes(
        labels, tuple(colours[name] for name in labels), MaskCoding(kind, class_ids), tuple(ignored)
    )
