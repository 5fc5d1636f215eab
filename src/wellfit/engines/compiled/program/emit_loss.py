"""The operations of the data loss."""

from __future__ import annotations

from wellfit.engines.compiled.program.program import Program
from wellfit.engines.contract.losses import resolve_loss
from wellfit.techniques import layout as at
from wellfit.techniques.targets.loss import BINARY_KERNEL, REPORTED_FACTOR
from wellfit.techniques.targets.loss_kernels import soft_cross_entropy


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
