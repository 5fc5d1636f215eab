"""Figures of curves, searches and predictions: what they show of the tables that they are made of."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import altair
import numpy as np
import pytest

from tests.statistics.test_result import RESULT, SEARCH
from wellfit.figures import Figure
from wellfit.figures.look import file_name
from wellfit.figures.results import (
    confusion_figure,
    curve_figures,
    dependence_figure,
    importance_figure,
    residual_figures,
    result_figures,
)
from wellfit.frames import ResultFrame


def curves(recipes: int, networks: int = 3, fall: float = 2.0) -> ResultFrame:
    """Curves of recipes, of which the last ones are the best."""
    rows = [
        {"recipe": f"hidden {k}", "rows": part, "epoch": epoch, "median": (recipes - k) * fall**-epoch,
         "low": 0.1, "high": 9.0, "networks": networks}
        for k in range(recipes) for part in ("training", "validation") for epoch in (1.0, 2.0, 3.0)
    ]  # fmt: skip
    return ResultFrame(rows)


def scale_of(figure: Figure) -> str:
    """The kind of scale of y."""
    view = figure.spec.get("concat", [figure.spec])[0]
    return str(view["layer"][-1]["encoding"]["y"]["scale"].get("type", "linear"))


def test_curves_of_one_recipe_and_of_several() -> None:
    (one,) = curve_figures(curves(1), "loss")
    assert one.name == "loss-by-epoch" and "median and middle half of 3 networks" in one.title
    (single,) = curve_figures(curves(1, networks=1), "error")
    assert "median" not in single.title and "area" not in str(single.spec["layer"])
    compared, each = curve_figures(curves(10), "loss", "nats")
    assert compared.name == "validation-loss-by-recipe" and len(each.spec["concat"]) == 8
    assert (
        "hidden 0" not in compared.frame["recipe"].to_list() and "The 8 recipes of 10 that end best" in each.description
    )
    assert curve_figures(ResultFrame(curves(1).clear()), "loss") == []


@pytest.mark.parametrize(("fall", "scale"), [(2.0, "linear"), (10.0, "log")])
def test_a_loss_that_spans_decades_is_drawn_on_a_logarithmic_axis(fall: float, scale: str) -> None:
    assert scale_of(curve_figures(curves(1, fall=fall), "loss")[0]) == scale


def candidate(number: int, loss: float | None, status: str) -> dict[str, Any]:
    """A candidate of a search's record."""
    losses = [[loss, loss and loss * 1.1]] if loss else []
    return {"number": number, "members": [0, 1], "losses": losses, "status": status, "rungs": [1],
            "cost": 50.0 * (number + 1), "updates": 3, "partition": 0, "origin": "portfolio",
            "recipe": {"hidden": [4 + number]}}  # fmt: skip


def test_a_search_is_shown_by_cost_and_by_loss() -> None:
    record = {
        "search": {
            "candidates": [candidate(0, 0.5, "finished"), candidate(1, 0.9, "pruned"), candidate(2, None, "diverged")]
        }
    }
    result = replace(RESULT, search=replace(SEARCH, record=record))
    figures = {figure.name: figure for figure in result_figures(result)}
    assert list(figures) == ["search-by-cost", "search-candidates", "test-error-y", "test-log-loss-y"]
    cost = figures["search-by-cost"]
    assert cost.frame["role"].to_list() == ["in the ensemble", "stopped early"] and "2 candidates" in cost.title
    labels = figures["search-candidates"].frame
    assert labels["name"].to_list()[0].startswith("0: hidden=(4,)") and labels["note"].to_list() == ["weight 1.00", ""]
    assert figures["test-error-y"].frame["score"].to_list() == [0.25, 0.25]
    for figure in figures.values():
        altair.Chart.from_dict(figure.spec)


def test_importance_and_dependence() -> None:
    columns = [f"c{k}" for k in range(30)]
    table = {
        "column": columns,
        "importance": np.arange(30.0),
        "low": [None] * 30,
        "high": [None] * 30,
        "spread": [0.1] * 30,
    }
    figure = importance_figure(ResultFrame(table), "log-loss", 5)
    assert "The 25 most important of 30 columns" in figure.title and figure.frame["spread"].to_list() == [0.1] * 25
    rows = ResultFrame({"value": ["red", "blue"], "prediction": [1.0, 2.0], "output": ["y", "y"]})
    bars = dependence_figure(rows, "the colour!", "prediction", numbers=False)
    assert bars.name == "dependence-the-colour" and bars.spec["layer"][0]["mark"]["type"] == "bar"
    assert file_name("../../etc") == "etc" and file_name("$$") == "figure" and file_name("年齢") == "年齢"


def test_residuals_are_observed_minus_predicted() -> None:
    observed, predicted = np.array([[1.0, 5.0], [2.0, math.nan]]), np.array([[0.5, 4.0], [2.5, 1.0]])
    one, several = (residual_figures(observed[:, :k], predicted[:, :k], ["a", "Größe/B"][:k]) for k in (1, 2))
    assert [figure.name for figure in one] == ["observed-against-predicted", "residuals"]
    assert [figure.name for figure in several[2:]] == ["größe-b-observed-against-predicted", "größe-b-residuals"]
    assert one[1].frame["residual"].to_list() == [0.5, -0.5] and several[3].frame["residual"][0] == 1.0
    assert several[3].title.startswith("Größe/B: Residuals") and "1 row left out" in several[3].description


def test_shares_are_written_in_a_confusion_matrix_of_few_classes() -> None:
    for classes in (3, 13):
        names = [str(k) for k in range(classes)]
        table = {"true": np.repeat(names, classes), "predicted": names * classes, "rows": 1.0, "share": 0.5}
        spec = confusion_figure(ResultFrame({k: v if np.ndim(v) else [v] * classes**2 for k, v in table.items()})).spec
        assert any(layer["mark"]["type"] == "text" for layer in spec["layer"]) == (classes == 3)
