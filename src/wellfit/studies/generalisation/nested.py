"""Nested parts of a view's training rows: each larger part holds the smaller ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from wellfit.tables.arrays import View
from wellfit.tables.split import LabelledRows

Int64 = NDArray[np.int64]
LEAST_TRAINING = 2


def nested_views(view: View, rows: LabelledRows, sizes: Sequence[int], seed: int) -> list[View]:
    """Views that learn from so many rows of another, with the same test rows.

    Training and validation rows are thinned alike. Classes keep their shares; rows of one group stay together as far as
    a size allows, so that at most one group is cut.

    view: whose rows are thinned. rows: the table. sizes: training and validation rows together, each at most the
    view's; one that is as large as the view is the view itself.
    seed: of which rows are taken.
    """
    training = nested_order(view.training, rows, seed)
    validation = nested_order(view.validation, rows, seed + 1)
    whole = len(training) + len(validation)
    views = []
    for size in sizes:
        held = min(max(round(size * len(validation) / whole), 1), size - LEAST_TRAINING) if len(validation) else 0
        kept = np.sort(training[: size - held])
        weight = None if view.weight is None else view.weight[kept]
        part = replace(
            view, training=view.training[kept], validation=view.validation[np.sort(validation[:held])],
            weight=weight, name=f"{view.name}, {size} rows",
        )  # fmt: skip
        views.append(replace(view, name=part.name) if size == whole else part)
    return views


def nested_order(chosen: Int64, rows: LabelledRows, seed: int) -> Int64:
    """Places of some rows in an order whose every beginning is a sample: classes in their shares, groups together."""
    mixed = np.random.default_rng([seed, 0x4E57]).permutation(len(chosen))
    if rows.groups is not None:
        groups = rows.groups[chosen[mixed]]
        _, first = np.unique(groups, return_index=True)
        place = dict(zip(groups[np.sort(first)].tolist(), range(len(first)), strict=True))
        return mixed[np.argsort([place[one] for one in groups.tolist()], kind="stable")]
    if rows.target.kind not in ("binary", "classes"):
        return mixed
    classes = rows.target.values[chosen[mixed], 0]
    shares = np.empty(len(mixed))
    for one in np.unique(classes):
        own = np.flatnonzero(classes == one)
        shares[own] = (np.arange(len(own)) + 0.5) / len(own)
    return mixed[np.argsort(shares, kind="stable")]
