"""The operations of a network with several tasks: a head and a loss for each."""

from __future__ import annotations

from wellfit.engines.compiled.program.emit_network import emit_linear
from wellfit.engines.compiled.program.program import Program
from wellfit.engines.contract.losses import check_names, task_loss
from wellfit.tables.arrays import Task
from wellfit.techniques import layout as at
from wellfit.techniques.network import linear
from wellfit.techniques.targets.loss import REPORTED_FACTOR
from wellfit.techniques.targets.tasks import KERNELS


def emit_heads(program: Program, h: int, gradient: int, scratch: int) -> int:
    """Each task's head on the last hidden layer at h, and its loss. Returns where all outputs lie, side by side."""
    tasks, outputs = program.encoding.tasks, []
    check_names(program.recipe, tasks)
    for k, task in enumerate(tasks):
        # On the way back the last head comes first: it writes the gradient by h, the others add theirs.
        adds = k < len(tasks) - 1
        z, z_gradient = _emit_head(program, k, h, gradient, scratch, adds)
        _emit_loss(program, k, task, z, z_gradient)
        outputs.append((z, task.outputs[1] - task.outputs[0]))
    return _side_by_side(program, outputs)


def _emit_head(program: Program, k: int, h: int, gradient: int, scratch: int, adds: bool) -> tuple[int, int]:
    recipe, activation = program.recipe, program.recipe.tasks.activation
    for j, units in enumerate(recipe.tasks.hidden):
        name = f"output.{k}.hidden{j}"
        z, y = program.buffer(units), program.buffer(units)
        z_gradient = program.buffer(units) if gradient >= 0 or program.trains("output") else -1
        weight, bias = program.segment(f"{name}.weight"), program.segment(f"{name}.bias")
        emit_linear(program, h, z, gradient, z_gradient, weight, bias, scratch, adds)
        forward, backward = activation.kernels()
        program.emit(
            at.FORWARD_SEAM, forward, backward if z_gradient >= 0 else None, input=z, output=y,
            output_gradient=z_gradient, width_in=units, width=units, settings=program.setting(activation.parameter()),
        )  # fmt: skip
        h, gradient, adds = y, z_gradient, False
    weight, bias = program.segment(f"output.{k}.weight"), program.segment(f"output.{k}.bias")
    z, z_gradient = program.buffer(weight.shape[1]), program.buffer(weight.shape[1])
    emit_linear(program, h, z, gradient, z_gradient, weight, bias, scratch, adds)
    return z, z_gradient


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


def _side_by_side(program: Program, parts: list[tuple[int, int]]) -> int:
    """The heads' outputs in one buffer (rows, outputs), for predictions."""
    z, width = parts[0]
    for other, more in parts[1:]:
        y = program.buffer(width + more)
        program.emit(
            at.FORWARD_SEAM, linear.join_forward, input=z, input_2=other, output=y, width_in=width, width_2=more,
            width=width + more,
        )  # fmt: skip
        z, width = y, width + more
    return z
