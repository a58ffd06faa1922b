"""PASCAL VOC XML: a file for each picture, with the box's corners in pixels, as labelImg writes it.

Corners are taken for the box's edges, counted from 0 at the picture's left and upper border: that
is how labelImg means them. The 1-based pixels of the original VOC lie half a pixel beside that.
An object that is marked as ``difficult`` is an ignored region: VOC does not judge it either.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from lxml import etree

from training.boxes.dataset import BoxDataset, LabelledImage
from training.boxes.formats.output import PictureWriter
from training.boxes.formats.paired import PairedLayout, read_paired
from training.boxes.pairing import Pair
from training.boxes.raw import RawBox, RawSet
from training.labelled.faults import Effect, Fault, FaultKind
from training.labelled.names import write_name_list

PICTURE_FOLDERS = ("JPEGImages", "images")
LABEL_FOLDERS = ("Annotations", "annotations", "labels", "xmls")
SUFFIX = ".xml"

_CORNERS = ("xmin", "ymin", "xmax", "ymax")


def read_voc(folder: Path) -> RawSet | None:
    """Reads a folder, or returns ``None`` if nothing in it is VOC XML."""
    layout = PairedLayout(PICTURE_FOLDERS, LABEL_FOLDERS, SUFFIX)
    return read_paired(folder, layout, _read_xml)


def _read_xml(found: Pair, faults: list[Fault]) -> tuple[RawBox, ...] | None:
    """The boxes of one file, or ``None`` if it cannot be used."""
    path = found.label_file
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(path.read_bytes(), parser)
    except OSError as error:
        message = f"expected a label file that can be read: {error.strerror}"
        faults.append(Fault(path, FaultKind.UNREADABLE_LABELS, message))
        return None
    except etree.XMLSyntaxError as error:
        message = f"expected well-formed XML: {error.msg.partition(', line ')[0]}"
        faults.append(Fault(path, FaultKind.MALFORMED_XML, message, error.lineno))
        return None
    if root.getroottree().docinfo.doctype:
        # Label files have none. With one, a few bytes can unfold to gigabytes, or name other files.
        message = "expected XML without a document type (<!DOCTYPE ...>), got one"
        faults.append(Fault(path, FaultKind.XML_ENTITIES, message))
        return None
    before = len(faults)
    _check_size(root, found, faults)
    boxes = [box for element in root.iter("object") for box in _read_object(element, path, faults)]
    if any(fault.effect is Effect.LEFT_OUT for fault in faults[before:]):
        return None
    if not boxes:
        message = "expected an <object> for each object, found none: a picture without objects"
        faults.append(Fault(path, FaultKind.EMPTY_LABEL_FILE, message))
    return tuple(boxes)


def _check_size(root: etree._Element, found: Pair, faults: list[Fault]) -> None:
    """Notes a <size> that is not the picture's; none, or one of 0, as some tools write, is fine."""
    size = root.find("size")
    words = (
        [] if size is None else [size.findtext(name, "0").strip() for name in ("width", "height")]
    )
    if all(word in ("", "0") for word in words):
        return
    if words != [str(found.width), str(found.height)]:
        message = (
            f"expected the picture's size of {found.width}x{found.height}, got {'x'.join(words)}: "
            "the boxes may be those of another picture, or of a turned or scaled one"
        )
        line = None if size is None else size.sourceline
        faults.append(Fault(found.label_file, FaultKind.OTHER_SIZE, message, line))


def _read_object(element: etree._Element, path: Path, faults: list[Fault]) -> list[RawBox]:
    """The box of an <object>; empty if it cannot be used."""
    line = element.sourceline
    texts = [(element.findtext(f"bndbox/{name}") or "").strip() for name in _CORNERS]
    category = (element.findtext("name") or "").strip()
    missing = [
        name for name, text in zip(("name", *_CORNERS), (category, *texts), strict=True) if not text
    ]
    if missing:
        message = f"expected <name> and <bndbox> with four corners, without {', '.join(missing)}"
        faults.append(Fault(path, FaultKind.MISSING_ELEMENT, message, line))
        return []
    try:
        x_min, y_min, x_max, y_max = map(float, texts)
    except ValueError:
        message = f"expected four numbers in <bndbox>, got {' '.join(texts)}"
        faults.append(Fault(path, FaultKind.NOT_A_NUMBER, message, line))
        return []
    if not all(map(math.isfinite, (x_min, y_min, x_max, y_max))):
        message = f"expected finite numbers in <bndbox>, got {' '.join(texts)}"
        faults.append(Fault(path, FaultKind.NOT_FINITE, message, line))
        return []
    if x_max < x_min or y_max < y_min:
        message = f"expected xmin < xmax and ymin < ymax, got {' '.join(texts)}"
        faults.append(Fault(path, FaultKind.SWAPPED_CORNERS, message, line))
    corners = (min(x_min, x_max), min(y_min, y_max), max(x_min, x_max), max(y_min, y_max))
    difficult = (element.findtext("difficult") or "").strip() == "1"
    return [RawBox(category, corners, line, ignored=difficult)]


def write_voc(parts: Mapping[str, BoxDataset], folder: Path, writer: PictureWriter) -> None:
    """Writes ``JPEGImages/`` and ``Annotations/``, in a folder of each part's name.

    Corners are whole pixels, as labelImg and most readers want them; a box has at least one pixel.
    ``classes.txt`` keeps the order of the classes, which the XML files do not say.
    """
    for name, dataset in parts.items():
        annotations = folder / name / "Annotations"
        annotations.mkdir(parents=True)
        for image in writer.write(dataset.images, folder / name / "JPEGImages"):
            root = _as_xml(image, dataset.labels)
            text = etree.tostring(root, pretty_print=True, encoding="utf-8")
            (annotations / f"{image.path.stem}{SUFFIX}").write_bytes(text)
    write_name_list(next(iter(parts.values())).labels, folder / "classes.txt")


def _as_xml(image: LabelledImage, labels: tuple[str, ...]) -> etree._Element:
    root = etree.Element("annotation")
    etree.SubElement(root, "folder").text = image.path.parent.name
    etree.SubElement(root, "filename").text = image.path.name
    size = etree.SubElement(root, "size")
    for name, value in (("width", image.width), ("height", image.height), ("depth", 3)):
        etree.SubElement(size, name).text = str(value)
    for class_id, box in zip(image.class_ids.tolist(), image.boxes.tolist(), strict=True):
        element = etree.SubElement(root, "object")
        etree.SubElement(element, "name").text = labels[class_id]
        for name, text in (("pose", "Unspecified"), ("truncated", "0"), ("difficult", "0")):
            etree.SubElement(element, name).text = text
        corners = etree.SubElement(element, "bndbox")
        for name, value in zip(_CORNERS, _whole(box, image), strict=True):
            etree.SubElement(corners, name).text = str(value)
    return root


def _whole(box: list[float], image: LabelledImage) -> tuple[int, int, int, int]:
    x_min, y_min = min(round(box[0]), image.width - 1), min(round(box[1]), image.height - 1)
    return x_min, y_min, max(round(box[2]), x_min + 1), max(round(box[3]), y_min + 1)
