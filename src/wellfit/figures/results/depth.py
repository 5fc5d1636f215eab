"""What probes saw layer by layer: activations, gradients and updates over depth, early and late in training."""

from __future__ import annotations

import re

import polars

from wellfit.figures.axis import Axis
from wellfit.figures.figure import Figure
from wellfit.figures.lines import line_figure
from wellfit.frames import ResultFrame

QUANTITIES = (  # quantity, name of the figure, words, scale
    ("activation_spread", "activations-by-depth", "spread of the activations (standard deviation)", "linear"),
    ("signal_norm", "gradients-by-depth", "norm of the gradient that comes back to a layer", "log"),
    ("update_ratio", "updates-by-depth", "change of the weights in an update, over their norm", "log"),
    ("saturated_share", "saturation-by-depth", "share of saturated activations", "linear"),
    ("dead_units", "dead-units-by-depth", "dead units", "linear"),
)
DRAWN = frozenset(quantity for quantity, *_ in QUANTITIES)
WHEN = ("first look", "last look")
HIDDEN = re.compile(r"hidden(\d+)")


def depth_figures(probes: ResultFrame) -> list[Figure]:
    """A figure for each quantity that was measured in two layers or more.

    probes: columns member, update, layer, quantity and value, as `Population.probes`.
    """
    known = [layer for layer in probes["layer"].unique().to_list() if depth_of(layer, 0) is not None]
    hidden = max((int(found[1]) + 1 for layer in known if (found := HIDDEN.fullmatch(layer))), default=0)
    figures = []
    for quantity, name, words, scale in QUANTITIES:
        own = over_depth(probes.filter(polars.col("quantity") == quantity), hidden)
        if own["depth"].n_unique() < 2 or (quantity == "dead_units" and own["high"].max() == 0):
            continue
        figures.append(_figure(own, name, words, scale))
    return figures


def _figure(own: ResultFrame, name: str, words: str, scale: str) -> Figure:
    first = "the inputs being 0, " if own["depth"].min() == 0 else ""
    return line_figure(
        own, Axis("depth", f"layer, {first}counted from the input"),
        Axis("median", words, scale="log" if scale == "log" else "linear"), series="when", low="low", high="high",
        name=name, title=f"By layer: {words}, at the first and the last look.",
    )  # fmt: skip


def depth_of(layer: str, hidden: int) -> int | None:
    """The place of a layer: 0 of the input, then the hidden layers, then the output; None of the whole network."""
    if layer in ("input", "output"):
        return 0 if layer == "input" else hidden + 1
    found = HIDDEN.fullmatch(layer)
    return int(found[1]) + 1 if found else None


def over_depth(own: polars.DataFrame, hidden: int) -> ResultFrame:
    """Over the networks the median, the least and the largest value of each layer at their first and their last look.

    own: the probes of one quantity. hidden: how many hidden layers there are.

    Returns:
        Columns depth, when, median, low, high.
    """
    depths = {layer: depth_of(layer, hidden) for layer in own["layer"].unique().to_list()}
    placed = own.with_columns(
        depth=polars.col("layer").replace_strict(depths, default=None, return_dtype=polars.Int64)
    ).drop_nulls("depth").filter(polars.col("value").is_finite())  # fmt: skip
    parts = []
    for when, place in zip(WHEN, (polars.first, polars.last), strict=True):
        ends = placed.sort("update").group_by("member", "depth", maintain_order=True).agg(place("value"))
        parts.append(
            ends.group_by("depth", maintain_order=True)
            .agg(median=polars.col("value").median(), low=polars.col("value").min(), high=polars.col("value").max())
            .with_columns(when=polars.lit(when))
            .sort("depth")
        )
    return ResultFrame(polars.concat(parts).select("depth", "when", "median", "low", "high"))
