"""Views prepared for training: rows with weights, and the encoding fitted on its training rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.contract.inputs import network_inputs
from wellfit.engines.contract.plan import Plan
from wellfit.engines.numpy.priors import per_row
from wellfit.errors import InputError
from wellfit.numerics.random import EVALUATION_ROWS, purpose_key, uniform_array
from wellfit.recipe import Recipe
from wellfit.reprs import short_repr
from wellfit.tables.arrays import Arrays, Target, View
from wellfit.tables.distinct import smallest_places
from wellfit.tables.encoding import Encoding, fit_encoding, fit_target
from wellfit.tables.threads import for_each
from wellfit.techniques.targets.tasks import Tasks

CLEAN_ROWS_WITHOUT_VALIDATION = 1000
MOST_CLEAN_ROWS = 4000  # a mean over more is hardly more exact, and each evaluation of a large table would pay


@dataclass(frozen=True)
class Rows:
    """Row numbers and their weights (after class weights), both (rows,)."""

    numbers: NDArray[np.int64]
    weights: NDArray[np.float32]

    __repr__ = short_repr


@dataclass(frozen=True)
class PreparedView:
    """What a member reads: its rows and its encoding. `clean` are the training rows re-measured in evaluation mode."""

    training: Rows
    clean: Rows
    validation: Rows
    encoding: Encoding
    prior_factor: float = 1.0  # what makes a strength beside the mean loss of a prior's precision

    __repr__ = short_repr

    @cached_property
    def evaluated(self) -> tuple[Rows, NDArray[np.int64]]:
        """The clean rows, then the validation rows, as one evaluation takes them, and where each of the two ends."""
        numbers = np.concatenate([self.clean.numbers, self.validation.numbers])
        weights = np.concatenate([self.clean.weights, self.validation.weights])
        return Rows(numbers, weights), np.array([len(self.clean.numbers), len(numbers)])


def check_numbers(arrays: Arrays) -> None:
    """Refuse infinite numbers."""
    if np.isinf(arrays.numbers).any():
        row, column = np.argwhere(np.isinf(arrays.numbers))[0]
        raise InputError(f"Numeric column {column} is infinite in row {row}: remove the value or mark it as missing.")


def prepare_views(
    plans: Sequence[Plan], arrays: Arrays, target: Target, weight: NDArray[np.float32],
    known: dict[tuple[Any, ...], PreparedView], threads: int = 1,
) -> list[PreparedView]:  # fmt: skip
    """The view of each plan, prepared. What is `known` already is used again; what is new is added to it.

    threads: that prepare views of a large table side by side (default 1).
    """
    missing: dict[tuple[Any, ...], Plan] = {}
    for plan in plans:
        if plan.recipe.tasks != Tasks() and not target.tasks:
            raise InputError(
                "The recipe has settings of `tasks`, and y is one target: give y as {name: labels}, or leave tasks out."
            )
        if _key(plan) not in known:
            missing.setdefault(_key(plan), plan)

    def prepare(plan: Plan) -> PreparedView:
        encoding = None if plan.start is None else plan.start.encoding
        return prepare_view(plan.view, arrays, target, weight, plan.recipe, encoding)

    known.update(zip(missing, for_each(list(missing.values()), prepare, arrays.rows, threads), strict=True))
    return [known[_key(plan)] for plan in plans]


def _key(plan: Plan) -> tuple[Any, ...]:
    """Equal for plans that can share a prepared view."""
    r = plan.recipe
    return (
        id(None if plan.start is None else plan.start.encoding),
        id(plan.view),
        r.scaling,
        r.categories,
        r.number_embedding if r.number_embedding.name == "piecewise" else None,  # only its edges are fitted
        str(r.class_weight),
        r.normalization.name == "batch",
        r.loss,
        r.prior,
    )


def prepare_view(
    view: View, arrays: Arrays, target: Target, weight: NDArray[np.float32], recipe: Recipe,
    inputs: Encoding | None = None,
) -> PreparedView:  # fmt: skip
    """Drop rows of weight 0, apply class weights, fit the encoding on the training rows.

    inputs: an encoding whose inputs are used as they are; only the target's part is then fitted.

    Raises:
        InputError: no training row has a weight, or batch normalisation has a single row.
    """
    outside = [rows for rows in (view.training, view.validation, view.test) if rows.size and rows.max() >= arrays.rows]
    if outside:
        raise InputError(f"View {view.name!r} names row {outside[0].max()}, but the table has {arrays.rows} rows.")
    if target.tasks:  # a row without any label counts for nothing
        weight = np.where(np.isnan(target.values).all(axis=1), np.float32(0), weight)
    training = weighted_rows(view.training, weight, view.weight)
    factors = class_factors(recipe, target, training)
    training = _class_weighted(training, target, factors)
    if not training.numbers.size:
        raise InputError(f"View {view.name!r} has no training row of positive weight: give it some.")
    if recipe.normalization.name == "batch" and training.numbers.size < 2:
        raise InputError("Batch normalisation needs at least 2 training rows, but the view has 1: turn it off.")
    validation = _class_weighted(weighted_rows(view.validation, weight), target, factors)
    training_weights = training.weights.astype(np.float64)
    if inputs is None:
        encoding = fit_encoding(arrays, target, training.numbers, training_weights, recipe)
    else:
        encoding = replace(inputs, **fit_target(target, training.numbers, training_weights))
        check_embedding(recipe, encoding)
    if network_inputs(recipe, encoding.sizes) == 0:
        raise InputError(
            f"No column varies in the training rows of view {view.name!r}: there is nothing to learn from."
        )
    factor = per_row(recipe, arrays, target, encoding, training.numbers, training.weights.astype(np.float64))
    return PreparedView(training, _clean_rows(training, len(validation.numbers)), validation, encoding, factor)


def check_embedding(recipe: Recipe, encoding: Encoding) -> None:
    """Whether an encoding that comes from elsewhere holds what the recipe's embeddings need.

    Raises:
        InputError: it holds no bins for numbers, or tables of categories that the recipe does not embed.
    """
    binned = len(encoding.edges) == len(encoding.centre) > 0
    if recipe.number_embedding.name == "piecewise" and len(encoding.centre) and not binned:
        raise InputError(
            "The recipe embeds numbers piecewise, but the network it starts from has no bins for its inputs: give both "
            "the same number_embedding."
        )
    if any(encoding.tables) and not recipe.categories.embedding:
        raise InputError(
            "The network it starts from has tables of categories for its inputs, which the recipe does not embed: give "
            "both the same categories."
        )


def all_rows_view(former: PreparedView) -> PreparedView:
    """Training and validation rows to train on, the former validation rows to be measured on; the encoding is kept."""
    numbers = np.concatenate([former.training.numbers, former.validation.numbers])
    weights = np.concatenate([former.training.weights, former.validation.weights])
    order = np.argsort(numbers, kind="stable")
    fewer = float(former.training.weights.sum(dtype=np.float64) / weights.sum(dtype=np.float64))
    training = Rows(numbers[order], np.ascontiguousarray(weights[order]))
    return replace(former, training=training, prior_factor=former.prior_factor * fewer)


def weighted_rows(
    rows: NDArray[np.int64], weight: NDArray[np.float32], times: NDArray[np.float32] | None = None
) -> Rows:
    """Rows with their weights, times the view's own; those of weight 0 are left out."""
    own = weight[rows] if times is None else weight[rows] * times
    return Rows(rows[own > 0], np.ascontiguousarray(own[own > 0], dtype=np.float32))


def class_factors(recipe: Recipe, target: Target, training: Rows) -> NDArray[np.float64] | None:
    """The weight of each class, None without class weights."""
    if recipe.class_weight == "none":
        return None
    if target.kind not in ("binary", "classes"):
        raise InputError(f"class_weight is for classes, but the target holds {target.kind}: leave it out.")
    classes = len(target.labels)
    if recipe.class_weight == "balanced":
        labels = target.values[training.numbers, 0].astype(np.int64)
        shares = np.bincount(labels, training.weights, classes)
        present = np.count_nonzero(shares)
        factors: NDArray[np.float64] = np.divide(
            shares.sum() / present, shares, out=np.zeros(classes), where=shares > 0
        )
        return factors
    unknown = set(recipe.class_weight) - {str(label) for label in target.labels}
    if unknown:
        known = ", ".join(map(str, target.labels[:10]))
        raise InputError(
            f"class_weight names the class {sorted(unknown)[0]!r}, which does not occur; classes are: {known}."
        )
    return np.array([recipe.class_weight.get(str(label), 1.0) for label in target.labels])


def _class_weighted(rows: Rows, target: Target, factors: NDArray[np.float64] | None) -> Rows:
    if factors is None:
        return rows
    weights = rows.weights * factors[target.values[rows.numbers, 0].astype(np.int64)]
    kept = weights > 0
    return Rows(rows.numbers[kept], weights[kept].astype(np.float32))


def _clean_rows(training: Rows, validation_rows: int) -> Rows:
    """As many training rows as validation has, 4,000 at most, the same for every member of the view."""
    count = min(validation_rows or CLEAN_ROWS_WITHOUT_VALIDATION, MOST_CLEAN_ROWS, len(training.numbers))
    key = int(purpose_key(EVALUATION_ROWS, 0, 0, 0))
    picked = smallest_places(uniform_array(len(training.numbers), 0, key), count)
    return Rows(training.numbers[picked], training.weights[picked])
