"""What models, populations and estimators show, on a table with every kind of column."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.inspection import permutation_importance

import wellfit
from tests.training.trained import ROWS, population, table, targets
from wellfit.errors import InputError
from wellfit.figures import Display, Figure

KINDS = ["binary", "classes", "labels", "numbers", "several", "counts"]


def model(kind: str) -> wellfit.Model:
    """A small model."""
    return population(kind)[0].model  # type: ignore[no-any-return]


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_shows_its_predictions(kind: str) -> None:
    display = model(kind).display(table(), targets(kind))
    assert isinstance(display, Display)
    first = {"binary": ["reliability", "confusion"], "classes": ["reliability", "confusion"], "labels": ["reliability"]}
    pair = ["observed-against-predicted", "residuals"]
    expected = first.get(
        kind, [f"{name}-{one}" for name in ("y0", "y1") for one in pair] if kind == "several" else pair
    )
    assert display.names[: len(expected) + 1] == [*expected, "importance"]
    importance = display["importance"].frame
    assert sorted(importance["column"]) == sorted(table().columns)
    dependences = [name for name in display.names if name.startswith("dependence-")]
    assert len(dependences) == 4 and not {"dependence-day", "dependence-words"} & set(dependences)


def test_importance_is_that_of_scikit_learn_on_the_raw_table() -> None:
    """A date, a text and categories are dealt anew as a whole, as scikit-learn does with columns of the frame."""
    estimator = wellfit.NetworkClassifier(
        hidden=(8,), epochs=6, column_kinds={"words": "text"}, random_state=0, validation_share=0
    ).fit(frame(), targets("binary"))
    other = permutation_importance(
        estimator, frame(), targets("binary"), scoring="neg_log_loss", n_repeats=15, random_state=1
    )
    ours = estimator.model_.importance(frame(), targets("binary"), repeats=15)
    found = {row["column"]: row for row in ours.frame.to_dicts()}
    for name, mean, spread in zip(frame().columns, other.importances_mean, other.importances_std, strict=True):
        assert found[name]["importance"] == pytest.approx(mean, abs=5 * spread * (2 / 15) ** 0.5 + 1e-6), name
    assert max(found, key=lambda name: found[name]["importance"]) == "size"
    whole = estimator.display(X=frame(), y=targets("binary"))
    assert isinstance(whole, Display)
    assert whole.names[:3] == ["loss-by-epoch", "error-by-epoch", "reliability"]
    assert isinstance(estimator.display("loss-by-epoch"), Figure)
    with pytest.raises(InputError, match="got one of X and y"):
        estimator.display(X=frame())


def frame() -> pd.DataFrame:
    """The table as pandas has it."""
    return pd.DataFrame(table().to_dict(as_series=False))


def test_one_figure_is_made_alone() -> None:
    shown = model("binary").display(table(), targets("binary"), "confusion")
    assert isinstance(shown, Figure) and shown.frame["rows"].sum() == ROWS
    with pytest.raises(InputError, match="'reliability', 'confusion'.*got 'roc'"):
        model("binary").display(table(), targets("binary"), "roc")


def test_the_target_may_be_a_column_of_the_table_and_weights_count() -> None:
    y, weight = targets("binary"), np.arange(ROWS) % 2
    named = table().with_columns(pl.Series("y", y))
    given = model("binary").reliability(named, "y", sample_weight=weight, bins=4).frame
    half = model("binary").reliability(named.filter(pl.Series(weight == 1)), "y", bins=4).frame
    assert given.equals(half) and given["rows"].sum() == ROWS // 2


def test_partial_dependence_of_a_category_and_a_number() -> None:
    colours = model("numbers").partial_dependence(table(), "colour")
    assert colours.frame["value"].to_list() == ["blue", "green", "red"]
    green = table().with_columns(colour=pl.lit("green"))
    expected = float(np.mean(model("numbers").predict(green)))
    assert colours.frame["prediction"].to_list()[1] == pytest.approx(expected, rel=1e-6)
    sizes = model("classes").partial_dependence(table(), "size", points=5).frame
    assert sizes.height == 15 and sizes["output"].unique(maintain_order=True).to_list() == ["0", "1", "2"]
    assert sizes.group_by("value").agg(pl.col("prediction").sum())["prediction"].to_numpy() == pytest.approx(1.0)


def test_importance_of_many_rows_is_taken_on_some_and_says_so() -> None:
    few = model("binary").importance(table(), targets("binary"), most_rows=50, repeats=1)
    assert "Measured on 50 of 120 rows" in few.description and few.frame["spread"].to_list() == [None] * 6
    assert "Measured" not in model("binary").importance(table(), targets("binary"), metric="auc", repeats=1).description


def several() -> wellfit.Model:
    """A model of two tasks."""
    y: Any = {"a": targets("binary"), "b": targets("numbers")}
    return wellfit.train(wellfit.Recipe(hidden=(4,), epochs=1), table(), y)[0].model  # type: ignore[no-any-return]


def test_tasks_are_looked_at_one_by_one() -> None:
    both = several()
    for look in (both.importance, both.reliability, both.display):
        with pytest.raises(InputError, match="task by task"):
            look(table(), targets("binary"))
    assert both.task("a").reliability(table(), targets("binary")).frame["of"].to_list()[0] == "yes"
    assert both.task("b").partial_dependence(table(), "size", points=3).frame.height == 3


@pytest.mark.parametrize(
    ("look", "says"),
    [
        (lambda m: m.importance(table(), targets("binary")[:5]), "120 and 5 rows"),
        (lambda m: m.importance(table(), ["maybe"] * ROWS), "maybe"),
        (lambda m: m.importance(table(), targets("binary"), metric="rmse"), "rmse"),
        (lambda m: m.importance(table(), targets("binary"), most_rows=0), "most_rows"),
        (lambda m: m.importance(table(), targets("binary"), seed=-1), "seed"),
        (lambda m: m.importance(table(), targets("binary"), groups=[1, 2]), "120 rows"),
        (lambda m: m.importance(table().drop("size"), targets("binary")), "size"),
        (lambda m: m.partial_dependence(table(), "weigth"), "got 'weigth'"),
        (lambda m: m.partial_dependence(table(), "day"), "is a date"),
        (lambda m: m.partial_dependence(table(), "size", points=1), "2 to 1000"),
        (lambda m: m.reliability(table(), targets("binary"), bins=0), "Bins"),
    ],
)
def test_what_cannot_be_shown_is_refused(look: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        look(model("binary"))


def test_images_and_wide_tables_have_no_importance() -> None:
    X = np.random.default_rng(0).integers(0, 255, (60, 4, 4)).astype(np.uint8)
    wide = np.random.default_rng(0).normal(size=(60, 201))
    y = np.arange(60) % 2
    for rows in (X, wide):
        seen = wellfit.train(wellfit.Recipe(hidden=(4,), epochs=1), rows, y, kind="class")[0].model
        shown = seen.display(rows, y)
        assert isinstance(shown, Display) and shown.names == ["reliability", "confusion"]


def test_numbers_have_no_reliability() -> None:
    with pytest.raises(InputError, match="probabilities"):
        model("numbers").reliability(table(), targets("numbers"))


def test_a_population_shows_its_learning_curves() -> None:
    shown = population("numbers").display()
    assert isinstance(shown, Display) and shown.names == ["loss-by-epoch"]  # the error of numbers is their loss
    recipes = [wellfit.Recipe(hidden=(4,), epochs=2, dropout=rate) for rate in (0.0, 0.5)]
    trained = wellfit.train(recipes, table(), targets("binary"), seeds=[0, 1])
    compared = trained.display("validation-error-by-recipe")
    assert isinstance(compared, Figure)
    assert compared.frame["recipe"].unique(maintain_order=True).to_list() == ["dropout 0", "dropout 0.5"]
    own = trained.history.filter((pl.col("epoch") == 2) & (pl.col("member") < 2))["validation_error"]
    last = compared.frame.filter((pl.col("epoch") == 2) & (pl.col("recipe") == "dropout 0"))
    assert last["median"].to_list() == [pytest.approx(own.mean())]
    with pytest.raises(InputError, match="got 'loss'"):
        trained.display("loss")


def test_a_member_of_a_population_shows_what_its_model_shows() -> None:
    X = np.random.default_rng(0).normal(size=(200, 2))
    member = wellfit.train(wellfit.Recipe(hidden=(4,), epochs=2), X, X[:, 0])[0]
    shown, by_model = member.display(X, X[:, 0]), member.model.display(X, X[:, 0])
    assert [one.name for one in shown] == [one.name for one in by_model]
    assert member.importance(X, X[:, 0]).frame.equals(member.model.importance(X, X[:, 0]).frame)
