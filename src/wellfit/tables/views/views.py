"""Which rows a member trains on and which measure it: hold-out, folds, time, bootstrap.

Every split is made by its seed alone. Where a table is too small for the split that is wanted, a weaker one is made by
a stated rule and a note says so; nothing here fails for lack of rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

import numpy as np

from wellfit.errors import InputError, quoted
from wellfit.reprs import short_repr
from wellfit.tables.arrays import Int64, Target, View
from wellfit.tables.views.copies import one_of_each, with_copies
from wellfit.tables.views.splits import (
    draw_bootstrap,
    generator,
    hold_out_by_class,
    hold_out_groups,
    latest_rows,
    participating_rows,
    ranks_by_row,
    ranks_of,
    rare_classes,
    remaining_rows,
    row_numbers,
    split_into_folds,
)

Part = Literal["validation", "test"]

LEAST_HELD_OUT = 10  # fewer rows measure too little
LEAST_ROWS = 20  # folds of fewer rows than this in all measure too little


@dataclass(frozen=True)
class ViewWithNotes(View):
    """A view, with sentences on where it departs from what was wanted."""

    notes: tuple[str, ...] = ()

    __repr__ = short_repr


_SomeView = TypeVar("_SomeView", bound=View)


class Views(list[View]):
    """A list of views, with sentences on where they depart from what was wanted."""

    def __init__(self, views: Iterable[View], notes: Iterable[str] = ()) -> None:
        super().__init__(views)
        self.notes: tuple[str, ...] = tuple(notes)


def holdout(
    target: Target,
    share: float = 0.2,
    seed: int = 0,
    groups: Any = None,
    order: Any = None,
    *,
    part: Part = "validation",
    stratify: bool = True,
    rows: Any = None,
    copies: Any = None,
) -> ViewWithNotes:
    """Hold out a share of the rows.

    At least 10 rows are held out. Where that is more than a quarter of the rows (so with fewer than 40, unless the
    share itself is larger), none are: training then takes a fixed number of epochs. Classes with a single row stay in
    training.

    target: of all rows, as `make_target` makes it.
    share: float, of the rows to hold out, above 0 and below 1 (default 0.2).
    seed: int, of the draw (default 0).
    groups: (all rows,) of any values; rows of one group stay together. None (default): none.
    order: (all rows,) times or numbers; the latest rows are held out, equal ones together. None (default): at random.
    part: "validation" (default) or "test", where the held-out rows go.
    stratify: bool, keep the shares of classes (default True).
    rows: row numbers that take part; None (default): all.
    copies: (all rows,) as `wellfit.tables.views.copies.equal_rows` numbers them: equal rows stay together, and count
        as one row. None (default): none are equal.

    Returns:
        A `View` with `notes`: sentences on where it departs from what was wanted.

    Raises:
        InputError: the share is not between 0 and 1, or groups or order do not fit the rows.

    >>> import numpy as np
    >>> from wellfit.tables import make_target
    >>> view = holdout(make_target(np.arange(100) % 2), share=0.3)
    >>> len(view.training), len(view.validation)
    (70, 30)
    """
    if not 0 < share < 1:
        raise InputError(f"The share of rows to hold out lies between 0 and 1; got {share}.")
    picked = participating_rows(rows, target)
    if copies is not None:
        of_each = holdout(
            target, share, seed, groups, order, part=part, stratify=stratify, rows=one_of_each(copies, picked)
        )
        return _completed(of_each, copies, picked)
    notes: tuple[str, ...] = ()
    size = max(LEAST_HELD_OUT, round(share * len(picked)))
    if size > max(0.25, share) * len(picked):
        note = f"{len(picked)} rows are too few to hold out {LEAST_HELD_OUT} of them: all are trained on."
        return ViewWithNotes(picked, name="all rows", notes=(note,))
    if order is not None:
        held = latest_rows(ranks_by_row(order, target, "order")[picked], size)
    elif groups is not None:
        held, notes = hold_out_groups(ranks_by_row(groups, target, "groups")[picked], size, seed)
    elif stratify and target.kind in ("binary", "classes"):
        held, notes = hold_out_by_class(target.values[picked, 0], size, seed)
    else:
        held = np.sort(generator(seed).permutation(len(picked))[:size])
    kept = remaining_rows(held, len(picked))
    if not held.size or not kept.size:
        return ViewWithNotes(picked, name="all rows", notes=(*notes, "No rows could be held out: all are trained on."))
    return ViewWithNotes(picked[kept], name="hold-out", notes=notes, **{part: picked[held]})


def k_fold(
    target: Target,
    folds: int = 5,
    seed: int = 0,
    groups: Any = None,
    stratify: bool = True,
    *,
    part: Part = "validation",
    rows: Any = None,
    copies: Any = None,
) -> Views:
    """Split the rows into folds; each view trains on all but one and validates on that one. Names: "fold 1", ...

    With fewer than 20 rows, or a single group, every view trains on all rows and validates on none, which means a
    fixed number of epochs. With fewer groups than folds there are as many folds as groups. A class with fewer rows than
    folds is absent from some validation parts.

    target: of all rows, as `make_target` makes it.
    folds: int, 2 or more (default 5).
    seed: int, of the split (default 0).
    groups: (all rows,) of any values; rows of one group stay in one fold. None (default): none.
    stratify: bool, keep the shares of classes in each fold (default True).
    part: "validation" (default) or "test", where each fold's rows go.
    rows: row numbers that take part; None (default): all.
    copies: (all rows,) as `wellfit.tables.views.copies.equal_rows` numbers them: equal rows stay in one fold, and count
        as one row. None (default): none are equal.

    Returns:
        A list of views with `notes`: sentences on where they depart from what was wanted.

    Raises:
        InputError: fewer than 2 folds, or groups do not fit the rows.

    >>> import numpy as np
    >>> from wellfit.tables import make_target
    >>> [len(view.validation) for view in k_fold(make_target(np.arange(100) % 2), folds=4)]
    [25, 25, 25, 25]
    """
    if folds != int(folds) or folds < 2:
        raise InputError(f"The number of folds is 2 or more; got {folds}.")
    picked = participating_rows(rows, target)
    if copies is not None:
        of_each = k_fold(target, folds, seed, groups, stratify, part=part, rows=one_of_each(copies, picked))
        return Views([_completed(view, copies, picked) for view in of_each], of_each.notes)
    grouping = (
        None if groups is None else np.unique(ranks_by_row(groups, target, "groups")[picked], return_inverse=True)[1]
    )
    notes: list[str] = []
    many = len(picked) if grouping is None else int(grouping.max()) + 1
    if len(picked) < LEAST_ROWS or many < 2:
        reason = f"{len(picked)} rows" if len(picked) < LEAST_ROWS else "one group"
        note = f"{reason} are too few to validate on: every member trains on all rows for a fixed number of epochs."
        return Views(
            [View(picked, name=f"all rows, {i + 1}") for i in range(folds)], [note.replace("group are", "group is")]
        )
    if many < folds:
        what = "rows" if grouping is None else "groups"
        notes.append(f"{many} {what} make {many} folds, not {folds}.")
        folds = many
    classes = target.values[picked, 0] if stratify and target.kind in ("binary", "classes") else None
    notes.extend(rare_classes(target, classes, folds))
    views = []
    for i, held in enumerate(split_into_folds(len(picked), classes, grouping, folds, seed), start=1):
        kept = remaining_rows(held, len(picked))
        views.append(View(picked[kept], name=f"fold {i}", **{part: picked[np.sort(held)]}))
    return Views(views, notes)


def _completed(view: _SomeView, copies: Any, rows: Int64) -> _SomeView:
    """A view of one of each group of equal rows, with those of these rows that are equal to them."""
    training, validation, test = (with_copies(one, copies, rows) for one in (view.training, view.validation, view.test))
    return replace(view, training=training, validation=validation, test=test)


def by_time(
    order: Any,
    folds: int = 1,
    share: float = 0.2,
    *,
    first: float | None = None,
    part: Part = "validation",
    rows: Any = None,
) -> Views:
    """Train on earlier rows, validate on later ones.

    Rows of equal time stay together. Pieces without rows are left out, and a note says so.

    order: (rows,) times or numbers, or text that sorts by time.
    folds: int, 1 or more (default 1): the rows are cut into folds + 1 pieces in time, and view i trains on the first i
        and validates on the next. With one fold the last `share` is held out.
    share: float, of the rows to hold out with one fold, above 0 and below 1 (default 0.2).
    first: float, the share of the rows that the first of several views trains on, above 0 and below 1. None (default):
        one piece of equal ones.
    part: "validation" (default) or "test", where the held-out rows go.
    rows: row numbers that take part; None (default): all.

    Returns:
        A list of views with `notes`: sentences on where they depart from what was wanted.

    Raises:
        InputError: fewer than 1 fold, a share that is not between 0 and 1, or a time that is missing.

    >>> [len(view.validation) for view in by_time(range(100), folds=3)]
    [25, 25, 25]
    """
    moments = ranks_of(order)
    picked = np.arange(len(moments)) if rows is None else row_numbers(rows, len(moments))
    if folds != int(folds) or folds < 1 or not 0 < share < 1 or not 0 < (0.5 if first is None else first) < 1:
        raise InputError(
            f"Splitting by time takes 1 fold or more and a share between 0 and 1; got {folds} and {share}."
        )
    times = moments[picked]
    if folds == 1:
        shares = [1 - share, 1.0]
    elif first is None:
        shares = [(i + 1) / (folds + 1) for i in range(folds + 1)]
    else:
        shares = [first + (1 - first) * i / folds for i in range(folds + 1)]
    ranked = np.sort(times)
    bounds = [int(ranked[min(len(times) - 1, round(cut * len(times)))]) for cut in shares[:-1]] + [int(ranked[-1]) + 1]
    views = []
    for i, (start, end) in enumerate(zip(bounds[:-1], bounds[1:], strict=True), start=1):
        kept, held = np.flatnonzero(times < start), np.flatnonzero((times >= start) & (times < end))
        if kept.size and held.size:
            views.append(View(picked[kept], name=f"period {i}", **{part: picked[held]}))
    if not views:
        return Views(
            [View(picked, name="all rows")],
            ["The order has too few different times to split: all rows are trained on."],
        )
    short = [f"The order has too few different times for {folds} periods: there are {len(views)}."]
    return Views(views, short if len(views) < folds else [])


def bootstrap(
    target: Target,
    samples: int = 10,
    seed: int = 0,
    groups: Any = None,
    *,
    part: Part = "validation",
    drawn_as: Literal["repeats", "weights"] = "repeats",
    rows: Any = None,
) -> Views:
    """Draw as many rows as there are, with replacement; the rows that were not drawn (about 37 %) validate.

    A draw that leaves no row out, or only one class in, is made again up to 100 times, then kept with a note.

    target: of all rows, as `make_target` makes it.
    samples: int, how many views, 1 or more (default 10), named "sample 1", ...
    seed: int, of the draws (default 0).
    groups: (all rows,) of any values; whole groups are drawn. None (default): none.
    part: "validation" (default) or "test", where the rows go that were not drawn.
    drawn_as: "repeats" (default): a row that was drawn k times stands k times in the view; "weights": once with weight
        k: the same loss, in epochs of about 63 % as many updates.
    rows: row numbers that take part; None (default): all.

    Returns:
        A list of views with `notes`: sentences on where they depart from what was wanted.

    Raises:
        InputError: fewer than 1 sample, an unknown `drawn_as`, or groups that do not fit the rows.

    >>> import numpy as np
    >>> from wellfit.tables import make_target
    >>> view = bootstrap(make_target(np.arange(100) % 2), samples=3)[0]
    >>> len(view.training), 25 < len(view.validation) < 50
    (100, True)
    """
    if samples != int(samples) or samples < 1:
        raise InputError(f"The number of bootstrap samples is 1 or more; got {samples}.")
    if drawn_as not in ("repeats", "weights"):
        raise InputError(f'Rows are drawn as "repeats" or as "weights"; got {quoted(drawn_as)}.')
    picked = participating_rows(rows, target)
    units = (
        np.arange(len(picked))
        if groups is None
        else np.unique(ranks_by_row(groups, target, "groups")[picked], return_inverse=True)[1]
    )
    classes = target.values[picked, 0] if target.kind in ("binary", "classes") else None
    views, poor = [], 0
    for sample in range(samples):
        drawn, fine = draw_bootstrap(units, classes, generator(seed, sample))
        poor += not fine
        left = remaining_rows(drawn, len(picked))
        weight = None
        if drawn_as == "weights":
            drawn, times = np.unique(drawn, return_counts=True)
            weight = times.astype(np.float32)
        views.append(View(picked[drawn], name=f"sample {sample + 1}", weight=weight, **{part: picked[left]}))
    note = f"{poor} of {samples} samples leave no row out or hold a single class: the table is too small for them."
    return Views(views, [note] if poor else [])
