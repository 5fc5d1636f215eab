"""The operations of the data loss."""

from __future__ import annotations

from wellfit.engines.compiled.program.program import Program
from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.tables.arrays import TargetKind
from wellfit.techniques import layout as at
from wellfit.techniques.base import REGISTRY
from wellfit.techniques.targets.loss import BINARY_KERNEL, REPORTED_FACTOR, Loss
from wellfit.techniques.targets.loss_kernels import soft_cross_entropy


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


def emit_loss(program: Program, z: int, gradient: int) -> None:
    """The data loss of the raw outputs at z, and its gradient."""
    loss = resolve_loss(program.recipe, program.kind)
    chosen = BINARY_KERNEL if program.kind == "binary" else loss.kernel
    units = program.encoding.target_scale
    where = program.setting(loss.parameter(), REPORTED_FACTOR.get(loss.name, 1.0), *units)
    common = {"input": z, "output_gradient": gradient, "width": program.outputs, "settings": where}
    if program.soft_targets >= 0:
        program.emit(at.LOSS_SEAM, soft_cross_entropy, input_2=program.soft_targets, **common)
    else:
        program.emit(at.LOSS_SEAM, chosen, **common)
