"""Which class the names that sets use for their classes mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Self

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

from training.errors import ClassMapError

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class NameMap(BaseModel):
    """Which names that sets use mean which class. Names differ by more than case and outer spaces.

    Attributes:
        classes: the names that sets have for each class; the order gives the class ids.
        ignore: names of what belongs to no class.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    classes: dict[Name, Annotated[list[Name], Field(min_length=1)]] = Field(min_length=1)
    ignore: list[Name] = []

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
    def _check_names(self) -> Self:
        names = [name for of_class in self.classes.values() for name in of_class]
        for words, what in ((list(self.classes), "class"), ([*names, *self.ignore], "name")):
            counts = Counter(map(as_key, words))
            twice = [word for word in words if counts[as_key(word)] > 1]
            if twice:
                raise ValueError(f"expected each {what} once, got {twice[0]} {len(twice)} times")
        return self

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes, by class id."""
        return tuple(self.classes)

    def class_ids(self, set_name: str, names: Sequence[str]) -> list[int | None]:
        """The class that each name of a set means, or ``None`` where it is to be ignored.

        Raises:
            ClassMapError: a name of the set stands nowhere in the map.
        """
        ids: dict[str, int | None] = {as_key(name): None for name in self.ignore}
        for class_id, of_class in enumerate(self.classes.values()):
            ids.update({as_key(name): class_id for name in of_class})
        unknown = [name for name in names if as_key(name) not in ids]
        if unknown:
            raise ClassMapError(
                f"{set_name}: expected names that stand in {self._path}, got "
                f"{', '.join(unknown)}; add what stands nowhere to one of its classes "
                f"({', '.join(self.classes)}) or to `ignore`"
            )
        return [ids[as_key(name)] for name in names]


def as_key(name: str) -> str:
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
