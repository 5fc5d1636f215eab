"""Optimisers on functions of a few parameters, to see how they move."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.run.function_path import FunctionPath, central_differences, function_path
from wellfit.errors import InputError, quoted
from wellfit.recipe import as_recipe
from wellfit.training.train import RecipeLike

Float64 = NDArray[np.float64]
MOST_PARAMETERS = 100_000


def optimize(
    function: Callable[[Any], float],
    start: Sequence[float] | Any,
    recipe: RecipeLike = "plain",
    *,
    updates: int = 100,
    gradient: Callable[[Any], Any] | None = None,
) -> FunctionPath:
    """Minimise a function with the optimiser of a recipe, by the same compiled update that trains networks.

    Of the recipe act the optimiser, the schedule (over these updates), clipping, penalties, decay and constraints; what
    needs rows or a network is left out. Parameters are float32, as in training.

    function: takes the parameters (n,) float64 and returns a number.
    start: (n,) finite numbers, 1 or more, where it begins.
    recipe: as in `wellfit.train` (default "plain": gradient descent at a constant rate).
    updates: int, 1 or more (default 100).
    gradient: takes the parameters (n,) and returns the gradient (n,). None (default): central differences.

    Returns:
        A `FunctionPath`: points (updates + 1, n), values (updates + 1,), gradient_norms (updates,), rates (updates,),
        and whether it diverged, which ends it early.

    Raises:
        InputError: a start that is not finite, no update, a function or gradient that gives something else than that,
            or a recipe that sets what needs a network.

    >>> import wellfit
    >>> recipe = wellfit.Recipe.plain(optimizer={"name": "sgd", "learning_rate": 0.1})
    >>> path = wellfit.optimize(lambda w: (w**2).sum() / 2, [1.0], recipe, updates=2)
    >>> path.points[:, 0].round(3).tolist()
    [1.0, 0.9, 0.81]
    """
    begin = _numbers(start)
    if begin.ndim != 1 or not len(begin) or not np.isfinite(begin).all():
        raise InputError(f"start is a list of one or more finite numbers; got {quoted(start)}.")
    if len(begin) > MOST_PARAMETERS:
        raise InputError(f"start has {len(begin):,} parameters, and {MOST_PARAMETERS:,} are the most.")
    if not isinstance(updates, int | np.integer) or isinstance(updates, bool) or updates < 1:
        raise InputError(f"updates is a whole number of 1 or more; got {quoted(updates)}.")

    def value(point: Float64) -> float:
        return float(_shaped(function(point), (), "function gives one number"))

    def slope(point: Float64) -> Float64:
        return _shaped(gradient(point), begin.shape, "gradient gives one number a parameter")  # type: ignore[misc]

    found = central_differences(value) if gradient is None else slope
    return function_path(value, begin, as_recipe(recipe), int(updates), found)


def _numbers(start: Any) -> Float64:
    try:
        return np.atleast_1d(np.asarray(start, np.float64))
    except (TypeError, ValueError):
        raise InputError(f"start is a list of one or more finite numbers; got {quoted(start)}.") from None


def _shaped(given: Any, shape: tuple[int, ...], rule: str) -> Float64:
    """What the user's function gave, as numbers of the shape that is asked for."""
    try:
        found = np.asarray(given, np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{rule}; got {quoted(given)}.") from None
    if given is None or found.shape != shape:
        raise InputError(f"{rule}, of shape {shape}; got {quoted(given)} of shape {found.shape}.")
    return found
