"""What a network says of itself to serving."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from training.segmentation.recipe import Recipe
from vision.class_map import RGB
from vision.model_spec import ModelSpec, SegmenterSpec
from vision.preprocessing import Crop


def make_spec(
    recipe: Recipe,
    labels: tuple[str, ...],
    palette: tuple[RGB, ...],
    *,
    name: str = "segmentation",
    version: str = "1",
    drivable: Sequence[str] = (),
    ignored: Sequence[str] = (),
    training_data: Sequence[str] = (),
    scores: Mapping[str, float] | None = None,
) -> ModelSpec:
    """The metadata of a network's file.

    Args:
        recipe: what the network was made by.
        labels: names of the classes, by class id.
        palette: a colour for each.
        name: of the model.
        version: of the model.
        drivable: labels of what may be driven on.
        ignored: names of what the training data had beside the labels.
        training_data: the sets trained on.
        scores: the figures it was accepted with.
    """
    return ModelSpec(
        task="segmentation",
        name=name,
        version=version,
        labels=labels,
        input_width=recipe.width,
        input_height=recipe.height,
        colour_order="RGB",
        crop=Crop(),
        training_data=tuple(training_data),
        scores=scores or {},
        fit="letterbox",
        segmenter=SegmenterSpec(palette, tuple(drivable), tuple(ignored)),
    )
