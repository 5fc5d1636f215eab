"""Encoders against scikit-learn and NumPy; the compiled kernels against a plain reading of the same tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse as scipy_sparse
from scipy import special
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.preprocessing import MinMaxScaler, QuantileTransformer, RobustScaler, StandardScaler

from tests.engines.compiled.bench import make_bench, make_target, plain
from tests.engines.compiled.encoded import encode, scaled_target
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Arrays, SparseColumns, Target, View
from wellfit.tables.encoding import (
    Encoding,
    fit_categories,
    fit_encoding,
    fit_numbers,
    fit_sparse,
    fit_target,
    fitting,
    weighted_quantile,
)
from wellfit.tables.encoding.quantiles import middle_quantiles
from wellfit.techniques import layout as at
from wellfit.techniques.rows.scaling_kernels import NOT_KNOWN, PAIR_HIGH, PAIR_LOW

RNG = np.random.default_rng(0)
NUMBERS = np.column_stack([RNG.normal(5, 3, 401), RNG.exponential(2, 401), RNG.integers(0, 9, 401)]).astype(np.float32)
ONES = np.ones(401)


def fitted(scaling: Any, numbers: np.ndarray = NUMBERS, weight: np.ndarray = ONES) -> tuple[np.ndarray, ...]:
    return fit_numbers(numbers, weight, Recipe(scaling=scaling).scaling)


def test_standard_and_min_max_are_scikit_learns() -> None:
    for scaling, theirs in (("standard", StandardScaler()), ("min_max", MinMaxScaler())):
        centre, scale, _, _ = fitted(scaling)
        np.testing.assert_allclose(
            (NUMBERS - centre) * scale, theirs.fit_transform(NUMBERS.astype(float)), rtol=1e-5, atol=1e-5
        )


def test_robust_is_scikit_learns_where_quantiles_fall_on_rows() -> None:
    centre, scale, _, _ = fitted("robust")  # 401 rows: the quartiles are rows 101, 201 and 301
    theirs = RobustScaler().fit(NUMBERS.astype(float))
    np.testing.assert_allclose(centre, theirs.center_, rtol=1e-6)
    np.testing.assert_allclose(1 / scale, theirs.scale_, rtol=1e-6)


@pytest.mark.parametrize("rows", [2, 3, 4, 7, 10, 100])
def test_the_median_and_quartiles_between_two_values_are_their_mean(rows: int) -> None:
    """As NumPy's; a weight k counts as k rows, and with its sign turned a column is scaled the same."""
    values = np.random.default_rng(rows).normal(size=rows)
    times = np.random.default_rng(1).integers(1, 4, rows)
    for own, weight in ((values, np.ones(rows)), (np.repeat(values, times), times)):
        wanted = np.quantile(own, [0.25, 0.5, 0.75], method="averaged_inverted_cdf")
        np.testing.assert_allclose(middle_quantiles(values, weight * 0.1), wanted, rtol=1e-12)
        np.testing.assert_allclose(middle_quantiles(-values, weight * 0.1), -wanted[::-1], rtol=1e-12)


def test_robust_where_the_middle_half_is_one_value() -> None:
    column = np.array([[0.0]] * 8 + [[4.0], [-6.0]], np.float32)
    centre, scale, _, _ = fitted("robust", column, np.ones(10))
    assert (centre[0], scale[0]) == (0.0, 1 / 5.0)


def test_quantile_scaling_is_close_to_scikit_learns() -> None:
    _, _, knots, scores = fitted({"name": "quantile", "knots": 101})
    theirs = QuantileTransformer(n_quantiles=401, output_distribution="normal").fit_transform(
        NUMBERS[:, :2].astype(float)
    )
    for j in range(2):
        ours = np.interp(NUMBERS[:, j], knots[j], scores)
        inner = np.abs(theirs[:, j]) < 2
        assert np.abs(ours - theirs[:, j])[inner].max() < 0.1  # ours has 101 knots
    assert scores == pytest.approx(special.ndtri((np.arange(101) + 0.5) / 101))


@pytest.mark.parametrize("scaling", ["standard", "min_max", "robust", "quantile", "none"])
def test_missing_and_constant_columns(scaling: str) -> None:
    columns = np.column_stack([NUMBERS[:, 0], np.full(401, 7.0), np.full(401, np.nan)]).astype(np.float32)
    holes = columns.copy()
    holes[::3, 0] = np.nan
    centre, scale, knots, _ = fitted(scaling, holes)
    seen = ~np.isnan(holes[:, 0])
    alone = fitted(scaling, holes[seen][:, :1], np.ones(seen.sum()))
    assert centre[0] == pytest.approx(alone[0][0]) and scale[0] == pytest.approx(alone[1][0])
    assert np.isfinite(centre).all() and np.isfinite(scale).all() and np.isfinite(knots).all()
    if scaling != "none":
        assert scale[1] == 0 and centre[1] == 7


@given(
    values=st.lists(st.integers(-5, 5), min_size=1, max_size=30),
    data=st.data(),
    q=st.lists(st.floats(0.001, 0.999), min_size=1, max_size=5),
)
def test_weighted_quantiles_are_those_of_repeated_rows(values: list[int], data: Any, q: list[float]) -> None:
    repeats = data.draw(st.lists(st.integers(1, 4), min_size=len(values), max_size=len(values)))
    v, w, levels = np.array(values, float), np.array(repeats), np.array(sorted(q))
    expected = np.quantile(np.repeat(v, w), levels, method="inverted_cdf")
    assert np.array_equal(weighted_quantile(v, w.astype(float), levels), expected)
    shared = weighted_quantile(v, np.full(len(v), 0.7), levels)  # equal weights, whatever they are
    assert np.array_equal(shared, np.quantile(v, levels, method="inverted_cdf"))


def places(codes: list[int], levels: int, most: int = 64, weight: list[float] | None = None) -> tuple[list[int], int]:
    w = np.ones(len(codes)) if weight is None else np.array(weight)
    found, units, _ = fit_categories(np.array(codes, np.int32), levels, w, most)
    return list(found), units


def test_categories() -> None:
    assert places([0, 1, 2, 2, 2, 1], 4) == ([NOT_KNOWN, 2, 1, 0, NOT_KNOWN], 3)  # the most frequent first
    assert places([0, 3, 3], 4) == ([NOT_KNOWN, PAIR_LOW, NOT_KNOWN, NOT_KNOWN, PAIR_HIGH], 1)  # two: one column
    assert places([0, 3, 3, -1], 4) == ([NOT_KNOWN, PAIR_LOW, NOT_KNOWN, NOT_KNOWN, PAIR_HIGH], 1)  # missing is 0
    assert places([2, 2, 2], 4) == ([NOT_KNOWN] * 5, 0)  # one: nothing to tell
    assert places([-1, -1, 2, -1], 4) == ([0, NOT_KNOWN, NOT_KNOWN, 1, NOT_KNOWN], 2)  # missing or not
    assert places([0, 1, 2, 3, 3], 4, most=2) == ([NOT_KNOWN, 1, 1, 1, 0], 2)  # rare ones share the last column
    assert places([0, 1, 2], 3, weight=[1, 5, 3]) == ([NOT_KNOWN, 2, 0, 1], 3)


def test_codes_beyond_the_vocabulary_are_not_counted() -> None:
    assert places([0, 1, 9, 9, 9, 2], 3) == places([0, 1, 2], 3)


def make_sparse(rows: int = 60, text: int = 8, numbers: int = 3) -> tuple[SparseColumns, np.ndarray]:
    rng = np.random.default_rng(4)
    full = rng.poisson(0.4, (rows, numbers + text)).astype(np.float32) * rng.integers(1, 4, (rows, 1))
    full[5, numbers:] = 0  # a text without a known word
    matrix = scipy_sparse.csr_matrix(full)
    groups = ((0, numbers, "numbers"), (numbers, numbers + text, "text"))
    columns = SparseColumns(
        matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), matrix.data.astype(np.float32),
        numbers + text, groups,
    )  # fmt: skip
    return columns, full


def test_text_is_scikit_learns_tfidf() -> None:
    columns, full = make_sparse()
    factors = fit_sparse(columns, np.ones(60))
    theirs = TfidfTransformer(smooth_idf=True).fit(full[:, 3:])
    np.testing.assert_allclose(factors[1], theirs.idf_, rtol=1e-12)
    np.testing.assert_allclose(1 / factors[0], np.sqrt((full[:, :3].astype(float) ** 2).mean(axis=0)), rtol=1e-12)


@pytest.mark.parametrize("kind", ["numbers", "counts", "binary", "classes", "labels"])
def test_targets(kind: str) -> None:
    target = make_target(kind, 40, 1 if kind == "binary" else 3)
    rows, weight = np.arange(5, 35), np.linspace(1, 2, 30)
    fit = fit_target(target, rows, weight)
    values = target.values[rows].astype(float)
    if kind == "numbers":
        mean = np.average(values, axis=0, weights=weight)
        assert fit["target_centre"] == pytest.approx(mean)
        assert fit["target_scale"] == pytest.approx(np.sqrt(np.average((values - mean) ** 2, axis=0, weights=weight)))
        assert np.array_equal(fit["target_low"], values.min(axis=0)) and np.array_equal(
            fit["target_high"], values.max(axis=0)
        )
    elif kind == "counts":
        assert fit["target_scale"] == pytest.approx(np.average(values, axis=0, weights=weight))
        assert not fit["target_centre"].any()
    else:
        assert not fit["target_centre"].any() and (fit["target_scale"] == 1).all()


def test_a_constant_target_is_not_divided_by_nothing() -> None:
    for kind, value in (("numbers", 3.0), ("counts", 0.0)):
        fit = fit_target(Target(kind, np.full((6, 1), value, np.float32), ("y",)), np.arange(6), np.ones(6))
        assert fit["target_scale"][0] == 1


def mixed(scaling: Any = "robust", most: int = 4) -> tuple[Arrays, Recipe]:
    """All kinds of column, with missing values, ties, categories of every width, and sparse groups."""
    rng = np.random.default_rng(8)
    numbers = rng.normal(3, 2, (60, 4)).astype(np.float32)
    numbers[:, 1] = rng.integers(0, 3, 60)
    numbers[::7, 2] = np.nan
    numbers[:, 3] = 5
    codes = np.stack([rng.integers(0, 2, 60), rng.integers(-1, 7, 60), np.zeros(60), rng.integers(0, 3, 60)], axis=1)
    columns, _ = make_sparse()
    recipe = plain(hidden=(3,), scaling=scaling, categories=most, batch_size="all", epochs=1)
    return Arrays(numbers, np.ascontiguousarray(codes, np.int32), (2, 7, 1, 3), columns), recipe


def compiled_inputs(
    arrays: Arrays, target: Target, recipe: Recipe, view: View
) -> tuple[np.ndarray, np.ndarray, Encoding]:
    """What the engine made of a whole batch of rows: inputs and targets as they lie in the workspace."""
    bench = make_bench(recipe, arrays, target, view=view)
    encoding, machine = bench.member.prepared.encoding, bench.machine
    from wellfit.engines.compiled.step import step

    order = np.arange(60)
    step.evaluate.for_precision("float64")(
        machine, bench.data, order, np.ones(60), np.array([60]), np.zeros(64, np.int64), np.zeros(1, np.int64),
        np.zeros((1, at.SUMS_SIZE)),
    )  # fmt: skip
    x = bench.buffer(bench.member.program.inputs, 60, encoding.width)
    begin, columns = machine.clock[at.TARGETS], machine.clock[at.TARGET_COLUMNS]
    return x, machine.work[begin : begin + 60 * columns].reshape(60, columns), encoding


@pytest.mark.parametrize("most", [2, 3, 64])
@pytest.mark.parametrize(
    "scaling", ["robust", "standard", "min_max", "none", "quantile", {"name": "quantile", "knots": 7}]
)
def test_compiled_inputs_are_the_tables_read_plainly(scaling: Any, most: int) -> None:
    """Fitted on the first 30 rows, so that the others hold unseen categories, words and extremes."""
    arrays, recipe = mixed(scaling, most)
    target = make_target("numbers", 60, 2)
    x, y, encoding = compiled_inputs(arrays, target, recipe, View(np.arange(30)))
    np.testing.assert_allclose(x, encode(encoding, arrays), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(y, scaled_target(encoding, target), rtol=1e-12, atol=1e-12)


def test_marks_unseen_and_missing() -> None:
    arrays, recipe = mixed("standard")
    unseen = Arrays(arrays.numbers.copy(), arrays.codes.copy(), arrays.levels, arrays.sparse)
    unseen.numbers[40, 0] = np.nan  # a column without missing training values
    unseen.codes[40] = [-1, 99, 99, 5]  # missing in a pair, beyond the vocabulary
    x, _, encoding = compiled_inputs(unseen, make_target("numbers", 60, 1), recipe, View(np.arange(30)))
    assert list(encoding.marked) == [2] and encoding.units == (1, 4, 0, 3)
    assert x[40, 0] == 0
    assert not x[40, 5:13].any()
    assert np.array_equal(x[:, 4], np.isnan(arrays.numbers[:, 2]))


def test_soft_clipping_bounds_outliers_at_three() -> None:
    arrays, recipe = mixed("robust")
    arrays.numbers[50, 0] = 1e6
    x, _, _ = compiled_inputs(arrays, make_target("numbers", 60, 1), recipe, View(np.arange(30)))
    assert 2.99 < x[50, 0] <= 3.0


def test_plain_data_and_back() -> None:
    arrays, recipe = mixed("quantile")
    encoding = fit_encoding(arrays, make_target("numbers", 60, 2), np.arange(60), np.ones(60), recipe)
    again = Encoding.from_plain(encoding.to_plain())
    for name, value in encoding.to_plain().items():
        parts = (
            zip(value, again.to_plain()[name], strict=True)
            if isinstance(value, tuple)
            else [(value, again.to_plain()[name])]
        )
        assert all(np.array_equal(a, b) for a, b in parts), name
    assert again.width == encoding.width == encode(again, arrays).shape[1]


def test_of_very_many_rows_some_tell_scales_and_categories(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    numbers = random.normal(3, 2, (5000, 2)).astype(np.float32)
    arrays = Arrays(numbers, random.integers(0, 4, (5000, 1)).astype(np.int32), (4,))
    target = Target("numbers", random.normal(size=(5000, 1)).astype(np.float32))
    rows, weight = np.arange(5000), np.ones(5000)
    whole = fit_encoding(arrays, target, rows, weight, Recipe())
    monkeypatch.setattr(fitting, "MOST_ROWS", 1000)
    some = fit_encoding(arrays, target, rows, weight, Recipe())
    assert not np.array_equal(some.centre, whole.centre)
    assert np.allclose(some.centre, whole.centre, atol=0.3) and np.allclose(some.scale, whole.scale, rtol=0.2)
    assert some.units == whole.units and np.array_equal(some.target_centre, whole.target_centre)
    monkeypatch.setattr(fitting, "MOST_ROWS", 5000)
    assert np.array_equal(fit_encoding(arrays, target, rows, weight, Recipe()).centre, whole.centre)
