"""The whole detector as one ONNX graph: proposals, the reading of boxes and the choice inside.

The layers come from Keras; what stands between them is written here in standard operators, so that
one graph serves any number of pictures and of objects, none included, on the CPU and on a GPU.
Numbers of boxes are fixed by padding: a row with score 0 is none.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from training.detection import dense_graph
from training.detection.box_voting import NO_VOTES
from training.detection.network import Parts
from training.detection.roi_align import CANONICAL_SIZE, CANONICAL_STRIDE
from vision.detection_choice import Choice
from vision.detector_graph import SelectingGraph
from vision.model_spec import DetectorSpec

if TYPE_CHECKING:
    import onnx


def assemble(
    features: onnx.ModelProto, head: onnx.ModelProto, parts: Parts, defaults: DetectorSpec
) -> onnx.ModelProto:
    """Puts the graph together.

    Args:
        features: of :func:`training.detection.dense_graph.convert_features`, or its int8 variant.
        head: of :func:`training.detection.dense_graph.convert_head`.
        parts: of the network that both are of.
        defaults: what is taken for the thresholds and the count that a caller leaves out.

    Returns:
        A graph from ``image``, uint8 (N, size, size, 3), RGB, and, each with a default,
        ``score_threshold`` and ``iou_threshold``, float32 (1,), and ``max_detections``, int64 (1,),
        to ``boxes``, float32 (N, D, 4), x_min, y_min, x_max, y_max in pixels of the input,
        ``labels``, int64 (N, D), and ``scores``, float32 (N, D), best first; D is
        ``max_detections``. Rows beyond what was found have score 0, label -1 and an empty box.
    """
    from spox import Tensor, argument, build, inline

    image = argument(Tensor(np.uint8, ("N", parts.size, parts.size, 3)))
    limits = SelectingGraph(parts.classes).inputs(Choice.of(defaults))
    given = {name: argument(Tensor(value.dtype, (1,))) for name, value in limits.items()}
    answers = inline(features)(image=image)
    proposals, live = _propose(answers, parts)
    cells = _in_one_map(answers, parts)
    boxes, scores = _look(cells, proposals, live, head, parts)
    for count in parts.looked_at_again:
        boxes, scores = _look(cells, *_likeliest(boxes, scores, count), head, parts)
    if parts.voting_spread:
        boxes = _vote(boxes, scores, parts.voting_spread)
    chosen = _choose(boxes, scores, parts, **given)
    model = build({"image": image, **given}, dict(zip(SelectingGraph.outputs, chosen, strict=True)))
    return _with_defaults(model, limits)


def _propose(answers: dict[str, Any], parts: Parts) -> tuple[Any, Any]:
    """As ``proposals.propose`` of the training: boxes (N, P, 4), and which are boxes (N, P)."""
    import spox.opset.ai.onnx.v17 as op

    counts = [level.count(parts.size) for level in parts.levels]
    split = _constant(np.array(counts))
    # The suppression wants scores above 0. Sigmoids will not do: from 17 on they are 1 in 32 bits,
    # and the best anchors could not be told apart. An eighth overflows only from 700 on.
    above_zero = op.exp(op.div(answers[dense_graph.OBJECTNESS], _constant(np.array(8, np.float32))))
    objectness = op.split(above_zero, split, outputs_count=len(counts), axis=1)
    candidates = op.split(answers[dense_graph.CANDIDATES], split, outputs_count=len(counts), axis=1)
    scores, boxes = [], []
    for count, level_scores, level_boxes in zip(counts, objectness, candidates, strict=True):
        best, rows = op.top_k(level_scores, _constant([min(parts.rule.per_level, count)]), axis=1)
        scores.append(best)
        boxes.append(_take_rows(level_boxes, rows))
    all_scores, all_boxes = op.concat(scores, axis=1), op.concat(boxes, axis=1)
    looked_at = sum(min(parts.rule.per_level, count) for count in counts)
    limit = min(parts.rule.count, looked_at)
    kept = _suppress(
        all_boxes,
        all_scores,
        _constant([limit]),
        _constant(np.array([parts.rule.iou_threshold], np.float32)),
        _constant(np.array([0.0], np.float32)),
    )
    best, rows = op.top_k(kept, _constant([limit]), axis=1)
    return _take_rows(all_boxes, rows), op.greater(best, _constant(np.array(0, np.float32)))


def _look(cells: Any, rois: Any, live: Any, head: onnx.ModelProto, parts: Parts) -> tuple[Any, Any]:
    """What the head says of boxes (N, P, 4): boxes (N, P, C, 4) and probabilities (N, P, C)."""
    import spox.opset.ai.onnx.v17 as op
    from spox import inline

    read = _read(cells, rois, parts)
    found = inline(head)(**{dense_graph.READ: read, dense_graph.PROPOSALS: _reshape(rois, -1, 4)})
    count = op.gather(op.shape(rois), _constant([1]))
    shape = op.concat([_constant([-1]), count, _constant([parts.classes])], axis=0)
    probabilities = op.where(
        op.unsqueeze(live, _constant([2])),
        op.reshape(found[dense_graph.PROBABILITIES], shape),
        _constant(np.array(0, np.float32)),
    )
    boxes = op.reshape(found[dense_graph.BOXES], op.concat([shape, _constant([4])], axis=0))
    return boxes, probabilities


def _likeliest(boxes: Any, probabilities: Any, count: int) -> tuple[Any, Any]:
    """Of the best so many the box of the likeliest class, (N, K, 4), and which are boxes (N, K)."""
    import spox.opset.ai.onnx.v17 as op

    likely = op.reduce_max(probabilities, axes=[2], keepdims=False)
    there = op.gather(op.shape(likely), _constant([1]))
    best, rows = op.top_k(likely, op.min([there, _constant([count])]), axis=1)
    classes = op.arg_max(probabilities, axis=2)  # (N, P, 1)
    of_class = op.gather_nd(boxes, classes, batch_dims=2)
    return _take_rows(of_class, rows), op.greater(best, _constant(np.array(0, np.float32)))


def _in_one_map(answers: dict[str, Any], parts: Parts) -> Any:
    """All levels of the features, one below the other in one map: (N, C, H, W).

    So each box is read once, from the part that is its level. Around each level its outermost cells
    are repeated: a point less than half a cell from the border is read between two of them. ROI
    pooling reads no such points, and has one level.
    """
    import spox.opset.ai.onnx.v17 as op

    widest = parts.size // parts.levels[0].stride
    levels = []
    for number, level in enumerate(parts.levels):
        maps = op.transpose(answers[dense_graph.level_name(number)], perm=[0, 3, 1, 2])
        if not parts.reading.samples:
            return maps
        right = 1 + widest - parts.size // level.stride
        levels.append(op.pad(maps, _constant([0, 0, 1, 1, 0, 0, 1, right]), mode="edge"))
    return op.concat(levels, axis=2)


def _read(cells: Any, boxes: Any, parts: Parts) -> Any:
    """As ``roi_align`` or ``roi_pool`` of the training: (N * P, bins, bins, C)."""
    import spox.opset.ai.onnx.v17 as op

    rois = _reshape(boxes, -1, 4)
    shape = op.shape(boxes)
    count = op.gather(shape, _constant(np.array(1)))
    total = op.mul(op.gather(shape, _constant(np.array(0))), count)
    of_picture = op.div(op.range(_constant(np.array(0)), total, _constant(np.array(1))), count)
    bins = parts.reading.bins
    if parts.reading.samples:
        read = op.roi_align(
            cells,
            _in_cells(rois, parts),
            of_picture,
            coordinate_transformation_mode="half_pixel",
            output_height=bins,
            output_width=bins,
            sampling_ratio=parts.reading.samples,
        )
    else:
        with_picture = op.concat(
            [_reshape(op.cast(of_picture, to=np.float32), -1, 1), rois], axis=1
        )
        read = op.max_roi_pool(
            cells,
            with_picture,
            pooled_shape=(bins, bins),
            spatial_scale=1 / parts.levels[0].stride,
        )
    return op.transpose(read, perm=[0, 2, 3, 1])


def _in_cells(rois: Any, parts: Parts) -> Any:
    """Where boxes (R, 4) are in the map of all levels, in its cells."""
    import spox.opset.ai.onnx.v17 as op

    heights = [2 + parts.size // level.stride for level in parts.levels]
    tops = [1 + sum(heights[:number]) for number in range(len(heights))]
    level = _level_of(rois, parts)
    strides = _constant(np.array([[level.stride] for level in parts.levels], np.float32))
    corners = _constant(np.array([[1, top, 1, top] for top in tops], np.float32))
    return op.add(op.div(rois, op.gather(strides, level)), op.gather(corners, level))


def _level_of(rois: Any, parts: Parts) -> Any:
    """As ``roi_align.level_of`` of the training: int64 (R,)."""
    import spox.opset.ai.onnx.v17 as op

    x_min, y_min, x_max, y_max = op.split(rois, outputs_count=4, axis=1)
    sides = op.sqrt(op.max([op.mul(op.sub(x_max, x_min), op.sub(y_max, y_min)), _number(1e-6)]))
    octave = op.floor(
        op.add(
            op.div(op.log(op.div(sides, _number(CANONICAL_SIZE))), _number(math.log(2))),
            _number(1e-6),
        )
    )
    finest = math.log2(parts.levels[0].stride / CANONICAL_STRIDE)
    last = len(parts.levels) - 1
    clipped = op.clip(op.sub(octave, _number(finest)), _number(0), _number(last))
    return _reshape(op.cast(clipped, to=np.int64), -1)


def _vote(boxes: Any, scores: Any, spread: float) -> Any:
    """As ``box_voting.vote`` of the training: boxes (N, P, C, 4)."""
    import spox.opset.ai.onnx.v17 as op

    def shared_side(low: int) -> Any:
        begin = op.max([op.unsqueeze(sides[low], _constant([axis])) for axis in (2, 3)])
        end = op.min([op.unsqueeze(sides[low + 2], _constant([axis])) for axis in (2, 3)])
        return op.max([op.sub(end, begin), _number(0)])

    # (N, C, P, 4): every class of every picture is a list of boxes of its own.
    by_class = op.transpose(boxes, perm=[0, 2, 1, 3])
    sides = [
        op.gather(by_class, _constant(np.array(side)), axis=3) for side in range(4)
    ]  # (N, C, P) each
    area = op.mul(op.sub(sides[2], sides[0]), op.sub(sides[3], sides[1]))
    shared = op.mul(shared_side(0), shared_side(1))
    both = op.add(op.unsqueeze(area, _constant([2])), op.unsqueeze(area, _constant([3])))
    iou = op.div(shared, op.max([op.sub(both, shared), _number(1e-6)]))
    unlike = op.sub(_number(1), iou)
    likeness = op.exp(op.div(op.mul(unlike, unlike), _number(-spread)))
    votes = op.mul(op.unsqueeze(op.transpose(scores, perm=[0, 2, 1]), _constant([2])), likeness)
    total = op.reduce_sum(votes, _constant([3]), keepdims=True)
    weighed = op.mul(op.unsqueeze(votes, _constant([4])), op.unsqueeze(by_class, _constant([2])))
    mean = op.div(
        op.reduce_sum(weighed, _constant([3]), keepdims=False),
        op.max([total, _number(NO_VOTES)]),
    )
    voted = op.where(op.greater(total, _number(NO_VOTES)), mean, by_class)
    return op.transpose(voted, perm=[0, 2, 1, 3])


def _choose(
    boxes: Any,
    scores: Any,
    parts: Parts,
    *,
    score_threshold: Any,
    iou_threshold: Any,
    max_detections: Any,
) -> tuple[Any, Any, Any]:
    """The best of each class without those that lie on better ones, of all classes together."""
    import spox.opset.ai.onnx.v17 as op

    classes = parts.classes
    count = op.gather(op.shape(scores), _constant([1]))
    # (N, C, P): every class of every picture is a list of boxes of its own.
    scores = op.transpose(scores, perm=[0, 2, 1])
    boxes = op.transpose(boxes, perm=[0, 2, 1, 3])
    # Here and not in the suppression, which leaves out what is equal to its threshold.
    nothing = _constant(np.array([0], np.float32))
    scores = op.where(op.greater_or_equal(scores, score_threshold), scores, nothing)
    lists = op.concat([_constant([-1]), count], axis=0)
    kept = _suppress(
        op.reshape(boxes, op.concat([lists, _constant([4])], axis=0)),
        op.reshape(scores, lists),
        max_detections,
        iou_threshold,
        nothing,
    )
    # One list a picture again. As many zeros behind it as are wanted: there may be fewer boxes.
    places = op.mul(count, _constant([classes]))
    ranked = op.reshape(kept, op.concat([_constant([-1]), places], axis=0))
    pads = op.concat([_constant([0, 0, 0]), max_detections], axis=0)
    best, rows = op.top_k(op.pad(ranked, pads), max_detections, axis=1)
    rows = op.min([rows, op.sub(places, _constant([1]))])
    is_found = op.greater(best, _constant(np.array(0, np.float32)))
    labels = op.where(is_found, op.div(rows, count), _constant(np.array(-1)))
    all_boxes = op.reshape(boxes, op.concat([_constant([-1]), places, _constant([4])], axis=0))
    chosen = op.where(
        op.unsqueeze(is_found, _constant([2])),
        _take_rows(all_boxes, rows),
        _constant(np.array(0, np.float32)),
    )
    return chosen, labels, best


def _suppress(boxes: Any, scores: Any, limit: Any, iou: Any, score: Any) -> Any:
    """The scores (N, K) of the boxes (N, K, 4) that stay; 0 for the others."""
    import spox.opset.ai.onnx.v17 as op

    selected = op.non_max_suppression(
        boxes, op.unsqueeze(scores, _constant([1])), limit, iou, score
    )
    # Of a selected row: list, class (there is one), box.
    places = op.gather(selected, _constant([0, 2]), axis=1)
    nothing = op.mul(scores, _constant(np.array(0, np.float32)))
    return op.scatter_nd(nothing, places, op.gather_nd(scores, places))


def _take_rows(values: Any, rows: Any) -> Any:
    """Rows (N, K) out of values (N, A, 4): (N, K, 4)."""
    import spox.opset.ai.onnx.v17 as op

    return op.gather_nd(values, op.unsqueeze(rows, _constant([2])), batch_dims=1)


def _reshape(value: Any, *shape: int) -> Any:
    import spox.opset.ai.onnx.v17 as op

    return op.reshape(value, _constant(list(shape)))


def _constant(value: Any) -> Any:
    import spox.opset.ai.onnx.v17 as op

    array = np.asarray(value)
    return op.const(array.astype(np.int64) if array.dtype.kind == "i" else array)


def _number(value: float) -> Any:
    return _constant(np.array(value, np.float32))


def _with_defaults(model: onnx.ModelProto, defaults: dict[str, Any]) -> onnx.ModelProto:
    """Gives inputs a default: an initialiser with the input's name is one."""
    from training.onnx_graph import add_initialiser

    for name, value in defaults.items():
        add_initialiser(model.graph, name, value)
    return model
