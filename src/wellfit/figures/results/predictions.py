"""Predictions beside the truth: reliability of probabilities, confusion of classes, residuals of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.figures.axis import Axis
from wellfit.figures.figure import Figure
from wellfit.figures.heat import heat_figure
from wellfit.figures.scatter import scatter_figure
from wellfit.frames import ResultFrame

MOST_WRITTEN = 12  # classes in whose confusion matrix shares are written
MOST_CURVES = 6  # labels whose reliability is drawn
MOST_OUTPUTS = 4  # whose residuals are drawn
SHARE = (0.0, 1.0)
AROUND_SHARE = (-0.03, 1.03)  # so that points at the ends are seen whole


def reliability_figure(curve: ResultFrame) -> Figure:
    """The reliability diagram. curve: of `wellfit.statistics.inspection.reliability.reliability`."""
    names = curve["of"].unique(maintain_order=True).to_list()
    shown = ResultFrame(curve.filter(curve["of"].is_in(names[:MOST_CURVES])))
    what = f"of {names[0]}" if len(names) == 1 else "of each label"
    return scatter_figure(
        shown, Axis("predicted", "predicted probability", what, ends=AROUND_SHARE, format=".0%"),
        Axis("observed", "share of rows in which it came true", ends=AROUND_SHARE, format=".0%"),
        low="low", high="high", panel="of" if len(names) > 1 else None, reference="equality", name="reliability",
        title="Reliability: how often what was given a probability came true.",
        description="Points on the dashed line are what they say; below it probabilities are too high. Each point is a "
        "bin of as many rows, with the exact 95 % interval of its share.",
    )  # fmt: skip


def confusion_figure(table: ResultFrame) -> Figure:
    """The confusion matrix. table: of `wellfit.statistics.inspection.reliability.confusion`."""
    classes = table["true"].n_unique()
    return heat_figure(
        table, Axis("predicted", "predicted class", scale="category"), Axis("true", "true class", scale="category"),
        Axis("share", "share of the true class", format=".0%", ends=SHARE), text=classes <= MOST_WRITTEN,
        name="confusion", title="Confusion: as what the rows of each class are predicted.",
    )  # fmt: skip


def residual_figures(
    observed: NDArray[np.float64], predicted: NDArray[np.float64], outputs: Sequence[Any], unit: str = ""
) -> list[Figure]:
    """Observed against predicted numbers, and what is left over against the prediction.

    observed, predicted: (rows, outputs). outputs: their names. unit: of the numbers ("" by default: none).

    Returns:
        Two figures, or two of each of the first 4 outputs, which may differ in their units.
    """
    pairs = [_pair(observed[:, k], predicted[:, k], unit) for k in range(observed.shape[1])]
    if len(pairs) == 1:
        return pairs[0]
    return [figure.of(str(name)) for pair, name in zip(pairs, outputs, strict=True) for figure in pair][
        : 2 * MOST_OUTPUTS
    ]


def _pair(observed: NDArray[np.float64], predicted: NDArray[np.float64], unit: str) -> list[Figure]:
    """The two figures of one output."""
    data = ResultFrame({"predicted": predicted, "observed": observed, "residual": observed - predicted})
    x = Axis("predicted", "prediction", unit)
    return [
        scatter_figure(
            data, x, Axis("observed", "observed", unit), reference="equality",
            name="observed-against-predicted", title="Observed against predicted: on the dashed line they are equal.",
        ),
        scatter_figure(
            data, x, Axis("residual", "observed minus predicted", unit), reference="zero",
            name="residuals", title="Residuals by prediction: around zero everywhere, where nothing is left to learn.",
        ),
    ]  # fmt: skip
