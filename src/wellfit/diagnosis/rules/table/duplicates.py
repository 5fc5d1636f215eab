"""Rows that are equal, or nearly, on both sides of a split."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.diagnosis.base import Case, Judgement, Remedy, Severity, TableChange, fine, found, not_applicable, rule
from wellfit.diagnosis.rules.table.facts import counted_rows, is_class, is_number, known, row_list, shown
from wellfit.engines.numpy.encode import encode
from wellfit.recipe import Recipe
from wellfit.statistics.near_duplicates import NearDuplicates, near_duplicates
from wellfit.studies.base import StudyTable
from wellfit.tables.encoding import fit_encoding
from wellfit.tables.views.copies import equal_rows, one_of_each, rows_seen

Int64 = NDArray[np.int64]
MOST_ROWS, LEAST_NEW = 4000, 10
MOST_PRODUCTS = 2e9  # of rows x rows x inputs: a second


@rule("duplicate-rows", "Duplicate rows", needs=("table",), explains=("overfitting",))
def duplicate_rows(
    case: Case, *, seen_share: float = 0.01, many: float = 0.2, near_share: float = 0.01,
    near_many: float = 0.3, flatters: float = 0.03, agree: float = 0.5, twice_usual: float = 1.5, chance: float = 1e-4,
) -> Judgement:  # fmt: skip
    """Rows that occur again, exactly or nearly, so that what is held out was learned from.

    Detected: (1) exact: rows equal in every column that is learned from, in the training and the validation or test
    rows of a view, or in the later rows; wellfit's own splits keep equal rows together, so this comes from splits that
    were given (where --split-equal-rows asks for it, it is not reported). Rows of so few values that they agree by
    chance are different cases. (2) near: rows whose nearest row is far nearer than the density of rows around it
    explains (the distance to the nearest over that to the tenth nearest, against the dimension that the rows fill), and
    whose targets agree more than those of other neighbours.
    Why it matters: a network that has learned a row by heart knows its copy; the score on held-out rows is then better
    than that on new ones.
    What to do: keep such rows on one side of every split (groups), or keep one of each.
    How sure: equal rows are certain. Near ones are named with a chance of one in 10,000 for each row without a
    duplicate; repeated measurements of one case look the same, and belong on one side as well.

    seen_share: of the held-out rows that are equal to a training row, from which on it is a warning.
    many: share from which on it is a problem; tables with few columns, whose different cases look alike, have a tenth.
    near_share: share of all rows that have a near duplicate, from which on it is reported.
    near_many: share from which on it is a problem, and a third of it a warning; public tables with repeated
        measurements have up to a fifth.
    flatters: by how much of itself the networks' validation loss is lower for copies, below which the finding is one
        step less grave: they have not learned the copies by heart.
    agree: share of the near pairs whose targets agree, below which they are ordinary neighbours.
    twice_usual: that share over the same of ordinary neighbours, below which nearness tells nothing of the target.
    chance: that a row without a duplicate is named.
    """
    assert case.table is not None
    table, rows = case.table, counted_rows(case.table)
    copies = table.rows.copies if table.rows.copies is not None else equal_rows(table.rows.arrays)
    split = _seen(case, copies)
    evidence: dict[str, Any] = {"held-out rows seen in training": split[0], "of": split[1], "threshold": seen_share}
    if split[1] and split[0] >= max(seen_share * split[1], 1) and not table.rows.splits_copies:
        share, gain = split[0] / split[1], None if copies is None else flattery(case, copies)
        words = f"{split[0]:,} of {split[1]:,} held-out rows ({share:.1%}) are equal to a row that is trained on"
        words += "." if gain is None or gain < flatters else f", which lowers the validation loss by {gain:.0%}."
        keep = Remedy("Keep equal rows on one side of every split.", table=TableChange(keep_together=_groups(copies)))
        severity = _graded(share, many, seen_share, gain, flatters)
        evidence |= {"validation loss lowered by": gain, "flatters": flatters}
        return found(severity, words, evidence=evidence, strength=min(share / (2 * many), 1.0), remedies=(keep,))
    once = rows if copies is None else one_of_each(copies, rows)
    near = _near(table, once, chance)
    if near is None:
        return not_applicable("Rows of this kind are not compared with one another.")
    pairs, looked = near
    evidence |= {
        "near pairs": len(pairs.pairs), "rows looked at": looked, "ratio of distances": pairs.ratio,
        "dimension": known(pairs.dimension), "targets agree": known(pairs.agreement),
        "of ordinary neighbours": known(pairs.usual),
    }  # fmt: skip
    touched = np.unique(pairs.pairs)
    share = len(touched) / max(looked, 1)
    means_it = pairs.agreement >= max(agree, min(twice_usual * pairs.usual, 0.95))
    if share >= near_share and means_it:
        return _found_near(case, pairs, share, near_many, flatters, evidence)
    repeated = 0 if copies is None else len(rows) - len(once)
    if repeated:
        how = "are split at random like any others, as asked" if table.rows.splits_copies else "stay together in splits"
        return fine(f"{repeated:,} rows repeat others exactly, and {how}.", evidence)
    return fine("No row is equal to another, and few lie nearer to one than chance explains.", evidence)


def _found_near(
    case: Case, near: NearDuplicates, share: float, near_many: float, flatters: float, evidence: dict[str, Any]
) -> Judgement:
    groups = _joined(near.pairs)
    straddle = _straddling(case, near.pairs)
    assert case.table is not None
    number = np.arange(len(case.table.rows.weight)) + len(groups)
    for place, group in enumerate(groups):
        number[list(group)] = place
    gain = flattery(case, number)
    evidence |= {"row numbers": row_list(near.pairs.ravel()), "validation loss lowered by": gain, "flatters": flatters}
    across = f", {straddle:.0%} of the pairs across a split" if straddle is not None else ""
    words = (
        f"{len(near.pairs):,} pairs of rows ({share:.1%} of the rows) are nearly equal and agree in the target "
        f"({near.agreement:.0%}){across}: first rows {shown(row_list(near.pairs[0]))}."
    )
    keep = Remedy("Keep near duplicates on one side of every split.", table=TableChange(keep_together=groups))
    severity: Severity = "hint" if straddle == 0 else _graded(share, near_many, near_many / 3, gain, flatters)
    return found(severity, words, evidence=evidence, strength=min(share / near_many, 1.0), remedies=(keep,))


def _graded(share: float, many: float, some: float, gain: float | None, flatters: float) -> Severity:
    """How grave duplicates are: by their share, and less where the validation loss is hardly lower for them."""
    grave = 2 if share >= many else 1 if share >= some else 0
    if gain is not None and gain < flatters:
        grave -= 1
    return ("hint", "hint", "warning", "problem")[grave + 1]


def flattery(case: Case, group: Int64) -> float | None:
    """By how much of itself the networks' validation loss is lower than that of their validation rows without a copy in
    training; None where that cannot be told.

    group: (rows of the table,), equal for rows that are copies.
    """
    own: list[float] = []
    new: list[float] = []
    for one in case.trained:
        if one.validation is not None:
            seen = np.isin(group[one.validation.rows], group[np.unique(one.view.training)])
            if (~seen).sum() >= LEAST_NEW:
                own.append(one.validation.loss)
                new.append(float(one.validation.losses[~seen].mean()))
    if not own or not np.isfinite(own).all() or np.mean(new) <= 0:
        return None
    return float(1 - np.mean(own) / np.mean(new))


def _seen(case: Case, copies: Int64 | None) -> tuple[int, int]:
    """Held-out rows that are equal to training rows, and how many are held out: of all views, and of later rows."""
    seen = held = 0
    assert case.table is not None
    for view in {one.place: one.view for one in case.networks}.values():
        out = np.concatenate([view.validation, view.test])
        held += len(out)
        if copies is not None:
            seen += int(np.isin(copies[out], copies[np.unique(view.training)]).sum())
    if case.later is not None and case.later.rows is not case.table.rows:
        again = rows_seen(case.later.rows.arrays, case.table.rows.arrays)
        seen, held = seen + int(again.sum()), held + len(again)
    return seen, held


def _groups(copies: Int64 | None) -> tuple[tuple[int, ...], ...]:
    """Lists of rows that are equal."""
    if copies is None:
        return ()
    order = np.argsort(copies, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(copies[order])) + 1)
    return tuple(tuple(map(int, part)) for part in parts if len(part) > 1)


def _near(table: StudyTable, rows: Int64, chance: float) -> tuple[NearDuplicates, int] | None:
    """Near duplicates among some rows, by their numbers in the table, and how many rows were looked at."""
    if not (is_class(table) or is_number(table)):
        return None
    arrays, target = table.rows.arrays, table.rows.target
    recipe = Recipe(scaling="standard")
    encoding = fit_encoding(arrays, target, rows, np.ones(len(rows)), recipe)
    if encoding.width == 0:
        return None
    most = int(min(MOST_ROWS, np.sqrt(MOST_PRODUCTS / encoding.width)))
    some = np.sort(np.random.default_rng(0).permutation(rows)[:most])
    y = target.values[some, 0].astype(np.float64)
    found_pairs = near_duplicates(encode(encoding, arrays.take(some)), y, is_class=is_class(table), chance=chance)
    numbered = NearDuplicates(
        some[found_pairs.pairs], found_pairs.ratio, found_pairs.dimension, found_pairs.agreement, found_pairs.usual
    )
    return numbered, len(some)


def _straddling(case: Case, pairs: Int64) -> float | None:
    """Share of the pairs with one row in training and one held out, over the views; None without views."""
    shares = []
    for view in {one.place: one.view for one in case.networks}.values():
        held = np.concatenate([view.validation, view.test])
        trained, out = (np.isin(pairs, one) for one in (view.training, held))
        shares.append(((trained[:, 0] & out[:, 1]) | (trained[:, 1] & out[:, 0])).mean())
    return float(np.mean(shares)) if shares else None


def _joined(pairs: Int64) -> tuple[tuple[int, ...], ...]:
    """Groups of rows that pairs link."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    rows, place = np.unique(pairs, return_inverse=True)
    place = place.reshape(pairs.shape)
    links = coo_array((np.ones(len(pairs), np.int8), (place[:, 0], place[:, 1])), shape=(len(rows), len(rows)))
    group = connected_components(links, directed=False)[1]
    order = np.argsort(group, kind="stable")
    parts = np.split(rows[order], np.flatnonzero(np.diff(group[order])) + 1)
    return tuple(tuple(map(int, part)) for part in parts)
