"""Which class id a box gets: what the files say, and what the caller wants, brought together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from training.boxes.raw import Category, RawSet
from training.labelled.faults import LabelError


@dataclass(frozen=True)
class Classes:
    """The classes of a set.

    Attributes:
        labels: their names, by class id.
        ids: class id for every category that may stand in the files; ``None`` for those that
            nobody wants, whose boxes are left away.
    """

    labels: tuple[str, ...]
    ids: Mapping[Category, int | None]

    def expected(self, category: Category) -> str:
        """What should have stood instead of an unknown category."""
        if isinstance(category, int):
            return f"a class from 0 to {len(self.ids) - 1}"
        return f"one of {', '.join(map(str, self.ids))}"


def find_classes(raw: RawSet, wanted: tuple[str, ...] | None, set_name: str) -> Classes:
    """Brings the names of a set and the wanted names together.

    A set that names its classes (a file of names, COCO's categories) is searched for the wanted
    ones; its other classes are left away. For a set that does not, the wanted names are its names.
    A set with one class only is taken for the one wanted, whatever it calls it. Where no name is
    wanted, the set's own are taken: as it says, else as its boxes say, else ``class_0``, ...

    Args:
        raw: the set.
        wanted: names of the wanted classes, by class id; ``None``: all there are.
        set_name: what errors call the set.

    Raises:
        LabelError: the set names its classes, and a wanted one is not among them.
    """
    found = {box.category for picture in raw.pictures for box in picture.boxes}
    by_name = any(isinstance(category, str) for category in found)
    own = raw.names
    if own is None and by_name and (wanted is None or len(found) == len(wanted) == 1):
        own = tuple(sorted(map(str, found)))
    if own is None:
        last = max((category for category in found if isinstance(category, int)), default=0)
        own = wanted or tuple(f"class_{number}" for number in range(last + 1))
    labels = wanted or own
    if len(own) == len(labels) == 1:
        taken: dict[str, int] = {own[0]: 0}
    else:
        missing = [label for label in labels if label not in own]
        if missing:
            raise LabelError(
                f"{set_name}: expected the classes {', '.join(labels)}, but it has "
                f"{', '.join(own)}, without {', '.join(missing)}. "
                "`roadsight convert labels --labels ...` writes a set of some classes only"
            )
        taken = {label: number for number, label in enumerate(labels)}
    if by_name:
        return Classes(labels, {name: taken.get(name) for name in own})
    return Classes(labels, {number: taken.get(name) for number, name in enumerate(own)})
