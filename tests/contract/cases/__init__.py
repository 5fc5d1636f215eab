"""The contract's cases: what each technique must be asked, so that one suite can ask all of them.

A module in this package lists its group's `CASES`; `tests/contract/test_cases.py` runs them:

- at strength 0 (and at a schedule of 0) the technique is absent, bit for bit; at 1e-12 it is absent to rounding;
- when on, it acts; out of range it is refused by the message made from its constraint;
- a member that has it ends in the same bits alone, beside others, and when killed and resumed in the middle;
- its oracle agrees, and no longer does when the kernel is off by a hundredth;
- it combines with every other case: with the other one at strength 0 it gives the bits that it gives alone.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.engines.compiled.bench import Bench, make_arrays, make_bench, make_target, plain, random_weights
from wellfit.tables.arrays import Arrays


@dataclass(frozen=True)
class Case:
    """One technique, or one strength of a technique with several.

    name: as tests show it. covers: registry entries, "family.name" each.
    slots: the recipe's slots at a strength. base: further slots, with and without the technique.
    on: a strength at which it acts visibly within eight updates.
    strengthless: it has no strength, and is simply on (an activation, a loss): `slots` ignores its argument, and the
        tests of zero are left out. schedulable: the strength may carry a schedule.
    tiny: 1e-12 of the strength is nothing to rounding (not so where the strength is a limit or a count).
    refused: strengths out of range, each refused with the range in the message.
    kind, outputs, arrays: the data it needs; by default 13 rows of 5 numbers and 2 numbers to predict. weighted: rows
        have weights from 0.5 to 2.
    check: compares the engine with its oracle on a fresh bench with the technique on, and raises AssertionError where
        they differ. break_it: makes the technique's effect 1.01 times what it is, on a bench.
    """

    name: str
    covers: tuple[str, ...]
    slots: Callable[[Any], dict[str, Any]]
    base: dict[str, Any] = field(default_factory=dict)
    on: Any = 0.1
    strengthless: bool = False
    default: bool = False
    schedulable: bool = True
    tiny: bool = True
    refused: tuple[Any, ...] = (-0.1,)
    kind: str = "numbers"
    outputs: int = 2
    arrays: Callable[[], Arrays] | None = None
    weighted: bool = True
    check: Callable[[Bench], None] | None = None
    break_it: Callable[[Bench], None] | None = None

    def bench(self, strength: Any = None, precision: str = "float32", **slots: Any) -> Bench:
        """A member before its first update: the technique at a strength, None: absent."""
        chosen = {**self.base, **slots, **({} if strength is None else self.slots(strength))}
        arrays = make_arrays(13, 5) if self.arrays is None else self.arrays()
        target = make_target(self.kind, arrays.rows, 1 if self.kind == "binary" else self.outputs)
        weight = random_weights(arrays.rows) if self.weighted else None
        return make_bench(plain(**chosen), arrays, target, weight=weight, precision=precision)


def all_cases() -> list[Case]:
    """Every group's cases."""
    modules = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    return [case for module in modules for case in module.CASES]
