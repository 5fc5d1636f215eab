"""Pretraining without labels: a network learns to tell rows as they are from rows with cells of other rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.run.member import Member
from wellfit.engines.compiled.run.training_run import train_plans
from wellfit.engines.contract.budget import BudgetLike
from wellfit.engines.contract.plan import Plan
from wellfit.errors import InputError, quoted
from wellfit.models.model import Model
from wellfit.recipe import Recipe, as_recipe
from wellfit.tables import Schema, read_table
from wellfit.tables.arrays import Arrays, SparseColumns, Target, View

Mask = NDArray[np.bool_]
# What belongs to the supervised task alone, and is left out of the pretext task.
NEUTRAL: dict[str, Any] = {"loss": "auto", "layer_rates": 1.0, "tasks": {}, "prior": "none"}


def pretrain(
    recipe: Recipe | Mapping[str, Any] | str | None,
    X: Any,
    *,
    probability: float = 0.3,
    task: Literal["row", "cells"] = "row",
    copies: int = 1,
    share: float = 0.1,
    seed: int = 0,
    column_kinds: Mapping[str, str] | None = None,
    n_jobs: int = 1,
    budget: BudgetLike = None,
) -> Model:
    """Pretrain the layers of a recipe on a table without labels: for `start_from` of a supervised training.

    Bad rows are made of good ones. In each, every cell takes, with the given probability, the value of the same column
    in another row; of a text, every word is replaced, with that probability, by a word drawn as often as it stands in
    the table (so are the stored cells of a sparse table). Each column looks as before, so that only the
    relations between columns tell bad rows: on independent columns nothing can be learned, and the error stays at one
    half.

    The model's `info["pretrained"]` holds the held-out error: for "row" both kinds count alike, and one half means that
    nothing was learned. Bad rows are drawn once, not again in each epoch. A bad row that equals its good one, as may
    happen with categories, counts as good.

    recipe: of the supervised network, as in `wellfit.train`; its loss, class weights, tasks, prior and layer rates are
        left out here.
    X: a table (rows, columns) without the target, labelled rows or not, in any form that `wellfit.train` takes.
    probability: float, of a cell to be replaced, between 0 and 1 (default 0.3).
    task: "row" (default): is the row good or bad; or "cells": for each column whether its value was replaced, under the
        column's name (a sparse table's columns are one, "all sparse columns").
    copies: int, bad rows made of each good one, 1 or more (default 1); good rows weigh as much as all bad ones.
    share: float, of the rows, held out with their bad copies to choose the kept weights, between 0 and 1 (default 0.1).
    seed: int, of all draws, 0 or more (default 0).
    column_kinds: of columns by name, as in `wellfit.train`. None (default): the guess.
    n_jobs: int, threads, 1 or more (default 1). The results are the same bits for any number.
    budget: as in `wellfit.train`. None (default): as long as the recipe says.

    Returns:
        A `Model` of the pretext task, to be given as `start_from`.

    Raises:
        InputError: a setting is out of range, there are too few rows, or training diverged.

    >>> import numpy as np, wellfit
    >>> x = np.random.default_rng(0).normal(size=(200, 1))
    >>> recipe = wellfit.Recipe(hidden=(16,), epochs=30)
    >>> donor = wellfit.pretrain(recipe, np.hstack([x, x, -x]))
    >>> donor.info["pretrained"]["error"] < 0.4
    True
    >>> few = wellfit.train(recipe, np.hstack([x, x, -x])[:50], x[:50, 0], start_from=donor)

    Source: Yoon, Zhang, Jordon & van der Schaar, "VIME: extending the success of self- and semi-supervised learning to
    tabular domain", 2020; for text Clark, Luong, Le & Manning, "ELECTRA: pre-training text encoders as discriminators
    rather than generators", 2020, whose replaced words come from a network instead of their frequencies.
    """
    _check(probability, task, copies, share, seed)
    schema, good = _good_rows(X, column_kinds)
    sides = _sides(good.rows, share, seed)
    arrays, mask = bad_rows(good, sides, probability, copies, seed)
    target, weight = _pretext(mask, good.rows, copies, task, _cell_names(schema))
    training, validation = (_with_copies(rows, good.rows, copies) for rows in sides)
    view = View(training, validation, name="pretext")
    pretext = as_recipe(recipe).vary(NEUTRAL, class_weight="balanced" if task == "row" else "none")
    plans = [Plan(pretext, view, seed)]
    population = train_plans(plans, arrays, target, weight, n_jobs=n_jobs, budget=budget)
    info = {"task": task, "probability": probability, "copies": copies, **_held_out(population.members[0])}
    return Model(schema, target.kind, target.labels, (population.network(0),), info={"pretrained": info})


def _check(probability: float, task: str, copies: int, share: float, seed: int) -> None:
    if not 0 < probability < 1:
        raise InputError(f"A cell is replaced with a probability between 0 and 1; got {probability}.")
    if task not in ("row", "cells"):
        raise InputError(f'The task of pretraining is "row" or "cells"; got {quoted(task)}.')
    if copies != int(copies) or copies < 1:
        raise InputError(f"copies counts the bad rows made of each good one, 1 or more; got {quoted(copies)}.")
    if not 0 < share < 1:
        raise InputError(f"The share of rows to hold out lies between 0 and 1; got {share}.")
    if not isinstance(seed, (int, np.integer)) or seed < 0:
        raise InputError(f"The seed of pretraining is a whole number of 0 or more; got {quoted(seed)}.")


def _good_rows(X: Any, column_kinds: Mapping[str, str] | None) -> tuple[Schema, Arrays]:
    table = read_table(X)
    schema = Schema.infer(table, kinds=column_kinds)
    good = schema.arrays(table)
    if good.rows < 20:
        raise InputError(
            f"Pretraining takes cells of other rows and needs 20 rows or more; got {good.rows}: give more."
        )
    return schema, good


def _sides(rows: int, share: float, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers of the good rows to train on, and of those held out."""
    order = np.random.default_rng([seed, 1]).permutation(rows)
    held = max(1, round(share * rows))
    if held >= rows:
        raise InputError(f"A share of {share} of {rows} rows to hold out leaves none to train on: give a smaller one.")
    return np.sort(order[held:]), np.sort(order[:held])


def _held_out(member: Member) -> dict[str, float]:
    """Loss and error of the kept weights on the held-out rows; nothing where they were not measured."""
    if member.status == "diverged":
        raise InputError(
            "The pretext network diverged (a loss or a weight became infinite), so that nothing can start from it: "
            "lower the learning rate, or limit the gradient with clipping."
        )
    if not member.history:
        return {}
    kept = int(member.memory.get("kept_evaluation", len(member.history))) - 1
    row = member.history.row(kept)
    return {"loss": row["validation_loss"], "error": row["validation_error"]}


def bad_rows(
    good: Arrays, sides: tuple[NDArray[np.int64], ...], probability: float, copies: int, seed: int
) -> tuple[Arrays, Mask]:
    """The good rows followed by `copies` times as many bad ones, and which cells differ from the good row's, (bad rows,
    cells): numbers, categories, then a cell for each text and for all sparse numbers.

    sides: row numbers; the rows of one side take cells of that side alone.
    """
    n, rng = good.rows, np.random.default_rng([seed, 2])
    arrays = good.take(np.tile(np.arange(n), 1 + copies))
    numbers, codes = arrays.numbers.copy(), arrays.codes.copy()
    sparse, masks = arrays.sparse, []
    for copy in range(1, 1 + copies):
        parts = []
        for dense, source in ((numbers, good.numbers), (codes, good.codes)):
            for rows in sides:
                dense[copy * n + rows] = _swapped(source[rows], probability, rng)
            now, was = dense[copy * n : (copy + 1) * n], source
            parts.append((now != was) & ~(np.isnan(now) & np.isnan(was)) if now.dtype.kind == "f" else now != was)
        masks.append(np.concatenate(parts, axis=1))
    mask = np.concatenate(masks)
    if sparse is not None:
        sparse, changed = _replaced_words(sparse, n, sides, probability, rng)
        mask = np.concatenate([mask, changed], axis=1)
    return replace(arrays, numbers=numbers, codes=codes, sparse=sparse), mask


def _swapped(values: NDArray[Any], probability: float, rng: np.random.Generator) -> NDArray[Any]:
    """Each cell, with a probability, that of another row in the same column."""
    n = len(values)
    if n < 2:
        return values
    others = (np.arange(n)[:, None] + rng.integers(1, n, values.shape)) % n
    return np.where(rng.random(values.shape) < probability, np.take_along_axis(values, others, axis=0), values)


def _replaced_words(
    sparse: SparseColumns, good: int, sides: tuple[NDArray[np.int64], ...], probability: float, rng: np.random.Generator
) -> tuple[SparseColumns, Mask]:
    """Stored cells of the bad rows, moved with a probability to a column drawn from those stored in the same group, on
    the same side, and their values kept; and which groups of each bad row have changed.
    """
    from scipy.sparse import csr_array

    rows, indices = np.repeat(np.arange(len(sparse.starts) - 1), np.diff(sparse.starts)), sparse.indices.copy()
    side_of = np.zeros(good, np.int64)
    side_of[sides[1]] = 1
    side, group = side_of[rows % good], np.searchsorted([end for _, end, _ in sparse.groups], indices, side="right")
    moved = np.zeros((len(sparse.starts) - 1, len(sparse.groups)), bool)
    replaced = (rows >= good) & (rng.random(len(rows)) < probability)
    for k in range(len(sparse.groups)):
        for s in range(2):
            here = (group == k) & (side == s)
            places = np.flatnonzero(replaced & here)
            if len(places):
                drawn = rng.choice(sparse.indices[here & (rows < good)], len(places))
                moved[rows[places[drawn != indices[places]]], k] = True
                indices[places] = drawn
    shape = len(sparse.starts) - 1, sparse.columns
    table = csr_array((sparse.values.astype(np.float64), (rows, indices)), shape=shape)
    table.sum_duplicates()
    changed = replace(
        sparse,
        starts=table.indptr.astype(np.int64),
        indices=table.indices.astype(np.int32),
        values=table.data.astype(np.float32),
    )
    return changed, moved[good:]


def _cell_names(schema: Schema) -> tuple[str, ...]:
    """Of each column of the mask that `bad_rows` gives."""
    return schema.input_names if not schema.sparse else ("all sparse columns",)


def _pretext(
    mask: Mask, good: int, copies: int, task: str, names: tuple[str, ...]
) -> tuple[Target, NDArray[np.float32]]:
    """The target of the pretext task, and the weights of good and bad rows."""
    weight = np.ones(good * (1 + copies), np.float32)
    weight[:good] = copies
    cells = np.concatenate([np.zeros((good, mask.shape[1]), bool), mask])
    if task == "row":
        bad = cells.max(axis=1, keepdims=True).astype(np.float32)
        return Target("binary", bad, ("good", "bad")), weight
    return Target("labels", cells.astype(np.float32), names), weight


def _with_copies(rows: NDArray[np.int64], good: int, copies: int) -> NDArray[np.int64]:
    return np.concatenate([rows + k * good for k in range(1 + copies)])
