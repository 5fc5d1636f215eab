"""Early stopping as an L2 penalty: on a linear network, what t steps of descent keep of each eigendirection."""

from __future__ import annotations

from typing import Any, NamedTuple, Unpack

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.run.training_run import train_plans
from wellfit.engines.contract.plan import Plan
from wellfit.engines.numpy.encode import encode
from wellfit.engines.numpy.prepared_view import prepare_views
from wellfit.errors import InputError
from wellfit.figures import Axis, Figure, line_figure
from wellfit.frames import ResultFrame
from wellfit.recipe import Recipe
from wellfit.studies.base import Study, StudyOptions, StudyPlan, StudyTable, settings_of, study_table
from wellfit.studies.base.options import check_whole
from wellfit.tables.arrays import View

QUESTION = "Is stopping early the same as an L2 penalty?"
Float64 = NDArray[np.float64]
MOST_INPUTS = 2_000
SHARE_OF_LARGEST = 0.9  # the step, as a share of the longest that does not diverge in the steepest direction, 2 / l
ROUNDING = 1e-3  # of the largest weight: what float32 may leave after many steps
NO_WEIGHT = 1e-4  # a least-squares weight below it is rounding: nothing can be kept of it
RELEVANT = 1e-10  # of the largest eigenvalue: directions below it have no data


class Descent(NamedTuple):
    """Plain descent from 0 on the least-squares loss of a linear network.

    eigenvalues: (directions,) of the loss's Hessian, largest first. optimum: (directions,), the least-squares weights
    along them. trained: (directions,), the weights after `steps` steps of size `step`, as the engine trained them.
    """

    eigenvalues: Float64
    optimum: Float64
    trained: Float64
    step: float
    steps: int


def early_stopping_as_l2(
    X: Any, y: Any = None, *, steps: int = 100, step: float | None = None, **options: Unpack[StudyOptions]
) -> Study:
    """Train a linear network for a number of steps from zero weights, and compare with ridge regression.

    Along an eigendirection of the loss's Hessian with eigenvalue l, t steps of size e keep the share 1 - (1 - e l)^t of
    the least-squares weight, and a penalty a/2 |w|^2 keeps l / (l + a). Both are equal for
    a_l = l (1 - e l)^t / (1 - (1 - e l)^t), exactly but for each direction on its own; a single a = 1/(e t) agrees only
    where e l and l/a are small.

    X: a table, as in `wellfit.train`; numbers are standardised.
    y: targets (rows,), numbers, as in `wellfit.train`.
    steps: int, t, 1 or more (default 100).
    step: float, e, above 0 and below 2 over the largest eigenvalue; None (default): 0.9 over it.
    options: see `StudyOptions`; folds and seeds do not matter, for nothing is drawn at random.

    Returns:
        A `Study` whose table has a row a direction: eigenvalue, least_squares, trained (the engine's weights),
        kept_by_descent, kept_by_formula, kept_by_ridge (with a_l), kept_by_one_penalty (with a = 1/(e t)), penalty
        (a_l).

    Raises:
        InputError: a target that is no number, a step that diverges, or more than 2,000 encoded columns.

    >>> import numpy as np
    >>> import wellfit
    >>> X = np.random.default_rng(0).normal(size=(60, 3))
    >>> study = wellfit.studies.early_stopping_as_l2(X, X @ [1.0, 2.0, 0.5], steps=20)
    >>> bool(study.facts["largest_difference"] < 1e-5)
    True

    Source: Goodfellow, Bengio & Courville, 7.8.
    """
    settings_of(options)
    table = study_table(X, y, options)
    if table.rows.target.kind != "numbers" or table.rows.target.outputs != 1:
        raise InputError("Descent and ridge are compared on one target of numbers: give such a column.")
    check_whole("steps", steps, 1)
    found = _descend(table, int(steps), step)
    rows, one = _rows(found), float(1 / (found.step * found.steps))
    gap = max(abs(row["trained"] - row["kept_by_ridge"] * row["least_squares"]) for row in rows)
    single = max(abs(row["kept_by_formula"] - row["kept_by_one_penalty"]) for row in rows)
    largest = float(np.abs(found.optimum).max())
    answer = "Yes, direction by direction" if gap <= ROUNDING * largest else "Not to rounding, with these numbers"
    verdict = (
        f"{answer}: after {found.steps:,} steps of {found.step:.3g} the trained weights differ from "
        f"ridge regression with a penalty of its own for each direction by at most {gap / largest:.1g} of the largest "
        f"weight. With one penalty for all, 1/(e t) = {one:.3g}, the shares that are kept differ by up to {single:.2f}."
    )
    facts = {
        "step": float(found.step), "steps": found.steps, "one_penalty": one, "largest_difference": gap / largest,
        "largest_difference_with_one_penalty": float(single),
        "condition_number": float(found.eigenvalues[0] / found.eigenvalues[-1]),
    }  # fmt: skip
    plan = StudyPlan(f"one linear network, {found.steps:,} steps of all {table.rows.arrays.rows:,} rows", 1)
    remarks = (*table.notes, "It is arithmetic, not an estimate: there is no interval because nothing is drawn.")
    return Study(
        "early_stopping_as_l2", QUESTION, plan, verdict, ResultFrame(rows), figures=(_figure(rows),), facts=facts,
        remarks=remarks,
    )  # fmt: skip


def _descend(table: StudyTable, steps: int, step: float | None) -> Descent:
    """The engine's weights in the eigenbasis, beside the least-squares ones."""
    recipe = Recipe.plain(
        (), epochs=steps, batch_size="all", optimizer={"name": "sgd", "learning_rate": 1.0}, initialization="zero"
    )
    rows = table.rows
    every = View(np.arange(rows.arrays.rows))
    prepared = prepare_views([Plan(recipe, every, 0)], rows.arrays, rows.target, rows.weight, {})[0]
    encoding = prepared.encoding
    x = encode(encoding, rows.arrays).astype(np.float64)
    if x.shape[1] > MOST_INPUTS:
        raise InputError(f"Eigendirections are taken of up to {MOST_INPUTS:,} encoded columns; got {x.shape[1]:,}.")
    z = (rows.target.values[:, 0].astype(np.float64) - encoding.target_centre[0]) / encoding.target_scale[0]
    share = rows.weight.astype(np.float64) / rows.weight.sum(dtype=np.float64)
    # The bias trains with the weights: a column of ones, so that descent is that of one quadratic.
    inputs = np.column_stack([x, np.ones(len(x))])
    hessian = (inputs * share[:, None]).T @ inputs
    values, vectors = np.linalg.eigh(hessian)
    kept = values > RELEVANT * values[-1]
    values, vectors = values[kept][::-1], vectors[:, kept][:, ::-1]
    size = SHARE_OF_LARGEST / values[0] if step is None else float(step)
    if not 0 < size < 2 / values[0]:
        raise InputError(f"The step lies above 0 and below 2 / {values[0]:.4g}, where descent diverges; got {size:g}.")
    optimum = (vectors.T @ (inputs.T @ (share * z))) / values
    plan = Plan(recipe.vary({"optimizer.learning_rate": size}), every, 0)
    run = train_plans([plan], rows.arrays, rows.target, rows.weight)
    weights = run.network(0).weights()
    learned = np.append(weights["output.weight"][:, 0], weights["output.bias"][0]).astype(np.float64)
    return Descent(values, optimum, vectors.T @ learned, size, steps)


def _rows(found: Descent) -> list[dict[str, Any]]:
    rows = []
    one = 1 / (found.step * found.steps)
    for value, optimum, trained in zip(found.eigenvalues, found.optimum, found.trained, strict=True):
        left = (1 - found.step * value) ** found.steps
        penalty = value * left / (1 - left)
        rows.append(
            {
                "eigenvalue": float(value), "least_squares": float(optimum), "trained": float(trained),
                "kept_by_descent": float(trained / optimum) if abs(optimum) > NO_WEIGHT else float("nan"),
                "kept_by_formula": float(1 - left), "kept_by_ridge": float(value / (value + penalty)),
                "kept_by_one_penalty": float(value / (value + one)), "penalty": float(penalty),
            }
        )  # fmt: skip
    return rows


def _figure(rows: list[dict[str, Any]]) -> Figure:
    names = {
        "kept_by_descent": "descent, trained", "kept_by_ridge": "ridge, penalty by direction",
        "kept_by_one_penalty": "ridge, one penalty",
    }  # fmt: skip
    columns: dict[str, list[Any]] = {"eigenvalue": [], "kept": [], "way": []}
    for row in rows:
        for column, name in names.items():
            columns["eigenvalue"].append(row["eigenvalue"])
            columns["kept"].append(row[column])
            columns["way"].append(name)
    return line_figure(
        columns, Axis("eigenvalue", "eigenvalue of the Hessian", scale="log"),
        Axis("kept", "share kept of the least-squares weight", format=".0%"), series="way", name="kept",
        title="Stopped descent keeps what ridge keeps with a penalty by direction.",
    )  # fmt: skip
