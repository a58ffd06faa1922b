"""Faster R-CNN, put together from its parts.

S. Ren, K. He, R. Girshick, J. Sun, "Faster R-CNN: Towards Real-Time Object Detection with Region
Proposal Networks" (2015). Trained in one go ("approximate joint training", section 3.2): the
proposals are taken as given when the head learns.

The head may look again at the boxes that it answered, as a cascade does (Z. Cai, N. Vasconcelos,
"Cascade R-CNN: Delving into High Quality Object Detection", 2018), here with the same weights each
time: a box that is nearly right shows better what it holds, and where that ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import keras
from keras import ops

from training.detection import roi_sampling
from training.detection.anchors import AnchorLevel, all_anchors
from training.detection.box_coding import HEAD_SPREADS, PROPOSAL_SPREADS, clip, decode, encode
from training.detection.box_voting import vote
from training.detection.losses import (
    class_loss,
    head_box_loss,
    objectness_loss,
    proposal_box_loss,
)
from training.detection.proposal_rule import ProposalRule
from training.detection.proposals import propose
from training.detection.roi_align import roi_align
from training.detection.roi_pooling import roi_pool
from training.detection.roi_sampling import RoiSampler

LOSSES = ("objectness", "proposal_boxes", "classes", "boxes")


class RoiReading(NamedTuple):
    """How the head sees a box.

    Attributes:
        bins: rows and columns of the grid.
        samples: points read in each direction of a bin (ROI align); 0: the largest value of the
            bin (ROI pooling).
    """

    bins: int
    samples: int


class Parts(NamedTuple):
    """What a network is made of.

    Attributes:
        features: uint8 (N, size, size, 3) to a list of float (N, H, W, C), one a level.
        proposal_head: float (N, H, W, C) to objectness (N, A) and offsets (N, A, 4) of a level.
        box_head: float (R, bins, bins, C) to scores (R, 1 + classes) and offsets (R, classes, 4).
        levels: the anchors of each level.
        size: width and height of the input in pixels.
        classes: how many, without the background.
        reading: how boxes are read.
        training_rule: how proposals are chosen in training.
        rule: how proposals are chosen otherwise.
        sampled_rois: proposals of a picture that the head learns from.
        looked_at_again: of the boxes that the head answered the best so many are looked at again; a
            number for each time.
        voting_spread: how unlike boxes may be that become their mean; 0: each stays as it is.
        box_weight: of the head's loss of boxes among the four.
        proposal_weight: of the two losses of the proposals among the four.
        pretrained: paths of the trainable variables that start with the weights of ImageNet. Not
            the variables: Keras would take them for the network's own once more.
    """

    features: keras.Model
    proposal_head: keras.Model
    box_head: keras.Model
    levels: tuple[AnchorLevel, ...]
    size: int
    classes: int
    reading: RoiReading
    training_rule: ProposalRule
    rule: ProposalRule
    sampled_rois: int
    looked_at_again: tuple[int, ...]
    voting_spread: float
    box_weight: float
    proposal_weight: float
    pretrained: tuple[str, ...] = ()


class FasterRcnn(keras.Model):  # type: ignore[misc]
    """The network. Called with pictures it answers boxes; with targets too, what the losses need.

    Args:
        parts: what it is made of.
        seed: of the drawing of proposals in training.
    """

    def __init__(self, parts: Parts, seed: int = 0) -> None:
        super().__init__(name="faster_rcnn")
        self.features = parts.features
        self.proposal_head = parts.proposal_head
        self.box_head = parts.box_head
        self.roi_sampler = RoiSampler(parts.sampled_rois, seed)
        self.parts = parts
        self.anchors = all_anchors(parts.levels, parts.size)
        self._means = [keras.metrics.Mean(name) for name in LOSSES]

    def build(self, _: Any) -> None:
        """Does nothing: all parts are built when they come."""

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Boxes of pictures, or the answers that the losses compare.

        Args:
            inputs: uint8 (N, size, size, 3), RGB; or with that as ``image`` the dictionary that
                :class:`training.detection.sampling.Sampler` makes.
            training: whether dropout is on.

        Returns:
            For pictures: boxes, float32 (N, P, C, 4), one a class, in pixels of the input and
            inside it, and scores, float32 (N, P, C), 0..1; P boxes that were looked at last, C
            classes.
        """
        if isinstance(inputs, Mapping):
            return self._for_losses(inputs, training)
        return self._detect(inputs)

    def dense(self, pictures: Any, training: bool = False) -> tuple[list[Any], Any, Any]:
        """The feature maps, and objectness (N, A) and offsets (N, A, 4) of all anchors: float32."""
        maps = self.features(pictures, training=training)
        answers = [self.proposal_head(level, training=training) for level in maps]
        objectness = ops.concatenate([answer[0] for answer in answers], axis=1)
        # The layers may calculate in 16 bits: too few to add up the gradients of many boxes.
        maps = [ops.cast(level, "float32") for level in maps]
        return maps, objectness, ops.concatenate([answer[1] for answer in answers], axis=1)

    def propose(self, objectness: Any, offsets: Any, rule: ProposalRule) -> tuple[Any, Any]:
        """Proposals, float32 (N, P, 4), and whether each is one, bool (N, P)."""
        size = self.parts.size
        counts = [level.count(size) for level in self.parts.levels]
        return propose(
            objectness,
            offsets,
            anchors=self.anchors,
            level_counts=counts,
            size=size,
            rule=rule,
        )

    def look_at(self, maps: list[Any], boxes: Any, training: bool = False) -> tuple[Any, Any]:
        """The head's scores (N, R, 1 + C), before the softmax, and offsets (N, R, C, 4)."""
        reading = self.parts.reading
        strides = [level.stride for level in self.parts.levels]
        if reading.samples:
            read = roi_align(maps, strides, boxes, reading.bins, reading.samples)
        else:
            read = roi_pool(maps[0], strides[0], boxes, reading.bins)
        scores, offsets = self.box_head(ops.reshape(read, (-1, *read.shape[2:])), training=training)
        count, classes = boxes.shape[1], self.parts.classes
        return (
            ops.reshape(scores, (-1, count, 1 + classes)),
            ops.reshape(offsets, (-1, count, classes, 4)),
        )

    def compute_loss(  # noqa: D102 - Keras says what it is
        self,
        x: Any = None,
        y: Any = None,  # noqa: ARG002
        y_pred: Any = None,
        sample_weight: Any = None,  # noqa: ARG002
        training: bool = True,  # noqa: ARG002
    ) -> Any:
        parts, kinds = self.parts, x["anchor_kinds"]
        complete = ops.all(x["labelled"], axis=1)
        losses = (
            parts.proposal_weight * objectness_loss(y_pred["objectness"], kinds, complete),
            parts.proposal_weight
            * proposal_box_loss(y_pred["proposal_offsets"], y_pred["wanted_proposals"], kinds),
            class_loss(y_pred["scores"], y_pred["kinds"], x["labelled"]),
            parts.box_weight * head_box_loss(y_pred["offsets"], y_pred["wanted"], y_pred["kinds"]),
        )
        for mean, loss in zip(self._means, losses, strict=True):
            mean.update_state(loss)
        return sum(losses)

    def _detect(self, pictures: Any) -> tuple[Any, Any]:
        maps, objectness, offsets = self.dense(pictures)
        boxes, live = self.propose(objectness, offsets, self.parts.rule)
        found, likely = self._look(maps, boxes, live)
        for count in self.parts.looked_at_again:
            best, rows = ops.top_k(ops.max(likely, axis=2), min(count, likely.shape[1]))
            boxes = ops.take_along_axis(likeliest(found, likely), rows[..., None], axis=1)
            found, likely = self._look(maps, boxes, best > 0)
        if self.parts.voting_spread:
            found = vote(found, likely, self.parts.voting_spread)
        return found, likely

    def _look(self, maps: list[Any], boxes: Any, live: Any) -> tuple[Any, Any]:
        """Boxes (N, P, C, 4) and probabilities (N, P, C), which are 0 for boxes that are none."""
        found, likely = read_head(*self.look_at(maps, boxes), boxes, self.parts.size)
        return found, likely * ops.cast(live, "float32")[..., None]

    def _for_losses(self, inputs: Mapping[str, Any], training: bool) -> dict[str, Any]:
        maps, objectness, offsets = self.dense(inputs["image"], training)
        proposals, live = self.propose(
            ops.stop_gradient(objectness), ops.stop_gradient(offsets), self.parts.training_rule
        )
        truths, class_ids = inputs["boxes"], inputs["class_ids"]
        rois = self.roi_sampler(ops.stop_gradient(proposals), live, truths, class_ids)
        looks = []
        for _ in range(1 + len(self.parts.looked_at_again)):
            scores, box_offsets = self.look_at(maps, rois.boxes, training)
            looks.append((*rois, scores, box_offsets))
            boxes = likeliest(*read_head(scores, box_offsets, rois.boxes, self.parts.size))
            live = rois.kinds != roi_sampling.NOTHING
            rois = roi_sampling.judge(ops.stop_gradient(boxes), live, truths, class_ids)
        boxes, kinds, objects, scores, box_offsets = (
            ops.concatenate(values, axis=1) for values in zip(*looks, strict=True)
        )
        rows = inputs["anchor_rows"]
        anchors = ops.take(ops.convert_to_tensor(self.anchors), rows, axis=0)
        return {
            "objectness": ops.take_along_axis(objectness, rows, axis=1),
            "proposal_offsets": ops.take_along_axis(offsets, rows[..., None], axis=1),
            "wanted_proposals": encode(inputs["anchor_boxes"], anchors, PROPOSAL_SPREADS),
            "kinds": kinds,
            "scores": scores,
            "offsets": box_offsets,
            # Rows without an object are not counted; any box that is not empty does for them.
            "wanted": encode(_filled(objects), _filled(boxes), HEAD_SPREADS),
        }


def read_head(scores: Any, offsets: Any, proposals: Any, size: int) -> tuple[Any, Any]:
    """What the head says, as boxes and probabilities.

    Args:
        scores: float32 (..., 1 + C), before the softmax, background first.
        offsets: float32 (..., C, 4).
        proposals: float32 (..., 4), in pixels of the input.
        size: width and height of the input in pixels.

    Returns:
        Boxes, float32 (..., C, 4), in pixels of the input and inside it, and probabilities, float32
        (..., C), 0..1; 0 for boxes of which nothing lies inside.
    """
    boxes = clip(decode(offsets, proposals[..., None, :], HEAD_SPREADS), size)
    inside = ops.all(boxes[..., 2:] > boxes[..., :2], axis=-1)
    return boxes, ops.softmax(scores)[..., 1:] * ops.cast(inside, "float32")


def likeliest(boxes: Any, probabilities: Any) -> Any:
    """Of each proposal the box of the class that it is likeliest of.

    Args:
        boxes: float32 (..., C, 4), one a class.
        probabilities: float32 (..., C).

    Returns:
        float32 (..., 4).
    """
    best = ops.argmax(probabilities, axis=-1)
    return ops.squeeze(ops.take_along_axis(boxes, best[..., None, None], axis=-2), axis=-2)


def _filled(boxes: Any) -> Any:
    """Boxes with a side of at least a pixel: the logarithm of an empty one would spoil the loss."""
    low = boxes[..., :2]
    return ops.concatenate([low, ops.maximum(boxes[..., 2:], low + 1.0)], axis=-1)
