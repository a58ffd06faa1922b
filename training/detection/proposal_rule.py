"""How proposals are chosen, as numbers: a recipe has them, :mod:`proposals` goes by them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ProposalRule:
    """How proposals are chosen.

    Attributes:
        per_level: the best so many of each level are looked at.
        count: so many are proposed.
        iou_threshold: of two that overlap more, the better one stays, 0..1.
    """

    per_level: int
    count: int
    iou_threshold: float
