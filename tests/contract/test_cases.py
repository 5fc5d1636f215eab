"""The suite over the registry: each case of tests/contract/cases is held to everything that a technique guarantees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.contract.cases import Case, all_cases
from tests.engines.compiled.bench import Bench, plain
from wellfit.engines.compiled.run.training_run import train_plans
from wellfit.engines.contract.plan import Plan
from wellfit.errors import InputError
from wellfit.tables.arrays import View
from wellfit.training.checkpoint.member_file import restore_member, save_member

CASES = all_cases()
UPDATES = 8


def named(chosen: list[Case]) -> Any:
    return pytest.mark.parametrize("case", chosen, ids=[case.name for case in chosen])


def state_of(bench: Bench) -> tuple[NDArray[Any], ...]:
    snapshots = (copy.copy() for _, copy in sorted(bench.member.snapshots.items()))
    return bench.member.parameters.copy(), bench.member.state.copy(), *snapshots


def result(bench: Bench, updates: int = UPDATES) -> tuple[NDArray[Any], ...]:
    bench.train(updates)
    return state_of(bench)


def parts_of_both(ours: Bench, theirs: Bench) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """After training, the parts that the second one has: parameters of a technique at rest belong to nobody else."""
    ours.train(UPDATES)
    theirs.train(UPDATES)
    return [(ours.parameters[name], part) for name, part in theirs.parameters.items()]


WITH_ZERO = [case for case in CASES if not case.strengthless]


@named(WITH_ZERO)
def test_zero_is_absent_bit_for_bit(case: Case) -> None:
    assert np.array_equal(result(case.bench(0.0))[0], result(case.bench())[0])


@named([case for case in WITH_ZERO if case.schedulable])
def test_a_schedule_of_zero_is_absent_bit_for_bit(case: Case) -> None:
    fading = {"value": 0.0, "schedule": {"name": "flat_cosine"}}
    assert all(np.array_equal(a, b) for a, b in parts_of_both(case.bench(fading), case.bench()))


@named([case for case in WITH_ZERO if case.tiny])
def test_next_to_nothing_is_zero_to_rounding(case: Case) -> None:
    for ours, theirs in parts_of_both(case.bench(1e-12), case.bench()):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-7)


def weights_moved(ours: Bench, theirs: Bench) -> float:
    """The largest difference of a parameter that both have in one shape."""
    both = [(part, theirs.parameters.get(name, part[:0])) for name, part in ours.parameters.items()]
    shared = [(a, b) for a, b in both if a.shape == b.shape]
    assert shared, "the two networks have no parameter in common"
    return float(max(np.abs(a - b).max(initial=0) for a, b in shared))


@named([case for case in CASES if not case.default and not case.beside])
def test_it_acts_when_it_is_on(case: Case) -> None:
    ours, theirs = case.bench(case.on), case.bench()
    for bench in (ours, theirs):
        bench.train(UPDATES)
    assert weights_moved(ours, theirs) > 1e-6


@named([case for case in CASES if case.beside])
def test_what_it_keeps_besides_the_weights_is_there(case: Case) -> None:
    ours, theirs = case.bench(case.on), case.bench()
    for bench in (ours, theirs):
        bench.train(UPDATES)
    assert weights_moved(ours, theirs) == 0
    kept = [ours.member.state[len(theirs.member.state) :], *ours.member.snapshots.values()]
    assert any(np.abs(part).max(initial=0) > 1e-3 for part in kept)


@named(WITH_ZERO)
def test_out_of_range_is_refused(case: Case) -> None:
    assert case.refused
    for strength in case.refused:
        slots = case.slots(strength)
        with pytest.raises(InputError, match="at least|at most|below|above|greater|less|one of") as told:
            plain(**{**case.base, **slots})
        assert str(told.value).count("\n") == 0


@named(CASES)
def test_alone_or_beside_others_the_same_bits(case: Case) -> None:
    bench = case.bench(case.on)
    view = View(np.arange(0, bench.arrays.rows - 3), np.arange(bench.arrays.rows - 3, bench.arrays.rows))
    others = [plain(hidden=(3,), dropout=0.2), plain(optimizer="nesterov", normalization="batch")]
    plans = [Plan(bench.recipe, view, 7), *(Plan(other, view, 3) for other in others)]
    alone = train_plans(plans[:1], bench.arrays, bench.target)
    beside = train_plans(plans, bench.arrays, bench.target, n_jobs=2)
    assert np.array_equal(alone.network(0).parameters, beside.network(0).parameters)
    assert np.array_equal(alone.members[0].state, beside.members[0].state)


@named(CASES)
@pytest.mark.parametrize("at_update", [2, 5])
def test_killed_and_resumed_the_same_bits(case: Case, at_update: int, tmp_path: Path) -> None:
    whole, first, second = (case.bench(case.on) for _ in range(3))
    first.train(at_update)
    save_member(first.member, 0, tmp_path)
    restore_member(second.member, tmp_path / "member-00000.safetensors")
    second.train(UPDATES - at_update)
    for ours, theirs in zip(state_of(second), result(whole), strict=True):
        assert np.array_equal(ours, theirs)


@named([case for case in CASES if case.check])
def test_the_oracle_agrees(case: Case) -> None:
    assert case.check is not None
    case.check(case.bench(case.on, "float64"))


@named([case for case in CASES if case.check and case.break_it])
def test_the_oracle_catches_a_hundredth(case: Case) -> None:
    assert case.check is not None and case.break_it is not None
    bench = case.bench(case.on, "float64")
    case.break_it(bench)
    with pytest.raises(AssertionError):
        case.check(bench)


@settings(max_examples=60, deadline=None)
@given(first=st.sampled_from(CASES), second=st.sampled_from(WITH_ZERO))
def test_pairs_combine(first: Case, second: Case) -> None:
    """With the second at strength 0 the pair gives what the first gives alone; with both on, finite numbers."""
    assume(first is not second and not set(first.slots(first.on)) & set(second.slots(second.on)))
    assume(not set(first.base) & set(second.slots(second.on)))
    alone = result(first.bench(first.on))[0]
    try:
        zero, both = (first.bench(first.on, **second.slots(strength)) for strength in (0.0, second.on))
    except InputError:
        assume(False)
    if not second.strengthless:
        assert np.array_equal(result(zero)[0], alone)
    assert np.isfinite(result(both)[0]).all()
