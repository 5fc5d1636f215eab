"""The path of a recipe's optimiser on a function that is given, by the update kernels that training uses."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.run.member import Member
from wellfit.engines.compiled.run.member_setup import make_member
from wellfit.engines.compiled.run.scheduled_settings import Horizon, scheduled_values
from wellfit.engines.compiled.run.workspace import Workspace
from wellfit.engines.compiled.step.step import Machine, run
from wellfit.engines.contract.plan import Plan
from wellfit.engines.numpy.prepared_view import prepare_views
from wellfit.errors import InputError
from wellfit.numerics.blas import single_threaded_blas
from wellfit.numerics.kernel import compiled_loop
from wellfit.recipe import Recipe
from wellfit.reprs import short_repr
from wellfit.tables.arrays import Arrays, Target, View
from wellfit.techniques.layout import (
    AVERAGE_SEAM,
    CLIP_SEAM,
    CONSTRAIN_SEAM,
    GRADIENT_FIRST,
    MODE,
    PENALTY_SEAM,
    PERTURB_SEAM,
    SUMS_SIZE,
    TRAINING,
    UPDATE,
    UPDATE_SEAM,
)

Float64 = NDArray[np.float64]
Function = Callable[[Float64], float]
Gradient = Callable[[Float64], Float64]

# The slots that act on a gradient and on parameters, without a network or rows: the others are left out.
SLOTS = (
    "l2", "l1", "elastic_net", "power", "clipping", "optimizer", "schedule", "weight_decay", "lookahead", "max_norm",
    "constraint", "sharpness_aware",
)  # fmt: skip
WEIGHTS = "output.weight"


@dataclass(frozen=True)
class FunctionPath:
    """Where an optimiser went on a function.

    points: (updates + 1, parameters), the start first; shorter where it diverged.
    values: (updates + 1,), the function at the points.
    gradient_norms: (updates,), of the gradients that were handed to the step, before it clipped them.
    rates: (updates,), the learning rates.
    diverged: whether a point or a gradient was no longer finite.
    """

    points: Float64
    values: Float64
    gradient_norms: Float64
    rates: Float64
    diverged: bool

    __repr__ = short_repr


@compiled_loop(Machine, "int64[:]", "T[:]", "int64")
def look_ahead(machine, scheduled, settings, update):  # type: ignore[no-untyped-def]
    """Set what is scheduled, and write to `perturbed` the parameters at which the gradient is to be taken."""
    for j in range(len(scheduled)):
        machine.settings[scheduled[j]] = settings[j]
    machine.clock[UPDATE], machine.clock[MODE] = update, TRAINING
    for i in range(len(machine.perturbed)):
        machine.perturbed[i] = machine.parameters[i]
    run(machine, PERTURB_SEAM, machine.perturbed)
    return True


@compiled_loop(Machine, "T[:]")
def apply_gradient(machine, seen):  # type: ignore[no-untyped-def]
    """What the training step does with a gradient: penalties, clipping, update, constraints, averages.

    seen: the parameters at which it was taken.
    """
    run(machine, PENALTY_SEAM, seen)
    run(machine, CLIP_SEAM, machine.parameters)
    run(machine, UPDATE_SEAM, machine.parameters)
    run(machine, CONSTRAIN_SEAM, machine.parameters)
    run(machine, AVERAGE_SEAM, machine.parameters)
    return True


class _Steps:
    """A member's update with gradients from outside. gradient: of the function at its parameters."""

    def __init__(self, member: Member, precision: str, gradient: Gradient) -> None:
        self.member, self.gradient = member, gradient
        self.machine = machine = Workspace(precision).machine(member, np.zeros(SUMS_SIZE))
        place = next(s for s in member.program.segments if s.name == WEIGHTS)
        self.place = slice(place.begin, place.end)
        self.seen = machine.perturbed if len(machine.perturbed) else machine.parameters
        self.look_ahead = look_ahead.for_precision(precision)
        self.apply = apply_gradient.for_precision(precision)

    @property
    def point(self) -> Float64:
        """Where it is."""
        return np.asarray(self.machine.parameters[self.place], np.float64)

    def _take_gradient(self, parameters: NDArray[Any]) -> float:
        """Hand the step the gradient at parameters. Returns its norm."""
        g = np.asarray(self.gradient(parameters[self.place].astype(np.float64)), np.float64)
        self.machine.gradient[:] = 0
        self.machine.gradient[self.place] = g
        return float(np.linalg.norm(g))

    def update(self, settings: NDArray[Any], t: int) -> float:
        """Make an update. Returns the norm of its gradient."""
        machine = self.machine
        if machine.clock[GRADIENT_FIRST]:
            self._take_gradient(machine.parameters)
        self.look_ahead(machine, self.member.scheduled, settings, t)
        norm = self._take_gradient(self.seen)
        self.apply(machine, self.seen)
        return norm


def function_path(
    function: Function, start: Float64, recipe: Recipe, updates: int, gradient: Gradient, precision: str = "float32"
) -> FunctionPath:
    """Follow a recipe's optimiser.

    function: of the parameters (n,), to a number. start: (n,), where it begins.
    recipe: whose optimiser, schedule, clipping, penalties, decay and constraints act; they span `updates`.
    gradient: of the function at the parameters (n,), to (n,).
    precision: of the parameters, "float32" as in training (default), or "float64".

    Raises:
        InputError: a recipe with a technique that needs a network.
    """
    member = _member(recipe, len(start), updates, precision)
    steps = _Steps(member, precision, gradient)
    steps.machine.parameters[:] = 0
    steps.machine.parameters[steps.place] = start
    member.start_at(steps.machine.parameters.copy())
    horizon = Horizon(updates, max(updates, 1), max(updates, 1), max(updates // recipe.epochs, 1))
    values, rates = scheduled_values(member.program, member.recipe, horizon, 0, updates, [])
    table = np.ascontiguousarray(values, dtype=precision)
    points, norms = [np.array(start, np.float64)], []
    with single_threaded_blas(), np.errstate(over="ignore", invalid="ignore"):
        for t in range(updates):
            norm, point = steps.update(table[t], t), steps.point
            if not (math.isfinite(norm) and np.isfinite(point).all()):
                break
            points.append(point)
            norms.append(norm)
        heights = np.array([float(function(point)) for point in points])
    made = len(norms)
    return FunctionPath(np.array(points), heights, np.array(norms), rates[:made], made < updates)


def _member(recipe: Recipe, parameters: int, updates: int, precision: str) -> Member:
    """A linear network of as many weights as there are parameters, which lends its program and its buffers."""
    given = recipe.to_dict()
    plain = Recipe.plain((), epochs=max(updates, 1), batch_size="all", scaling="none")
    lent = plain.vary({slot: given[slot] for slot in SLOTS})
    for slot in ("weight_noise", "sharing", "prior"):
        if getattr(recipe, slot) != getattr(plain, slot):
            raise InputError(f"The slot {slot} needs a network and cannot act on a function alone: leave it out.")
    rows = np.random.default_rng(0).normal(size=(2, parameters)).astype(np.float32)
    arrays = Arrays(rows, np.zeros((2, 0), np.int32))
    target = Target("numbers", np.array([[0.0], [1.0]], np.float32), ("value",))
    plan = Plan(lent, View(np.arange(2)), 0)
    prepared = prepare_views([plan], arrays, target, np.ones(2, np.float32), {})[0]
    return make_member(plan, prepared, "numbers", 1, precision, arrays)


def central_differences(function: Function, step: float = 1e-6) -> Gradient:
    """The gradient of a function by central differences, each of 2 n calls. step: relative to the size of a parameter
    or 1, whichever is larger (default 1e-6).
    """

    def gradient(point: Float64) -> Float64:
        slope: Any = np.empty(len(point))
        for k in range(len(point)):
            width = step * max(1.0, abs(float(point[k])))
            ends = [np.array(point, np.float64) for _ in range(2)]
            ends[0][k] += width
            ends[1][k] -= width
            slope[k] = (function(ends[0]) - function(ends[1])) / (ends[0][k] - ends[1][k])
        return np.asarray(slope, np.float64)

    return gradient
