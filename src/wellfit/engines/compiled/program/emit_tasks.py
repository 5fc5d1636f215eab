"""The operations of a network with several tasks: a head and a loss for each."""

from __future__ import annotations

from wellfit.engines.compiled.program.program import Program
from wellfit.engines.contract.losses import task_loss
from wellfit.tables.arrays import Task
from wellfit.techniques import layout as at
from wellfit.techniques.targets.loss import REPORTED_FACTOR
from wellfit.techniques.targets.tasks import KERNELS


def _emit_loss(program: Program, k: int, task: Task, z: int, gradient: int) -> None:
    loss = task_loss(program.recipe, task)
    chosen = KERNELS["multi_label" if task.kind == "binary" else loss.name]
    units = program.encoding.target_scale[slice(*task.outputs)]
    weight = program.recipe.tasks.weights.get(task.name, 1.0)
    where = program.setting(loss.parameter(), REPORTED_FACTOR.get(loss.name, 1.0), weight, *units)
    program.emit(
        at.LOSS_SEAM, chosen, input=z, output_gradient=gradient, width=task.outputs[1] - task.outputs[0],
        settings=where, input_2=task.columns[0], extra=at.TASK_SUMS + at.TASK_SIZE * k,
    )  # fmt: skip
