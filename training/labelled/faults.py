"""What can be wrong with labels and pictures, and what became of it."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal

from training.errors import TrainingError

OnFault = Literal["skip", "stop"]
"""What to do about faults: go on without the pictures that have them, or stop and name them."""

logger = logging.getLogger(__name__)


class FaultKind(StrEnum):
    """Every kind of fault; the value is what reports call it."""

    NO_LABEL_FILE = "no label file"
    EMPTY_LABEL_FILE = "empty label file"
    NO_PICTURE = "no picture"
    UNREADABLE_PICTURE = "unreadable picture"
    BROKEN_PICTURE = "broken-off picture"
    SAME_NAME = "two pictures of one name"
    UNREADABLE_LABELS = "unreadable label file"
    NOT_UTF8 = "not UTF-8"
    COLUMNS = "wrong number of columns"
    NOT_A_NUMBER = "not a number"
    NOT_FINITE = "NaN or infinite"
    CLASS_NOT_INTEGER = "class not an integer"
    CLASS_NEGATIVE = "negative class"
    UNKNOWN_CLASS = "unknown class"
    OVER_ONE = "share over 1"
    NEGATIVE = "negative share"
    PIXELS = "pixels instead of shares"
    NO_AREA = "box without area"
    OUTSIDE = "box outside the picture"
    OVER_THE_EDGE = "box over the edge"
    DUPLICATE = "duplicate box"
    SWAPPED_CORNERS = "swapped corners"
    OTHER_SIZE = "size is not the picture's"
    MALFORMED_XML = "malformed XML"
    XML_ENTITIES = "XML with a document type"
    MISSING_ELEMENT = "missing XML element"
    MALFORMED_JSON = "malformed JSON"
    MISSING_KEY = "missing JSON key"
    UNKNOWN_PICTURE = "annotation of an unknown picture"
    LISTED_TWICE = "listed twice"
    NO_MASK = "no mask"
    SEVERAL_MASKS = "several masks"
    UNREADABLE_MASK = "unreadable mask"
    MASK_FORMAT = "mask of no use"
    MASK_SIZE = "mask of another size"
    UNKNOWN_VALUE = "unknown value in a mask"
    ALL_IGNORED = "all of it ignored"


class Effect(StrEnum):
    """What becomes of a picture because of a fault."""

    LEFT_OUT = "left out"
    """It is not in the set: an object without its box would be taught as background."""
    REPAIRED = "repaired"
    """It is in the set, since there is one thing only that can have been meant."""
    KEPT = "kept"
    """It is in the set as it came; the fault may be meant so."""


_EFFECTS = {
    FaultKind.EMPTY_LABEL_FILE: Effect.KEPT,
    FaultKind.OVER_THE_EDGE: Effect.REPAIRED,
    FaultKind.DUPLICATE: Effect.REPAIRED,
    FaultKind.SWAPPED_CORNERS: Effect.REPAIRED,
    FaultKind.LISTED_TWICE: Effect.REPAIRED,
}
"""What becomes of a picture; by all other kinds it is left out."""


@dataclass(frozen=True)
class Fault:
    """Something wrong with a label file or a picture.

    Attributes:
        path: the file.
        kind: what kind of fault it is.
        message: what was expected and what came; one line.
        line: the line in the file, from 1, where that can be said.
    """

    path: Path
    kind: FaultKind
    message: str
    line: int | None = None

    @property
    def effect(self) -> Effect:
        """What becomes of the picture."""
        return _EFFECTS.get(self.kind, Effect.LEFT_OUT)

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else str(self.path)
        return f"{place}: {self.message}; {self.effect}"


class LabelError(TrainingError):
    """A folder holds no set of labelled pictures, or its files have faults and that was to stop."""


def count_kinds(faults: Sequence[Fault]) -> dict[str, int]:
    """How many faults there are of each kind, most frequent first."""
    return dict(Counter(str(fault.kind) for fault in faults).most_common())


def in_lines(faults: Sequence[Fault], limit: int = 20) -> str:
    """The first faults, a line each, and how many more there are of which kind."""
    lines = [str(fault) for fault in faults[:limit]]
    rest = count_kinds(faults[limit:])
    if rest:
        kinds = ", ".join(f"{count} x {kind}" for kind, count in rest.items())
        lines.append(f"... and {sum(rest.values())} more: {kinds}")
    return "\n".join(lines)


def judge(folder: Path, faults: list[Fault], on_fault: OnFault) -> None:
    """Puts the faults in order, those that cost a picture first, and logs the first ones or stops.

    Args:
        folder: the set.
        faults: all that is wrong with it; they are sorted in place.
        on_fault: what to do about them. A fault that is kept, since it may be meant, never stops.

    Raises:
        LabelError: ``on_fault`` is ``stop``, and there are faults.
    """
    faults.sort(key=lambda fault: list(Effect).index(fault.effect))
    serious = [fault for fault in faults if fault.effect is not Effect.KEPT]
    if on_fault == "stop" and serious:
        raise LabelError(f"{folder}: faults in its labels: {len(serious)}\n{in_lines(serious)}")
    if faults:
        logger.warning("%s: faults in its labels: %d\n%s", folder, len(faults), in_lines(faults))
