"""The contract's cases: what each technique needs for one suite to test all of them.

A module in this package lists its group's `CASES`; `tests/contract/test_cases.py` runs them:

- at strength 0 (and at a schedule of 0) the technique is absent, bit for bit; at 1e-12 it is absent to rounding;
- when on, it acts; a setting out of range is refused by the message made from its constraint;
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

import numpy as np

from tests.engines.compiled.bench import Bench, make_arrays, make_bench, make_target, plain, random_weights
from wellfit.tables.arrays import Arrays, View


@dataclass(frozen=True)
class Case:
    """One technique, or one strength of a technique with several.

    name: as tests show it. covers: registry entries, "family.name" each.
    slots: the recipe's slots at a strength. base: further slots, with and without the technique.
    on: a strength at which it acts visibly within eight updates.
    strengthless: it has no strength, and is simply on (an activation, a loss): `slots` ignores its argument, and the
        tests of zero are left out. default: the updates are the same with and without it (the bench has it besides, or
        it acts between updates). beside: it leaves the weights alone and keeps something besides.
    schedulable: the strength may carry a schedule.
    tiny: 1e-12 of the strength is nothing to rounding (not so where the strength is a limit or a count).
    refused: strengths out of range, each refused with the range in the message.
    kind, outputs, arrays: the data it needs; by default 13 rows of 5 numbers and 2 numbers to predict. weighted: rows
        have weights from 0.5 to 2. validation_rows: how many of the rows are for validation.
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
    beside: bool = False
    validation_rows: int = 0
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
        rows, training = np.arange(arrays.rows), arrays.rows - self.validation_rows
        view = View(rows[:training], rows[training:]) if self.validation_rows else None
        return make_bench(plain(**chosen), arrays, target, weight=weight, view=view, precision=precision)


def always(name: str, covers: str, slots: dict[str, Any], **words: Any) -> Case:
    """A case of what has no strength."""
    return Case(name, (covers,) if covers else (), lambda on: slots, strengthless=True, **words)


def all_cases() -> list[Case]:
    """Every group's cases."""
    modules = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    return [case for module in modules for case in module.CASES]
