"""Ways of scaling class maps, on a drawn set."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from benchmarks.class_map_scaling import WAYS, compared, main, model_cases, perfect_cases
from tests.services.toy_segmentation import SPEC, build_segmenter, road_scene
from training.segmentation.reading import read_set
from vision.class_map_scaling import class_map_in_picture
from vision.segmenter_input import Region


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "scenes"
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
    (folder / "classes.txt").write_text("background\nroad\ncar\n", encoding="utf-8")
    for number in range(3):
        pixels, truth = road_scene(120 + 2 * number, 160)
        cv2.ellipse(truth, (60, 100), (40, 30 + number), 20, 0, 360, [2], -1)
        pixels[truth == 2] = (20, 204, 20)
        cv2.imwrite(str(folder / "images" / f"{number}.png"), pixels)
        cv2.imwrite(str(folder / "masks" / f"{number}.png"), truth)
    return folder


def figures(table) -> dict[str, tuple[float, float]]:
    """Mean IoU and accuracy by way."""
    names, *columns = (list(column.cells) for column in table.columns)
    return {
        name: (float(iou), float(right))
        for name, iou, right in zip(names, *columns[:2], strict=True)
    }


def test_the_services_way_loses_least_of_a_perfect_class_map(folder: Path) -> None:
    dataset = read_set(folder)
    for width in (40, 60, 100):
        result = figures(compared("drawn", dataset.labels, perfect_cases(dataset, width)))
        assert list(result) == list(WAYS)
        best = max(result.values())
        assert result["bilinear votes by confidence"] == best
        assert best > result["nearest (INTER_NEAREST)"]


def test_in_the_pictures_own_size_nothing_is_lost(folder: Path) -> None:
    dataset = read_set(folder)
    result = figures(compared("drawn", dataset.labels, perfect_cases(dataset, 160)))
    assert set(result.values()) == {(1.0, 1.0)}


def test_the_last_way_is_the_services() -> None:
    assert list(WAYS.values())[-1] is class_map_in_picture


def test_a_model_is_asked_about_the_middle_of_each_picture(folder: Path, tmp_path: Path) -> None:
    model = build_segmenter(tmp_path / "model.onnx", SPEC.to_metadata())
    dataset = read_set(folder)
    cases = list(model_cases(dataset, model, 2.0))
    assert [case.truth.shape for case in cases] == [(60, 80), (61, 80), (62, 80)]
    for case in cases:
        assert case.class_map.shape == (80, 96)
        assert case.region.width == 96
        height, width = case.truth.shape
        answer = class_map_in_picture(case.class_map, case.confidence, case.region, width, height)
        assert (answer == case.truth).mean() > 0.97
    assert cases[0].region == Region(0, 4, 96, 72)


def test_the_command_prints_a_table_for_each_size(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = build_segmenter(tmp_path / "model.onnx", SPEC.to_metadata())
    assert main(["--data", str(folder), "--model", str(model), "--zoom", "1", "2"]) == 0
    assert capsys.readouterr().out.count("bilinear votes by confidence") == 2
    assert main(["--data", str(tmp_path / "nowhere")]) == 1
    assert "there is none" in capsys.readouterr().err


def test_a_model_with_other_labels_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "classes.txt").write_text("sky\nroad\ncar\n", encoding="utf-8")
    model = build_segmenter(tmp_path / "model.onnx", SPEC.to_metadata())
    with pytest.raises(ValueError, match="expected the labels"):
        next(model_cases(read_set(folder), model, 1.0))
