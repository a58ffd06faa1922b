from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from training.boxes.class_map import ClassMap
from training.boxes.dataset import IGNORED
from training.errors import ClassMapError

ROADS = """
classes:
  car: [car, Taxi, suv]
  bus: [bus, minibus]
  person: [person]
ignore: [wheel barrow]
unlabelled:
  street: [person]
"""


@pytest.fixture
def read_map(tmp_path: Path):
    def read(text: str) -> ClassMap:
        path = tmp_path / "roads.yaml"
        path.write_text(text, encoding="utf-8")
        return ClassMap.read(path)

    return read


def box(class_id: int, left: float = 0.0) -> tuple[float, ...]:
    return (class_id, left, 0, left + 10, 10)


def test_names_become_classes_in_the_order_of_the_map(read_map, make_dataset) -> None:
    labels = ("minibus", " TAXI ", "Wheel Barrow", "car", "person")
    dataset = make_dataset([box(number, 20 * number) for number in range(5)], [], labels=labels)
    mapped = read_map(ROADS).apply(dataset)
    assert mapped.labels == ("car", "bus", "person")
    assert mapped.images[0].class_ids.tolist() == [1, 0, IGNORED, 0, 2]
    assert mapped.images[0].boxes.tolist() == dataset.images[0].boxes.tolist()
    assert mapped.images[0].ignored.tolist() == [False, False, True, False, False]
    assert mapped.images[0].objects.class_ids.tolist() == [1, 0, 0, 2]
    assert mapped.images[0].objects.boxes[:, 0].tolist() == [0, 20, 60, 80]
    assert mapped.images[1].boxes.shape == (0, 4)
    assert mapped.unlabelled == frozenset()


@pytest.mark.parametrize(
    ("name", "labels", "expected"),
    [
        ("road", ("car", "bus", "person"), set()),
        # A set without any name for a class cannot label it.
        ("road", ("taxi", "person"), {1}),
        ("street", ("car", "bus"), {2}),
        ("street", ("car", "bus", "person"), {2}),
        ("street/val", ("car", "bus", "person"), {2}),
        ("Street/train", ("car", "person"), {1, 2}),
        ("val/street", ("car", "bus", "person"), set()),
    ],
)
def test_classes_that_a_set_does_not_label(name, labels, expected, read_map, make_dataset) -> None:
    dataset = replace(make_dataset([box(0)], labels=labels), name=name)
    assert read_map(ROADS).apply(dataset).unlabelled == expected


def test_what_is_not_labelled_is_told(read_map, make_dataset, caplog) -> None:
    dataset = replace(make_dataset([box(0)], labels=("car",)), name="street/val")
    with caplog.at_level(logging.INFO):
        read_map(ROADS).apply(dataset)
    assert caplog.messages == [
        "street/val: classes that it does not label (as the map says): person",
        "street/val: classes that it does not label (it has no name for them): bus",
    ]


def test_names_that_stand_nowhere_are_named(read_map, make_dataset, tmp_path) -> None:
    dataset = make_dataset([box(0)], labels=("car", "tram", "lorry"))
    with pytest.raises(ClassMapError) as caught:
        read_map(ROADS).apply(dataset)
    assert str(caught.value) == (
        f"drawn: expected names that stand in {tmp_path / 'roads.yaml'}, got tram, lorry; add what "
        "stands nowhere to one of its classes (car, bus, person) or to `ignore`"
    )


def test_boxes_of_a_class_that_is_said_to_be_unlabelled(read_map, make_dataset) -> None:
    dataset = replace(make_dataset([], [box(1)], labels=("car", "person")), name="street/train")
    with pytest.raises(ClassMapError, match=r"street/train: .* got one in 001\.png"):
        read_map(ROADS).apply(dataset)


def test_one_object_labelled_by_two_names_is_one(read_map, make_dataset) -> None:
    rows = [(0, 0, 0, 10, 10), (1, 0.4, 0, 10, 10), (2, 0, 0, 10, 10), (0, 1, 0, 10, 10)]
    dataset = make_dataset(rows, labels=("car", "suv", "bus"))
    image = read_map(ROADS).apply(dataset).images[0]
    assert image.class_ids.tolist() == [0, 1, 0]
    assert image.boxes[:, 0].tolist() == pytest.approx([0, 0, 1])


def test_an_ignored_region_of_the_set_stays_one(read_map, make_dataset) -> None:
    dataset = make_dataset([box(0), box(IGNORED, 20)], labels=("car", "person"))
    image = read_map(ROADS).apply(dataset).images[0]
    assert image.class_ids.tolist() == [0, IGNORED]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected `classes:` with the names for each class, got None"),
        ("- car\n", r"expected `classes:` with the names for each class, got \['car'\]"),
        ("classes: [a: b", "expected YAML, got "),
        ("ignore: [car]\n", "classes: Field required"),
        ("classes: {}\n", "classes: Dictionary should have at least 1 item"),
        ("classes:\n  car: taxi\n", "classes.car: expected a valid list, got 'taxi'"),
        ("classes:\n  car: []\n", r"classes.car: List should have at least 1 item .* got \[\]"),
        ("classes:\n  car: ['']\n", "classes.car.0: String should have at least 1 character"),
        ("classes:\n  car: [car]\nignored: [bus]\n", "ignored: Extra inputs are not permitted"),
        (
            "classes:\n  car: [car, taxi]\n  cab: ['TAXI ']\n",
            "expected each name once, got taxi 2 times",
        ),
        ("classes:\n  car: [car]\nignore: [Car]\n", "expected each name once, got car 2 times"),
        ("classes:\n  car: [car]\n  Car: [cab]\n", "expected each class once, got car 2 times"),
        (
            "classes:\n  car: [car]\nunlabelled:\n  street: [bus]\n",
            "unlabelled.street: expected classes of the map, car, got bus",
        ),
    ],
)
def test_bad_files_are_named_with_the_field(text: str, message: str, read_map) -> None:
    with pytest.raises(ClassMapError, match=rf"^\S*roads\.yaml: {message}"):
        read_map(text)


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    for name in ("none.yaml", "binary.yaml"):
        with pytest.raises(ClassMapError, match=rf"{name}: expected a UTF-8 file"):
            ClassMap.read(tmp_path / name)


def test_numbers_may_be_names(read_map, make_dataset) -> None:
    mapped = read_map("classes:\n  car: [2]\n").apply(make_dataset([box(0)], labels=("2",)))
    assert mapped.images[0].class_ids.tolist() == [0]
