from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from training.boxes.plots import plot_training, precision_recall_figure, training_figure
from training.boxes.scoring import IOU_THRESHOLDS, score_detections

HISTORY = [
    {"epoch": 1, "loss": 9.0, "ap50": 0.4, "ap": 0.2, "ap50 garage": 0.5, "ap50 street": 0.3},
    {"epoch": 2, "loss": 3.0},
    {"epoch": 3, "loss": 1.5, "ap50": 0.9, "ap": 0.7, "ap50 garage": 0.95, "ap50 street": 0.85},
    {"epoch": 4, "loss": 1.2, "ap50": 0.92, "ap": 0.6, "ap50 garage": 0.94, "ap50 street": 0.9},
]


def test_training_figure_shows_each_figure_where_it_was_measured() -> None:
    losses, precisions = training_figure(HISTORY).axes
    assert losses.get_yscale() == "log"
    shown = {
        line.get_label(): (list(line.get_xdata()), list(line.get_ydata()))
        for line in (*losses.lines, *precisions.lines)
        if not line.get_label().startswith("_") and len(line.get_xdata())
    }
    assert shown == {
        "loss": ([1, 2, 3, 4], [9.0, 3.0, 1.5, 1.2]),
        "AP50": ([1, 3, 4], [0.4, 0.9, 0.92]),
        "AP50:95": ([1, 3, 4], [0.2, 0.7, 0.6]),
        "AP50 garage": ([1, 3, 4], [0.5, 0.95, 0.94]),
        "AP50 street": ([1, 3, 4], [0.3, 0.85, 0.9]),
    }


def test_a_single_set_is_not_drawn_beside_its_own_mean() -> None:
    history = [{"epoch": 1, "loss": 9.0, "ap50": 0.5, "ap": 0.2, "ap50 garage": 0.5}]
    labels = [text.get_text() for text in training_figure(history).legends[0].get_texts()]
    assert labels == ["loss", "AP50", "AP50:95"]


@pytest.mark.parametrize(
    ("best_by", "epoch", "figure"), [("ap", 3, "AP50:95 0.7000"), ("ap50", 4, "AP50 0.9200")]
)
def test_the_best_epoch_is_marked(best_by: str, epoch: int, figure: str) -> None:
    axes = training_figure(HISTORY, best_by).axes[1]
    (mark,) = [line for line in axes.lines if line.get_linestyle() == ":"]
    assert set(mark.get_xdata()) == {epoch}
    assert axes.get_title() == f"epoch 4, best {epoch}: {figure}"


@pytest.mark.parametrize(
    "history",
    [[], HISTORY[:1], HISTORY[1:2], [{"epoch": 1, "loss": float("nan"), "ap": float("nan")}]],
    ids=["nothing yet", "one epoch", "not measured", "diverged"],
)
def test_a_chart_is_drawn_whatever_there_is(history: list, tmp_path: Path) -> None:
    path = tmp_path / "run" / "chart.png"
    plot_training(history, path)
    picture = cv2.imread(str(path))
    assert picture.shape[0] > 300
    assert picture.std() > 5
    assert list(path.parent.iterdir()) == [path]


def test_precision_recall_figure_shows_the_curves_and_the_operating_points(
    make_dataset, make_detections
) -> None:
    plate, elsewhere = (0, 100, 100, 140, 110), (0, 400, 300, 440, 310)
    dataset = make_dataset([plate], [plate])
    half = score_detections(
        dataset,
        [make_detections([(0.9, *plate), (0.6, *elsewhere)]), make_detections([])],
        score_threshold=0.7,
    )
    nothing = score_detections(dataset, [make_detections([])] * 2, score_threshold=0.5)
    curves, overlaps = precision_recall_figure({"garage": half, "street": nothing}).axes
    drawn = [(list(line.get_xdata()), list(line.get_ydata())) for line in curves.lines]
    assert drawn == [([0.5, 0.5], [1.0, 0.5]), ([0.5], [1.0]), ([], [])]
    assert "score 0.5 or 0.7" in curves.get_title()
    labels = [text.get_text() for text in curves.get_legend().get_texts()]
    assert labels == [f"garage: AP50 {half.ap50:.4f}", "street: AP50 0.0000"]
    assert list(overlaps.lines[0].get_xdata()) == list(IOU_THRESHOLDS)
    assert list(overlaps.lines[0].get_ydata()) == pytest.approx(list(half.ap_by_iou))
