"""Sets of pictures and masks: every layout and kind, with exact ids; every fault, by its name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.training.segmentation.drawn_scenes import COLOURS, HEIGHT, LABELS, WIDTH, draw_scenes
from training.errors import ClassMapError, TrainingError
from training.labelled.faults import LabelError
from training.labelled.splitting import own_or_hold_out
from training.name_map import NameMap
from training.segmentation.classes import Wanted
from training.segmentation.dataset import read_sample
from training.segmentation.masks import MaskKind
from training.segmentation.reading import read_parts, read_set
from training.segmentation.road_classes import ROAD_CLASSES

ROAD, CAR = (128, 64, 128), (64, 0, 128)


def write_picture(path: Path, size: tuple[int, int] = (4, 2)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (90, 100, 110)).save(path)


def write_mask(path: Path, values: Any, mode: str = "L") -> None:
    """A mask of 4 x 2 pixels, or as many as there are rows of values."""
    path.parent.mkdir(parents=True, exist_ok=True)
    array = np.asarray(values, np.uint8)
    if mode == "P":
        mask = Image.fromarray(array, "L").copy()
        mask.putpalette([7 * number % 256 for number in range(768)])
    else:
        mask = Image.fromarray(array).convert(mode)
    mask.save(path)


INDEX = [[0, 1, 2, 3], [3, 2, 1, 255]]
IDS = [[0, 1, 255, 2], [2, 255, 1, 255]]
"""What INDEX means where the third of four names is ``Void``."""


@pytest.mark.parametrize("mode", ["L", "P", "LA", "RGB", "RGBA"])
def test_index_masks(tmp_path: Path, mode: str) -> None:
    write_picture(tmp_path / "images" / "a.jpg")
    write_mask(tmp_path / "masks" / "a.png", INDEX, mode)
    (tmp_path / "classes.txt").write_text("sky\nroad\nVoid\ncar\n")
    dataset = read_set(tmp_path)
    assert dataset.coding.kind is MaskKind.INDEX
    assert (dataset.labels, dataset.ignored) == (("sky", "road", "car"), ("Void",))
    # CamVid's colours for CamVid's names.
    assert dataset.palette == ((128, 128, 128), (128, 64, 128), (64, 0, 128))
    assert dataset.images[0].pixels == (1, 2, 2)
    assert dataset.images[0].ignored == 3
    sample = read_sample(dataset.images[0], dataset)
    assert sample.image.shape == (2, 4, 3)
    assert sample.image.dtype == np.uint8
    assert sample.mask.dtype == np.uint8
    assert sample.mask.tolist() == IDS


PALETTES = {
    "palette.yaml": "Road: [128, 64, 128]\nVoid: [0, 0, 0]\nCar: [64, 0, 128]\n",
    "label_colors.txt": "128 64 128\tRoad\n0 0 0\t\tVoid\n64 0 128\tCar\n",
    "class_dict.csv": "name,r,g,b\nRoad,128,64,128\nVoid,0,0,0\nCar,64,0,128\n",
}


@pytest.mark.parametrize("file_name", PALETTES)
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_colour_masks(tmp_path: Path, file_name: str, mode: str) -> None:
    write_picture(tmp_path / "images" / "a.png")
    write_mask(tmp_path / "masks" / "a_L.png", [[ROAD, CAR, (0, 0, 0), ROAD], [CAR] * 4], mode)
    (tmp_path / file_name).write_text(PALETTES[file_name])
    dataset = read_set(tmp_path)
    assert dataset.coding.kind is MaskKind.COLOUR
    assert (dataset.labels, dataset.palette) == (("Road", "Car"), (ROAD, CAR))
    sample = read_sample(dataset.images[0], dataset)
    assert sample.mask.tolist() == [[0, 1, 255, 0], [1, 1, 1, 1]]
    assert dataset.images[0].pixels == (2, 5)


@pytest.mark.parametrize(
    ("values", "names", "labels", "ids"),
    [
        ([[0, 255, 255, 0]], None, ("background", "foreground"), [[0, 1, 1, 0]]),
        ([[0, 255, 255, 0]], "road", ("background", "road"), [[0, 1, 1, 0]]),
        ([[0, 255, 255, 0]], "grass\nroad", ("grass", "road"), [[0, 1, 1, 0]]),
        ([[0, 1, 1, 0]], "road", ("background", "road"), [[0, 1, 1, 0]]),
        ([[0, 1, 255, 0]], "road", ("background", "road"), [[0, 1, 255, 0]]),
        ([[0, 0, 0, 0]], "road", ("background", "road"), [[0, 0, 0, 0]]),
        # No binary masks: three names, one of two that is ignored, a third value.
        ([[0, 255, 255, 0]], "sky\nroad\ncar", ("sky", "road", "car"), [[0, 255, 255, 0]]),
        ([[0, 1, 1, 0]], "road\nvoid", ("road",), [[0, 255, 255, 0]]),
        ([[0, 2, 255, 0]], None, ("class_0", "class_1", "class_2"), [[0, 2, 255, 0]]),
    ],
)
def test_binary_masks(
    tmp_path: Path, values: Any, names: str | None, labels: tuple[str, ...], ids: Any
) -> None:
    write_picture(tmp_path / "images" / "a.png", (4, 1))
    write_mask(tmp_path / "masks" / "a.png", values)
    if names:
        (tmp_path / "classes.txt").write_text(names)
    dataset = read_set(tmp_path)
    assert dataset.labels == labels
    assert (dataset.coding.kind is MaskKind.BINARY) == (labels[:1] + labels[-1:] in {
        ("background", "foreground"), ("background", "road"), ("grass", "road"),
    })  # fmt: skip
    assert read_sample(dataset.images[0], dataset).mask.tolist() == ids


def test_masks_of_one_bit(tmp_path: Path) -> None:
    write_picture(tmp_path / "images" / "a.png")
    write_mask(tmp_path / "masks" / "a.png", [[0, 255, 255, 0]] * 2, "1")
    dataset = read_set(tmp_path)
    assert dataset.coding.kind is MaskKind.BINARY
    assert read_sample(dataset.images[0], dataset).mask.tolist() == [[0, 1, 1, 0]] * 2


LAYOUTS: dict[str, tuple[str, dict[str, int]]] = {
    # Pictures, their masks, and how many pictures are found in which part.
    "images/a.jpg": ("masks/a.png", {"": 1}),
    "images/b.jpg": ("labels/b_mask.png", {"": 1}),
    "a.jpg": ("a.png", {"": 1}),
    "a.png b.png": ("a_mask.png b_mask.png", {"": 2}),
    "train/images/a.jpg val/images/b.jpg": (
        "train/masks/a.png val/masks/b.png", {"train": 1, "val": 1},
    ),
    "images/train/a.png images/valid/b.png": (
        "masks/train/a.png masks/valid/b.png", {"train": 1, "val": 1},
    ),
    "train/a.png test/b.png": ("trainannot/a.png testannot/b.png", {"train": 1, "test": 1}),
    "train/a.png val/b.png": ("train_labels/a_L.png val_labels/b_L.png", {"train": 1, "val": 1}),
    "leftImg8bit/train/ulm/u_1_leftImg8bit.png leftImg8bit/train/bonn/b_1_leftImg8bit.png": (
        "gtFine/train/ulm/u_1_gtFine_labelIds.png gtFine/train/ulm/u_1_gtFine_color.png "
        "gtFine/train/bonn/b_1_gtFine_labelIds.png",
        {"train": 2},
    ),
}  # fmt: skip


@pytest.mark.parametrize("pictures", LAYOUTS)
def test_layouts(tmp_path: Path, pictures: str) -> None:
    masks, counts = LAYOUTS[pictures]
    for name in pictures.split():
        write_picture(tmp_path / name)
    for name in masks.split():
        write_mask(tmp_path / name, INDEX)
    parts = read_parts(tmp_path, "stop")
    assert {name: len(part) for name, part in parts.items()} == counts
    for part in parts.values():
        assert part.labels == ("class_0", "class_1", "class_2", "class_3")
        for image in part.images:
            assert image.mask.name[0] == image.path.name[0]
            assert image.pixels == (1, 2, 2, 2)


def test_one_part_of_a_set(tmp_path: Path) -> None:
    for part in ("train", "val"):
        write_picture(tmp_path / "road" / part / "a.png")
        write_mask(tmp_path / "road" / f"{part}annot" / "a.png", INDEX)
    (tmp_path / "road" / "classes.txt").write_text("sky\nroad\nVoid\ncar\n")
    dataset = read_set(tmp_path / "road" / "val")
    assert (dataset.name, dataset.labels) == ("road/val", ("sky", "road", "car"))
    assert [image.path.parent.name for image in dataset.images] == ["val"]


@pytest.mark.parametrize("kind", ["index", "colour", "binary"])
def test_drawn_scenes(tmp_path: Path, kind: str) -> None:
    parts = read_parts(draw_scenes(tmp_path / "drawn", train=3, val=2, kind=kind), "stop")
    assert {name: len(part) for name, part in parts.items()} == {"train": 3, "val": 2}
    training, validation = own_or_hold_out(parts, 1)
    assert (len(training), len(validation)) == (3, 2)
    assert training.labels == (("background", "road") if kind == "binary" else LABELS)
    if kind == "colour":
        assert training.palette == tuple(COLOURS[label] for label in LABELS)
    mask = read_sample(training.images[0], training).mask
    assert mask.shape == (HEIGHT, WIDTH)
    # The same scenes, whichever way their masks are written.
    road = training.labels.index("road")
    assert training.images[0].pixels[road] == int((mask == road).sum())
    index = read_parts(draw_scenes(tmp_path / "index", train=3, val=2))["train"]
    same = read_sample(index.images[0], index).mask
    assert ((mask == road) == (same == LABELS.index("road"))).all()
    assert set(np.unique(mask)) <= {*range(len(training.labels)), 255}


# Faults. Each is one wrong file beside a good one, and what the fault is called and says.


def _no_mask(folder: Path) -> None:
    write_picture(folder / "images" / "bad.png")


def _no_picture(folder: Path) -> None:
    write_mask(folder / "masks" / "bad.png", INDEX)


def _sizes(folder: Path) -> None:
    write_picture(folder / "images" / "bad.png", (5, 2))
    write_mask(folder / "masks" / "bad.png", INDEX)


def _unknown(folder: Path) -> None:
    write_picture(folder / "images" / "bad.png")
    write_mask(folder / "masks" / "bad.png", [[0, 1, 2, 3], [9, 9, 7, 0]])


def _jpeg(folder: Path) -> None:
    write_picture(folder / "images" / "bad.png")
    write_picture(folder / "masks" / "bad.jpg")


def _coloured(folder: Path) -> None:
    write_picture(folder / "images" / "bad.png")
    write_mask(folder / "masks" / "bad.png", [[(0, 0, 0), (1, 2, 3)] * 2] * 2, "RGB")


def _deep(folder: Path) -> None:
    write_picture(folder / "images" / "bad.png")
    Image.fromarray(np.zeros((2, 4), np.uint16)).save(folder / "masks" / "bad.png")


def _no_file_of_a_mask(folder: Path) -> None:
    write_picture(folder / "images" / "bad.png")
    (folder / "masks" / "bad.png").write_bytes(b"no mask")


def _broken_mask(folder: Path) -> None:
    write_picture(folder / "images" / "bad.png", (64, 64))
    path = folder / "masks" / "bad.png"
    write_mask(path, np.random.default_rng(0).integers(0, 3, (64, 64)))
    path.write_bytes(path.read_bytes()[:-300])


def _no_file_of_a_picture(folder: Path) -> None:
    (folder / "images" / "bad.png").write_bytes(b"no picture")
    write_mask(folder / "masks" / "bad.png", INDEX)


def _two_masks(folder: Path) -> None:
    write_picture(folder / "images" / "bad.png")
    write_mask(folder / "masks" / "bad.png", INDEX)
    write_mask(folder / "masks" / "bad_mask.png", INDEX)


def _two_pictures(folder: Path) -> None:
    write_picture(folder / "images" / "bad.png")
    write_picture(folder / "images" / "bad.jpg")
    write_mask(folder / "masks" / "bad.png", INDEX)


def _nothing_labelled(folder: Path) -> None:
    write_picture(folder / "images" / "bad.png")
    write_mask(folder / "masks" / "bad.png", [[2, 2, 255, 255]] * 2)


@pytest.mark.parametrize(
    ("spoil", "kinds", "message"),
    [
        (_no_mask, ["no mask"], "bad.png: expected a mask of the same name in"),
        (_no_picture, ["no picture"], "bad.png: expected a picture of the same name in"),
        (
            _sizes,
            ["mask of another size"],
            "bad.png: expected 5x2 pixels as bad.png has, got 4x2; left out",
        ),
        (
            _unknown,
            ["unknown value in a mask"],
            "bad.png: expected values of 0 to 3, or 255, got 7, 9 in 3 pixels; left out",
        ),
        (_jpeg, ["mask of no use"], "expected a lossless mask, as PNG, got JPEG"),
        (_coloured, ["mask of no use"], "or a palette file for colours as (1, 2, 3)"),
        (_deep, ["mask of no use"], "expected values of 8 bits, or colours of 3 x 8 bits, got"),
        (_no_file_of_a_mask, ["unreadable mask"], "bad.png: expected a mask that can be read"),
        (_broken_mask, ["unreadable mask"], "bad.png: expected a mask that can be read"),
        (_no_file_of_a_picture, ["unreadable picture"], "got a file of 10 bytes that is none"),
        (_two_masks, ["several masks"], "expected one mask, found bad.png, bad_mask.png"),
        (
            _two_pictures,
            ["two pictures of one name"] * 2,
            "bad.jpg: expected one picture called bad",
        ),
        (
            _nothing_labelled,
            ["all of it ignored"],
            "expected pixels of a class (sky, road, car), got none",
        ),
    ],
)
def test_faults(
    tmp_path: Path, spoil: Callable[[Path], None], kinds: list[str], message: str
) -> None:
    write_picture(tmp_path / "images" / "good.png")
    write_mask(tmp_path / "masks" / "good.png", INDEX)
    (tmp_path / "classes.txt").write_text("sky\nroad\nVoid\ncar\n")
    spoil(tmp_path)
    dataset = read_set(tmp_path)
    assert [image.path.name for image in dataset.images] == ["good.png"]
    assert [str(fault.kind) for fault in dataset.faults] == kinds
    assert message in "\n".join(map(str, dataset.faults))
    with pytest.raises(LabelError, match=f"faults in its labels: {len(kinds)}"):
        read_set(tmp_path, on_fault="stop")


def test_a_colour_that_the_palette_does_not_have(tmp_path: Path) -> None:
    folder = draw_scenes(tmp_path / "drawn", train=2, val=0, kind="colour")
    path = folder / "train" / "masks" / "001.png"
    spoilt = np.array(Image.open(path))
    spoilt[0, :3] = (1, 2, 3)
    Image.fromarray(spoilt).save(path)
    dataset = read_set(folder)
    assert len(dataset) == 1
    assert str(dataset.faults[0]).endswith(
        "expected the colours of the palette, got (1, 2, 3) in 3 pixels; left out"
    )


def test_no_set(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match="there is none"):
        read_set(tmp_path / "nowhere")
    write_picture(tmp_path / "photos" / "a.png")
    with pytest.raises(LabelError, match=r"images/ and masks/ .* Found: photos"):
        read_set(tmp_path)
    write_picture(tmp_path / "images" / "a.png", (9, 9))
    write_mask(tmp_path / "masks" / "a.png", INDEX)
    with pytest.raises(LabelError, match=r"none of its pictures can be used\n.*got 4x2"):
        read_set(tmp_path)


@pytest.mark.parametrize(
    ("file_name", "text", "message"),
    [
        ("palette.yaml", "Road: [128, 64]\n", r"'Road' with \[128, 64\]"),
        ("palette.yaml", "Road: [128, 64, 256]\n", "blue of 0 to 255"),
        ("palette.yaml", "Road: grey\n", "'Road' with 'grey'"),
        ("palette.yaml", "- 1\n", "expected `Road: "),
        ("palette.yaml", "Road: [1, 2, 3]\nCar: [1, 2, 3]\n", "each colour once, got Car"),
        ("label_colors.txt", "1 2 3\n", "for each class a name"),
        ("label_colors.txt", "", "names of classes with their colours, got none"),
        ("class_dict.csv", "name,r,g,b\nRoad,1,2\n", "for each class a name"),
    ],
)
def test_palettes_that_are_none(tmp_path: Path, file_name: str, text: str, message: str) -> None:
    write_picture(tmp_path / "images" / "a.png")
    write_mask(tmp_path / "masks" / "a.png", [[ROAD] * 4] * 2, "RGB")
    (tmp_path / file_name).write_text(text)
    with pytest.raises(LabelError, match=message):
        read_set(tmp_path)


def test_names_to_ignore_can_be_chosen(tmp_path: Path) -> None:
    folder = draw_scenes(tmp_path / "drawn", train=1, val=0)
    wanted = Wanted(ignore=("SKY", "car"))
    dataset = read_set(folder, wanted=wanted)
    assert dataset.labels == ("grass", "road", "person", "Unlabelled")
    assert dataset.ignored == ("sky", "car")
    assert (read_sample(dataset.images[0], dataset).mask[0] == 255).all()


@pytest.mark.parametrize("kind", ["index", "colour"])
def test_a_class_map(tmp_path: Path, kind: str) -> None:
    folder = draw_scenes(tmp_path / "drawn", train=1, val=0, kind=kind, seed=4)
    path = tmp_path / "map.yaml"
    path.write_text("classes:\n  object: [car, PERSON]\n  Road: [road]\nignore: [sky, grass]\n")
    own, mapped = read_set(folder), read_set(folder, wanted=Wanted(NameMap.read(path)))
    assert mapped.labels == ("object", "Road")
    assert mapped.palette[1] == (128, 64, 128)
    assert mapped.ignored == ("sky", "grass", "Unlabelled")
    assert own.images[0].pixels[3] > 0
    assert mapped.images[0].pixels == (sum(own.images[0].pixels[3:]), own.images[0].pixels[2])
    path.write_text("classes:\n  road: [road]\n  car: [car]\nignore: [sky]\n")
    with pytest.raises(ClassMapError, match=r"got grass, person; add what stands nowhere"):
        read_set(folder, wanted=Wanted(NameMap.read(path)))


def test_the_class_map_of_road_scenes_has_the_names_of_the_well_known_sets() -> None:
    road = NameMap.read(ROAD_CLASSES)
    assert road.labels == (
        "Sky", "Building", "Pole", "Road", "Pavement", "Tree", "SignSymbol", "Fence", "Car",
        "Pedestrian", "Bicyclist",
    )  # fmt: skip
    camvid = {
        "Animal": 9, "Archway": 1, "Bicyclist": 10, "Bridge": 1, "Building": 1, "Car": 8,
        "CartLuggagePram": 9, "Child": 9, "Column_Pole": 2, "Fence": 7, "LaneMkgsDriv": 3,
        "LaneMkgsNonDriv": 3, "Misc_Text": 6, "MotorcycleScooter": 10, "OtherMoving": 8,
        "ParkingBlock": 4, "Pedestrian": 9, "Road": 3, "RoadShoulder": 4, "Sidewalk": 4,
        "SignSymbol": 6, "Sky": 0, "SUVPickupTruck": 8, "TrafficCone": 2, "TrafficLight": 6,
        "Train": 8, "Tree": 5, "Truck_Bus": 8, "Tunnel": 1, "VegetationMisc": 5, "Wall": 1,
    }  # fmt: skip
    assert road.class_ids("camvid", list(camvid)) == list(camvid.values())
    cityscapes = {
        "road": 3, "sidewalk": 4, "building": 1, "wall": 1, "fence": 7, "pole": 2,
        "traffic light": 6, "traffic sign": 6, "vegetation": 5, "terrain": 5, "sky": 0,
        "person": 9, "rider": 10, "car": 8, "truck": 8, "bus": 8, "train": 8, "motorcycle": 10,
        "bicycle": 10, "ego vehicle": None, "static": None,
    }  # fmt: skip
    assert road.class_ids("cityscapes", list(cityscapes)) == list(cityscapes.values())


def test_files_that_are_gone_later(tmp_path: Path) -> None:
    dataset = read_set(draw_scenes(tmp_path / "drawn", train=1, val=0))
    image = dataset.images[0]
    write_mask(image.mask, INDEX)
    with pytest.raises(TrainingError, match=r"a mask of 96x64 pixels as 000\.png has, got 4x2"):
        read_sample(image, dataset)
    image.mask.unlink()
    with pytest.raises(TrainingError, match="a mask that can be read"):
        read_sample(image, dataset)
    image.path.unlink()
    with pytest.raises(TrainingError, match="a picture that OpenCV can read"):
        read_sample(image, dataset)
