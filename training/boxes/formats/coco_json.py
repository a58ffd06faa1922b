"""A COCO file as text: parsed, and each entry checked for what it has to have."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from training.labelled.faults import Fault, FaultKind

_KINDS = {
    "missing": FaultKind.MISSING_KEY,
    "too_short": FaultKind.COLUMNS,
    "too_long": FaultKind.COLUMNS,
    "finite_number": FaultKind.NOT_FINITE,
}


class CocoEntry(BaseModel):
    """What every entry has.

    Attributes:
        place: what messages call it: its kind and its place in the list, from 0.
    """

    model_config = ConfigDict(allow_inf_nan=False)

    place: str = ""


class CocoImage(CocoEntry):
    """One picture; the size may be left out."""

    id: int
    file_name: str
    width: int | None = None
    height: int | None = None


class CocoAnnotation(CocoEntry):
    """One box: x, y, width, height in pixels."""

    image_id: int
    category_id: int
    bbox: tuple[float, float, float, float]
    iscrowd: bool = False


class CocoCategory(CocoEntry):
    """One class, and what it is a kind of."""

    id: int
    name: str
    supercategory: str | None = None


_Entry = TypeVar("_Entry", bound=CocoEntry)


def parse_file(path: Path, faults: list[Fault]) -> dict[str, list[Any]] | None:
    """The file's content if it has the three lists, or ``None``."""
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        message = f"expected a label file that can be read: {error.strerror}"
        faults.append(Fault(path, FaultKind.UNREADABLE_LABELS, message))
        return None
    except json.JSONDecodeError as error:
        faults.append(
            Fault(path, FaultKind.MALFORMED_JSON, f"expected JSON: {error.msg}", error.lineno)
        )
        return None
    except (ValueError, RecursionError) as error:
        # Not UTF-8, a number of thousands of digits, or lists in lists in lists.
        message = f"expected JSON in UTF-8: {error}"
        faults.append(Fault(path, FaultKind.MALFORMED_JSON, message))
        return None
    keys = ("images", "annotations", "categories")
    lacking = [
        key
        for key in keys
        if not (isinstance(content, dict) and isinstance(content.get(key), list))
    ]
    if lacking:
        message = f"expected the lists {', '.join(keys)}, without {', '.join(lacking)}"
        faults.append(Fault(path, FaultKind.MISSING_KEY, message))
        return None
    return {key: content[key] for key in keys}


def valid_entries(
    entries: Sequence[Any],
    kind: type[_Entry],
    path: Path,
    faults: list[Fault],
    bad: set[int] | None = None,
) -> list[_Entry]:
    """The entries that can be used.

    Of those that cannot, the fault is noted, and in ``bad`` the id of the picture they belong to.
    """
    title = kind.__name__.removeprefix("Coco").lower()
    good = []
    for number, entry in enumerate(entries):
        place = f"{title} {number}"
        try:
            good.append(kind.model_validate(entry).model_copy(update={"place": place}))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "entry"
            message = f"{place}: {where}: {first['msg']}"
            faults.append(Fault(path, _KINDS.get(first["type"], FaultKind.NOT_A_NUMBER), message))
            image_id = entry.get("image_id") if isinstance(entry, dict) else None
            if bad is not None and isinstance(image_id, int):
                bad.add(image_id)
    return good
