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
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    StringConstraints,
    ValidationError,
    model_validator,
)

from training.boxes.checking import SAME_PIXELS
from training.boxes.dataset import IGNORED, BoxDataset, ClassIds, LabelledImage
from training.errors import ClassMapError

logger = logging.getLogger(__name__)

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class ClassMap(BaseModel):
    """Which names that sets use mean which class. Names differ by more than case and outer spaces.

    Attributes:
        classes: the names that sets have for each class; the order gives the class ids.
        ignore: names of what is neither an object nor background.
        unlabelled: by the name of a set, or of the set that it is a part of, classes that it does
            not label.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    classes: dict[Name, Annotated[list[Name], Field(min_length=1)]] = Field(min_length=1)
    ignore: list[Name] = []
    unlabelled: dict[Name, list[Name]] = {}

    _path: Path = PrivateAttr(default=Path("the class map"))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Reads a YAML file.

        Raises:
            ClassMapError: it cannot be read, or is no class map; the message names the field.
        """
        try:
            content: Any = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError) as error:
            raise ClassMapError(
                f"{path}: expected a UTF-8 file that can be read: {error}"
            ) from error
        except yaml.YAMLError as error:
            raise ClassMapError(f"{path}: expected YAML, got {_one_line(error)}") from error
        if not isinstance(content, dict):
            raise ClassMapError(
                f"{path}: expected `classes:` with the names for each class, got {content!r}"
            )
        try:
            class_map = cls.model_validate(content)
        except ValidationError as error:
            raise ClassMapError("\n".join(_explain(path, error))) from error
        class_map._path = path
        return class_map

    @model_validator(mode="after")
    def _check(self) -> Self:
        names = [name for of_class in self.classes.values() for name in of_class]
        for words, what in ((list(self.classes), "class"), ([*names, *self.ignore], "name")):
            counts = Counter(map(_key, words))
            twice = [word for word in words if counts[_key(word)] > 1]
            if twice:
                raise ValueError(f"expected each {what} once, got {twice[0]} {len(twice)} times")
        for name, labels in self.unlabelled.items():
            strange = [label for label in labels if label not in self.classes]
            if strange:
                raise ValueError(
                    f"unlabelled.{name}: expected classes of the map, {', '.join(self.classes)}, "
                    f"got {', '.join(strange)}"
                )
        return self

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes, by class id."""
        return tuple(self.classes)

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
        ids = {_key(name): IGNORED for name in self.ignore}
        for class_id, names in enumerate(self.classes.values()):
            ids.update({_key(name): class_id for name in names})
        unknown = [label for label in dataset.labels if _key(label) not in ids]
        if unknown:
            raise ClassMapError(
                f"{dataset.name}: expected names that stand in {self._path}, got "
                f"{', '.join(unknown)}; add what stands nowhere to one of its classes "
                f"({', '.join(self.classes)}) or to `ignore`"
            )
        new_ids = np.array([ids[_key(label)] for label in dataset.labels], np.int64)
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
        meant = {_key(set_name), _key(set_name.partition("/")[0])}
        return frozenset(
            self.labels.index(label)
            for name, labels in self.unlabelled.items()
            if _key(name) in meant
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
    boxes, class_ids = image.boxes, new_ids[image.class_ids]
    # What was labelled as a car and as a taxi is one car.
    equal = np.abs(boxes[:, None] - boxes[None]).max(axis=2, initial=0) <= SAME_PIXELS
    equal &= class_ids[:, None] == class_ids[None]
    first = ~np.triu(equal, 1).any(axis=0)
    return replace(image, boxes=boxes[first], class_ids=class_ids[first])


def _key(name: str) -> str:
    """Two names mean the same if this is equal."""
    return name.strip().casefold()


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _explain(path: Path, error: ValidationError) -> list[str]:
    """A line for each thing that does not fit: the field, what was expected, what came."""
    lines = []
    for details in error.errors():
        message = details["msg"].removeprefix("Value error, ")
        if details["loc"]:
            field = ".".join(map(str, details["loc"]))
            expected = message.replace("Input should be", "expected", 1)
            message = f"{field}: {expected}, got {details['input']!r}"
        lines.append(f"{path}: {message}")
    return lines
