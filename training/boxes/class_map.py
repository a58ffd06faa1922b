"""A class map: a small file that brings sets with different labels together.

.. code-block:: yaml

    classes:
      car: [car, taxi, suv]
      bus: [bus, minibus]
      person: [person]
    ignore: [wheelbarrow]       # neither an object nor background
    unlabelled:                 # by set: classes that it does not label
      my_set: [person]
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Self

import numpy as np
from pydantic import Field, model_validator

from training.boxes.checking import SAME_PIXELS
from training.boxes.dataset import IGNORED, BoxDataset, ClassIds, LabelledImage
from training.errors import ClassMapError
from training.name_map import Name, NameMap, as_key

logger = logging.getLogger(__name__)


class ClassMap(NameMap):
    """Which names that sets use mean which class, and what sets do not label.

    A name in ``ignore`` is that of what is neither an object nor background.

    Attributes:
        unlabelled: by the name of a set, or of the set that it is a part of, classes that it does
            not label.
    """

    unlabelled: dict[Name, list[Name]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check_unlabelled_names(self) -> Self:
        for name, labels in self.unlabelled.items():
            strange = [label for label in labels if label not in self.classes]
            if strange:
                raise ValueError(
                    f"unlabelled.{name}: expected classes of the map, {', '.join(self.classes)}, "
                    f"got {', '.join(strange)}"
                )
        return self

    def apply(self, dataset: BoxDataset) -> BoxDataset:
        """The set with the classes of the map, whatever it calls them itself.

        Boxes with an ignored name become regions of class id
        :data:`training.boxes.dataset.IGNORED`. Of two equal boxes that become one class one is
        kept. Classes that the map says the set does not label, and those for which the set has no
        name at all, become its ``unlabelled``.

        Raises:
            ClassMapError: a name of the set stands nowhere in the map, or the set has boxes of a
                class that it should not label.
        """
        ids = self.class_ids(dataset.name, dataset.labels)
        new_ids = np.array([IGNORED if new_id is None else new_id for new_id in ids], np.int64)
        images = tuple(_mapped(image, new_ids) for image in dataset.images)
        unlabelled = self._declared(dataset.name)
        self._check_unlabelled(dataset.name, unlabelled, images)
        nameless = frozenset(range(len(self.classes))) - set(new_ids.tolist()) - unlabelled
        for absent, why in ((unlabelled, "as the map says"), (nameless, "it has no name for them")):
            if absent:
                words = ", ".join(self.labels[class_id] for class_id in sorted(absent))
                logger.info("%s: classes that it does not label (%s): %s", dataset.name, why, words)
        return replace(dataset, labels=self.labels, images=images, unlabelled=unlabelled | nameless)

    def _declared(self, set_name: str) -> frozenset[int]:
        """Ids of the classes that the map says a set does not label."""
        meant = {as_key(set_name), as_key(set_name.partition("/")[0])}
        return frozenset(
            self.labels.index(label)
            for name, labels in self.unlabelled.items()
            if as_key(name) in meant
            for label in labels
        )

    def _check_unlabelled(
        self, set_name: str, unlabelled: frozenset[int], images: tuple[LabelledImage, ...]
    ) -> None:
        for image in images:
            wrong = unlabelled.intersection(image.class_ids.tolist())
            if wrong:
                label = self.labels[min(wrong)]
                raise ClassMapError(
                    f"{set_name}: expected no box of the class {label}, which {self._path} says is "
                    f"unlabelled there, got one in {image.path}; take {label} out of `unlabelled`, "
                    "or move the name that the set has for it to `ignore`"
                )


def _mapped(image: LabelledImage, new_ids: ClassIds) -> LabelledImage:
    boxes, class_ids = image.boxes, np.where(image.ignored, IGNORED, new_ids[image.class_ids])
    # What was labelled as a car and as a taxi is one car.
    equal = np.abs(boxes[:, None] - boxes[None]).max(axis=2, initial=0) <= SAME_PIXELS
    equal &= class_ids[:, None] == class_ids[None]
    first = ~np.triu(equal, 1).any(axis=0)
    return replace(image, boxes=boxes[first], class_ids=class_ids[first])
