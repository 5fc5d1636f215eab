"""A view made ready for training: rows with weights, and the encoding fitted on its training rows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.measure.priors import per_row
from wellfit.engines.compiled.step.step import Data
from wellfit.engines.contract.inputs import network_inputs
from wellfit.errors import InputError
from wellfit.numerics.random import EVALUATION_ROWS, purpose_key, uniform_array
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Arrays, Target, View
from wellfit.tables.encoding import Encoding, fit_encoding, fit_target

CLEAN_ROWS_WITHOUT_VALIDATION = 1000


@dataclass(frozen=True)
class Rows:
    """Row numbers and their weights (after class weights), both (rows,)."""

    numbers: NDArray[np.int64]
    weights: NDArray[np.float32]


@dataclass(frozen=True)
class ReadyView:
    """What a member reads: its rows and its encoding. `clean` are the training rows re-measured in evaluation mode."""

    training: Rows
    clean: Rows
    validation: Rows
    encoding: Encoding
    prior_factor: float = 1.0  # what makes a strength beside the mean loss of a prior's precision


def engine_data(arrays: Arrays, target: Target) -> Data:
    """The raw columns in the one layout that the compiled code takes, copied only where they are not so already."""
    sparse = arrays.sparse
    none = np.zeros(0, np.int64)
    return Data(
        numbers=_plain(arrays.numbers, np.float32),
        codes=_plain(arrays.codes, np.int32),
        starts=_plain(sparse.starts, np.int64) if sparse else np.zeros(arrays.rows + 1, np.int64),
        indices=_plain(sparse.indices, np.int32) if sparse else none.astype(np.int32),
        values=_plain(sparse.values, np.float32) if sparse else none.astype(np.float32),
        columns=np.array([sparse.columns if sparse else 0], np.int64),
        targets=_plain(target.values, np.float32),
    )


def _plain(array: NDArray[np.generic], dtype: type) -> NDArray[np.generic]:
    """C-contiguous, of the dtype, writeable in Numba's eyes, and no subclass such as a memory map."""
    plain = np.ascontiguousarray(array, dtype=dtype).view(np.ndarray)
    return plain if plain.flags.writeable else plain.copy()


def ready_view(
    view: View, arrays: Arrays, target: Target, weight: NDArray[np.float32], recipe: Recipe,
    inputs: Encoding | None = None,
) -> ReadyView:  # fmt: skip
    """Drop rows of weight 0, apply class weights, fit the encoding on the training rows.

    inputs: an encoding whose inputs are used as they are; only the target's part is then fitted.

    Raises:
        InputError: no training row has a weight, or batch normalisation has a single row.
    """
    outside = [rows for rows in (view.training, view.validation, view.test) if rows.size and rows.max() >= arrays.rows]
    if outside:
        raise InputError(f"View {view.name!r} names row {outside[0].max()}, but the table has {arrays.rows} rows.")
    if target.tasks:  # a row without any label has nothing to say
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
    return ReadyView(training, _clean_rows(training, len(validation.numbers)), validation, encoding, factor)


def check_embedding(recipe: Recipe, encoding: Encoding) -> None:
    """Whether an encoding that comes from elsewhere holds what the recipe's embeddings need.

    Raises:
        InputError: it holds no bins for numbers, or tables of categories that the recipe does not embed.
    """
    binned = len(encoding.edges) == len(encoding.centre) > 0
    if recipe.number_embedding.name == "piecewise" and len(encoding.centre) and not binned:
        raise InputError(
            "The recipe embeds numbers piecewise, but the donor's inputs have no bins: give recipe and donor the same "
            "number_embedding."
        )
    if any(encoding.tables) and not recipe.categories.embedding:
        raise InputError(
            "The donor's inputs hold tables of categories, which the recipe does not embed: give recipe and donor the "
            "same categories."
        )


def all_rows_view(former: ReadyView) -> ReadyView:
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
    """As many training rows as validation has, the same for every member of the view."""
    count = min(validation_rows or CLEAN_ROWS_WITHOUT_VALIDATION, len(training.numbers))
    key = int(purpose_key(EVALUATION_ROWS, 0, 0, 0))
    picked = np.sort(np.argsort(uniform_array(len(training.numbers), 0, key), kind="stable")[:count])
    return Rows(training.numbers[picked], training.weights[picked])
