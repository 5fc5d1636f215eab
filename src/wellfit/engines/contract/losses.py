"""Which loss a recipe has for a target, or for each of several tasks."""

from __future__ import annotations

from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.tables.arrays import TargetKind, Task
from wellfit.techniques.base import REGISTRY
from wellfit.techniques.targets.loss import Loss


def resolve_loss(recipe: Recipe, kind: TargetKind) -> Loss:
    """The loss of a recipe for a kind of target.

    Raises:
        InputError: the loss does not suit the target.
    """
    name = recipe.loss.name
    if kind == "tasks":
        return REGISTRY["loss"]["auto"]()  # type: ignore[return-value] # each task has its own
    if kind == "counts" and getattr(recipe.stopping, "relative", False):
        raise InputError(
            f"The stopping rule {recipe.stopping.name!r} divides by losses, and that of counts may be negative: "
            'use "patience", or "rising_strips" with least_progress = 0.'
        )
    if name == "auto":
        automatic = {"numbers": "squared", "counts": "poisson", "labels": "multi_label"}
        return REGISTRY["loss"][automatic.get(kind, "cross_entropy")]()  # type: ignore[return-value]
    if kind not in recipe.loss.kinds:
        fits = ", ".join(n for n, cls in REGISTRY["loss"].items() if kind in cls.kinds)  # type: ignore[attr-defined]
        raise InputError(f"The loss {name!r} does not suit a target of kind {kind!r}; these do: {fits}.")
    return recipe.loss  # type: ignore[no-any-return]


def task_loss(recipe: Recipe, task: Task) -> Loss:
    """The loss of a task: its own, or that of its kind.

    Raises:
        InputError: the loss does not suit the task's target.
    """
    own = recipe.tasks.losses.get(task.name, recipe.loss)
    try:
        return resolve_loss(recipe.model_copy(update={"loss": own}), task.kind)
    except InputError as error:
        raise InputError(f"Task {task.name!r}: {error}") from None


def check_names(recipe: Recipe, tasks: tuple[Task, ...]) -> None:
    """InputError for weights or losses of a task that there is not, or where no task has any weight."""
    names = [task.name for task in tasks]
    for slot, given in (("weights", recipe.tasks.weights), ("losses", recipe.tasks.losses)):
        for name in given:
            if name not in names:
                raise InputError(f"tasks.{slot} names the task {name!r}, and the tasks are: {', '.join(names)}.")
    if all(recipe.tasks.weights.get(name, 1.0) == 0 for name in names):
        raise InputError("tasks.weights is 0 for every task, so that nothing would train: give one a weight above 0.")
    if recipe.loss.name != "auto":
        raise InputError(
            f"The loss {recipe.loss.name!r} would be that of every task: give losses by task, tasks.losses, instead."
        )
