"""Rows that are equal in every column that is learned from: which they are, and which of them are in another table."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wellfit.tables.arrays import Arrays, Int64, SparseColumns
from wellfit.tables.distinct import distinct_values

UInt64 = NDArray[np.uint64]

CELLS_TOGETHER = 8_000_000  # that are hashed at a time: 32 MB
ROWS_FOR_CHANCE = 20_000  # from which the chance that two rows agree is estimated
MOST_BY_CHANCE = 0.1  # of the pairs of equal rows: where chance makes more of them, they are different cases


def row_hashes(arrays: Arrays) -> UInt64:
    """A number of 64 bits a row (rows,), equal where two rows are equal in every column.

    That two different rows of a million share one has a chance of 1 in 40 million. Missing values are equal, 0 and -0
    too. Tables can be compared that were read with one schema; the target is not looked at.

    arrays: the columns.

    >>> rows = Arrays(np.float32([[1, 2], [3, 4], [1, 2]]), np.zeros((3, 0), np.int32))
    >>> first, second, third = row_hashes(rows)
    >>> bool(first == third), bool(first == second)
    (True, False)
    """
    columns = arrays.numbers.shape[1] + arrays.codes.shape[1]
    step = max(CELLS_TOGETHER // max(columns, 1), 1)
    found = np.zeros(arrays.rows, np.uint64)
    for begin in range(0, arrays.rows if columns else 0, step):
        rows = slice(begin, begin + step)
        series = [pl.Series(f"n{j}", column) for j, column in enumerate(arrays.numbers[rows].T.copy())]
        series += [pl.Series(f"c{j}", column) for j, column in enumerate(arrays.codes[rows].T.copy())]
        found[rows] = pl.DataFrame(series).hash_rows(seed=0).to_numpy()
    if arrays.sparse is not None:
        found = found * np.uint64(0x9E3779B97F4A7C15) + _sparse_hashes(arrays.sparse)
    return found


def _sparse_hashes(sparse: SparseColumns) -> UInt64:
    """The sum of the hashes of a row's stored values and their columns; a stored 0 is as one that is not stored."""
    cells = pl.DataFrame({"column": sparse.indices, "value": sparse.values}).hash_rows(seed=0).to_numpy()
    sums = np.append(np.uint64(0), np.cumsum(np.where(sparse.values != 0, cells, np.uint64(0)), dtype=np.uint64))
    return np.asarray(sums[sparse.starts[1:]] - sums[sparse.starts[:-1]], np.uint64)


def equal_rows(arrays: Arrays) -> Int64 | None:
    """The number of its group for each row (rows,), rows that are equal in every column making a group; None where no
    two rows are equal, or where columns of so few values must agree by chance.

    Rows with the same few answers to the same few questions are different cases, and splitting them at random is right;
    a row that occurs again in columns of many values is the same case, and must not train and test.

    arrays: the columns.

    >>> rows = np.random.default_rng(0).random((30, 3), np.float32)
    >>> equal_rows(Arrays(np.concatenate([rows, rows[:2]]), np.zeros((32, 0), np.int32)))[-4:].tolist()
    [28, 29, 0, 1]
    """
    hashes = row_hashes(arrays)
    if len(distinct_values(hashes)) == arrays.rows:  # as in most tables: then nothing more is needed of them
        return None
    _, first, group, counts = np.unique(hashes, return_index=True, return_inverse=True, return_counts=True)
    pairs = float((counts * (counts - 1.0)).sum() / 2)
    if chance_of_equality(arrays) * arrays.rows * (arrays.rows - 1) / 2 >= MOST_BY_CHANCE * pairs:
        return None
    return np.asarray(np.argsort(np.argsort(first))[group], np.int64)  # numbered as they come


def repeats_in_words(copies: Int64) -> str:
    """How many rows repeat others. copies: (rows,) as `equal_rows` gives them.

    >>> repeats_in_words(np.array([0, 1, 0]))
    '1 of 3 rows repeats an earlier row in every column that is learned from'
    """
    again = len(copies) - len(distinct_values(copies))
    repeat = "repeats" if again == 1 else "repeat"
    return f"{again:,} of {len(copies):,} rows {repeat} an earlier row in every column that is learned from"


def chance_of_equality(arrays: Arrays) -> float:
    """The chance that two rows agree in every column, were the columns independent: the product of the chances of each.

    arrays: the columns; of texts and sparse columns it is taken as 0.
    """
    if arrays.sparse is not None:
        return 0.0
    rows = np.random.default_rng(0).permutation(arrays.rows)[:ROWS_FOR_CHANCE]
    chance = 1.0
    for table in (arrays.numbers, arrays.codes):
        for j in range(table.shape[1]):
            counts = np.unique(table[rows, j], return_counts=True, equal_nan=True)[1].astype(np.float64)
            chance *= float((counts * (counts - 1)).sum() / max(len(rows) * (len(rows) - 1), 1))
            if chance == 0.0:
                return chance
    return chance


def rows_seen(arrays: Arrays, earlier: Arrays) -> NDArray[np.bool_]:
    """Which rows are equal, in every column, to a row of an earlier table (rows,); none where columns of so few values
    must agree by chance, unless all rows are those of the earlier table.

    arrays, earlier: columns of both tables, read with one schema.
    """
    own, known = row_hashes(arrays), row_hashes(earlier)
    seen = pl.Series(own).is_in(pl.Series(known).implode()).to_numpy()
    if not seen.any():
        return seen
    if len(own) == len(known) and (np.sort(own) == np.sort(known)).all():
        return seen
    values, counts = np.unique(known, return_counts=True)
    place = np.minimum(np.searchsorted(values, own), len(values) - 1)
    pairs = float(counts[place][seen].sum())
    expected = chance_of_equality(earlier) * len(own) * len(known)
    return seen if expected < MOST_BY_CHANCE * pairs else np.zeros(len(own), bool)


def join_groups(groups: NDArray[np.generic], copies: Int64) -> Int64:
    """Groups (rows,) in which rows of one given group, and rows that are equal, are together.

    groups: (rows,) of any values. copies: (rows,) as `equal_rows` gives them.

    >>> join_groups(np.array(["a", "a", "b", "c"]), np.array([0, 1, 1, 2])).tolist()
    [0, 0, 0, 1]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    named = np.unique(groups, return_inverse=True)[1]
    many = int(named.max()) + 1
    size = many + int(copies.max()) + 1
    links = coo_array((np.ones(len(named), np.int8), (named, many + copies)), shape=(size, size))
    return np.asarray(connected_components(links, directed=False)[1][named], np.int64)


def one_of_each(copies: Int64, rows: Int64) -> Int64:
    """Of every group of equal rows the first of these rows, rising. copies: (all rows,). rows: rising."""
    return rows[np.sort(np.unique(copies[rows], return_index=True)[1])]


def with_copies(some: Int64, copies: Int64, rows: Int64) -> Int64:
    """Those of these rows that are equal to one of some rows. copies: (all rows,). rows: rising."""
    wanted = np.zeros(int(copies.max()) + 1, bool)
    wanted[copies[some]] = True
    return rows[wanted[copies[rows]]]
