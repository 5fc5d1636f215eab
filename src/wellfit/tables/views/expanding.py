"""Views whose training rows expand from one to the next, as in time order: which of their networks predict new rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wellfit.tables.arrays import View


def latest_views(views: Sequence[View]) -> list[int]:
    """The places of the views that no other one goes beyond, in their order: all, unless training rows expand.

    A view goes beyond another where it trains on all rows that the other trains on, and on most that the other holds
    out (not on all where a gap is left between). Its network then knows all that the other's knows, and what came
    after; the others serve to measure. Of k folds none goes beyond another, for each trains on what others hold out.

    >>> from wellfit.tables.views.views import by_time
    >>> latest_views(by_time(range(100), folds=3))
    [2]
    """
    return [place for place, view in enumerate(views) if not any(_goes_beyond(other, view) for other in views)]


def _goes_beyond(other: View, view: View) -> bool:
    held_out = np.concatenate([view.validation, view.test])
    # By size most pairs are told, without a look at their rows: folds and bootstrap samples train on as many all.
    if not len(held_out) or _size(other) < _size(view) + len(held_out) / 2:
        return False
    known = np.isin(view.training, other.training).all()
    return bool(known and np.isin(held_out, other.training).mean() > 0.5)


def _size(view: View) -> float:
    """Of the training rows, each as often as it was drawn."""
    return float(len(view.training) if view.weight is None else view.weight.sum())
