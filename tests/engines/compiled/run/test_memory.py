"""The check of memory counts what each technique keeps beside the parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.engines.compiled.bench import make_arrays, make_bench, make_target, plain
from wellfit.engines.compiled.run import memory
from wellfit.engines.compiled.run.member_setup import make_member
from wellfit.engines.contract.plan import Plan
from wellfit.engines.numpy.prepared_view import prepare_view
from wellfit.errors import InputError
from wellfit.tables.arrays import View

ARRAYS, TARGET, VIEW = make_arrays(40, 5), make_target("numbers", 40, 2), View(np.arange(40))


def least_that_fits(monkeypatch: pytest.MonkeyPatch, **slots: Any) -> int:
    """The smallest number of free bytes with which 100 members are not refused."""
    recipe = plain(hidden=(64, 64), **slots)
    plans = [Plan(recipe, VIEW, seed) for seed in range(100)]
    ready = [prepare_view(VIEW, ARRAYS, TARGET, np.ones(40, np.float32), recipe)] * 100
    low, high = 0, 2**34
    while low < high:
        free = (low + high) // 2
        monkeypatch.setattr(memory, "free_memory", lambda free=free: free)
        try:
            memory.check_memory(plans, ready, TARGET)
            high = free
        except InputError:
            low = free + 1
    return low


def state_of(**slots: Any) -> int:
    """Bytes of the state of 100 members, counted from one."""
    recipe = plain(hidden=(64, 64), **slots)
    ready = prepare_view(VIEW, ARRAYS, TARGET, np.ones(40, np.float32), recipe)
    return 100 * make_member(Plan(recipe, VIEW, 0), ready, "numbers", 2).state.nbytes


@pytest.mark.parametrize(
    "slots",
    [
        {"averaging": "ema"},
        {"lookahead": 5},
        {"lookahead": 5, "averaging": "swa"},
        {"clipping": {"name": "percentile", "window": 20_000}},
    ],
    ids=str,
)
def test_what_techniques_keep_is_counted(slots: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    kept = state_of(**slots) - state_of()
    counted = least_that_fits(monkeypatch, **slots) - least_that_fits(monkeypatch)
    assert 0.9 * kept < counted < 1.3 * kept and kept > 1e6


def test_snapshots_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    few, many = ({"snapshots": {"name": "spaced", "count": count}} for count in (2, 12))
    copy = 100 * 4 * (5 * 64 + 64 * 64 + 64 * 2)
    counted = least_that_fits(monkeypatch, **many) - least_that_fits(monkeypatch, **few)
    assert 10 * copy < counted < 12 * copy


@pytest.mark.parametrize("slots", [{}, {"averaging": {"name": "ema", "half_life": 0.0}}, {"lookahead": 0}], ids=str)
def test_what_is_off_needs_nothing(slots: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    assert least_that_fits(monkeypatch, **slots) == least_that_fits(monkeypatch)


RECIPES: list[dict[str, Any]] = [
    {},
    {"normalization": "batch", "dropout": 0.5},
    {"skip": "concatenate"},
    {"skip": "residual", "hidden": (64, 32, 64)},
    {"number_embedding": {"name": "piecewise", "bins": 32}},
    {"number_embedding": {"name": "periodic", "frequencies": 32, "size": 8}, "adversarial": 0.1},
    {"skip": "concatenate", "number_embedding": {"name": "piecewise", "bins": 32}},
    {"adversarial": 0.1, "swap": 0.1, "sharpness_aware": 0.05, "averaging": "ema"},
    {"layer_rates": [{"value": 1.0, "schedule": {"name": "switch", "share": 0.5}}, 0.0, 1.0]},
]


@pytest.mark.parametrize("slots", RECIPES, ids=str)
@pytest.mark.parametrize("kind", ["classes", "tasks"])
def test_what_is_counted_is_what_is_reserved(slots: dict[str, Any], kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one member with wide inputs after its training: its arrays and its thread's buffers."""
    recipe = plain(**{"hidden": (64, 64), "batch_size": "all", "epochs": 4, "tasks": {"hidden": (64,)}} | slots)
    if kind == "classes" or "swap" in slots:
        kind, recipe = "classes", recipe.vary(tasks={"hidden": ()})
    arrays, target = make_arrays(200, 40), make_target(kind, 200, 3)
    bench = make_bench(recipe, arrays, target, precision="float32")
    bench.finish()
    member, held = bench.member, bench.workspace
    arrays_held = [member.parameters, member.best, member.state, member.settings]
    arrays_held += [held.work, held.gradient, held.perturbed, held.average]
    reserved = sum(one.nbytes for one in arrays_held if one is not None)
    counted = sum(memory.bytes_needed(recipe, member.prepared, target))
    assert 0.9 * reserved < counted < 1.2 * reserved
