from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from rich.console import Console

from training.boxes.dataset import BoxDataset
from training.boxes.evaluation import Evaluation, evaluate_model
from training.boxes.evaluation_report import as_table, write_report
from training.boxes.scoring import LOWEST_SCORE, MAX_DETECTIONS, score_detections
from training.errors import TrainingError
from vision.detections import Detections

PLATE = (0, 10, 10, 50, 20)


class Recorder:
    """A detector that finds PLATE in bright pictures, and notes what it was asked."""

    def __init__(self, make_detections) -> None:
        self.asked: list[tuple[tuple[int, ...], float, int]] = []
        self._make = make_detections

    def detect(self, image: np.ndarray, score_threshold: float, max_detections: int) -> Detections:
        self.asked.append((image.shape, score_threshold, max_detections))
        return self._make([(0.9, *PLATE)] if image.mean() > 100 else [])


def on_disk(dataset: BoxDataset, folder: Path, values: list[int]) -> BoxDataset:
    images = []
    for image, value in zip(dataset.images, values, strict=True):
        path = folder / image.path.name
        cv2.imwrite(str(path), np.full((image.height, image.width, 3), value, np.uint8))
        images.append(type(image)(path, image.width, image.height, image.boxes, image.class_ids))
    return BoxDataset(dataset.name, dataset.labels, tuple(images))


def test_every_picture_is_looked_at_down_to_very_low_scores(
    tmp_path, make_dataset, make_detections
) -> None:
    dataset = on_disk(make_dataset([PLATE], [PLATE], size=(64, 48)), tmp_path, [200, 20])
    detector = Recorder(make_detections)
    evaluation = evaluate_model(detector, dataset, score_threshold=0.5)
    assert detector.asked == [((48, 64, 3), LOWEST_SCORE, MAX_DETECTIONS)] * 2
    assert [len(found) for found in evaluation.detections] == [1, 0]
    assert (evaluation.scores.recall, evaluation.scores.score_threshold) == (0.5, 0.5)


def test_a_picture_that_is_gone_is_named(tmp_path, make_dataset, make_detections) -> None:
    with pytest.raises(TrainingError, match=r"000\.png: the picture cannot be read"):
        evaluate_model(Recorder(make_detections), make_dataset([PLATE]), 0.5)


@pytest.mark.parametrize("ignoring", [False, True])
def test_others_can_compute_the_same_scores_from_the_files(
    ignoring, tmp_path, random_scene
) -> None:
    dataset, detections = random_scene(1, ignoring)
    scores = score_detections(dataset, detections)
    evaluation = Evaluation(dataset, tuple(detections), scores)
    figures, _, _, truth, predictions = write_report([evaluation], {"model": "toy"}, tmp_path)
    with contextlib.redirect_stdout(io.StringIO()):
        labelled = COCO(str(truth))
        judge = COCOeval(labelled, labelled.loadRes(str(predictions)), "bbox")
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    written = json.loads(figures.read_text())
    assert written["model"] == "toy"
    of_set = written["sets"]["drawn"]
    sizes = [of_set["by_size"][size]["ap"] for size in ("small", "medium", "large")]
    expected = [of_set["ap"], of_set["ap50"], of_set["ap75"], *sizes, of_set["average_recall"]]
    assert [*judge.stats[:6], judge.stats[8]] == pytest.approx(expected, abs=1e-9)


def test_the_table_shows_sizes_and_classes_and_fits_a_terminal(
    make_dataset, make_detections
) -> None:
    car, bus = (0, 0, 0, 20, 20), (1, 100, 100, 300, 200)
    dataset = make_dataset([car, bus], labels=("car", "bus", "tram"))
    scores = score_detections(dataset, [make_detections([(0.9, *car), (0.5, 1, 0, 0, 9, 9)])])
    console = Console(width=80, file=io.StringIO())
    console.print(as_table("a model", {"a_set_of_18_letter": scores}))
    lines = console.file.getvalue().splitlines()
    cells = {line.split()[0]: line.split()[1:] for line in lines if line.strip()}
    assert cells["a_set_of_18_letter"] == ["1", "2", "0.5000", "0.5000", "0.5000", "0.5000"]
    assert cells["small"] == cells["car"] == ["1", "1.0000", "1.0000"]
    assert cells["large"] == cells["bus"] == ["1", "0.0000", "0.0000"]
    assert "tram" not in cells
    assert "medium" not in cells
    assert cells["set"] == ["images", "boxes", "AP50", "AP50:95", "recall", "precision"]
