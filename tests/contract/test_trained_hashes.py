"""What trainings end in is what it was, to the bit: each case's hashes against those in trained_hashes.json.

The list is kept for each machine (processor and libraries); where there is none for this one, the comparison is
skipped. `python -m tests.contract.trained_hashes` shows all at a time, and stores them.
"""

from __future__ import annotations

import numpy as np
import pytest

from tests.contract.hashed import all_cases
from tests.contract.hashed.outcome import HashedCase, Outcome, recipe_of
from tests.contract.trained_hashes import digest, hashes_of, machine, stored_lists
from wellfit import Recipe
from wellfit.techniques.base import REGISTRY, Technique

CASES = all_cases()
# What no recipe names: refit is a way of `wellfit.refit`, asked for in hashed/journeys.py.
ELSEWHERE = {"refit"}


@pytest.fixture(scope="module")
def stored() -> dict[str, str]:
    lists = stored_lists()
    if machine() not in lists:
        pytest.skip(f"trained_hashes.json holds no list for {machine()!r}; it holds those for {sorted(lists)}")
    return lists[machine()]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_it_ends_in_the_stored_bits(case: HashedCase, stored: dict[str, str]) -> None:
    assert case.name in stored, "this case is not stored: python -m tests.contract.trained_hashes --write --only NAME"
    assert not hashes_of(case.run(1)).differing(stored[case.name])


def test_nothing_else_is_stored() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)
    assert stored_lists()
    for machines in stored_lists().values():
        assert sorted(machines) == sorted(names)


def acting(recipe: Recipe) -> set[str]:
    """The techniques that a recipe turns on, "family.name" each. One without a name is off as it comes."""
    found = set()
    for slot in Recipe.model_fields:
        given = getattr(recipe, slot)
        for one in given if isinstance(given, tuple) else (given,):
            if isinstance(one, Technique) and (hasattr(one, "name") or one != type(one)()):
                found.add(f"{slot}.{getattr(one, 'name', slot)}")
    return found


def test_every_technique_is_in_a_case() -> None:
    recipes = [recipe_of(given) for case in CASES for given in case.recipes]
    covered = set().union(*map(acting, recipes))
    known = {f"{family}.{name}" for family in REGISTRY if family not in ELSEWHERE for name in REGISTRY[family]}
    assert not {name for name in known - covered if not name.endswith(".none")}


def test_a_hash_sees_one_bit_a_shape_and_a_type() -> None:
    values = np.arange(6, dtype=np.float32)
    changed = values.copy()
    changed[3] = np.nextafter(changed[3], np.float32(9))
    others = [changed, values.reshape(2, 3), values.astype(np.float64), values[::-1]]
    assert len({digest([array]) for array in [values, *others]}) == 5
    assert hashes_of(Outcome([{"b": values, "a": changed}])) == hashes_of(Outcome([{"a": changed, "b": values}]))
