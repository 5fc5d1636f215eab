"""From a recipe to its program: the layer plan's nodes and the recipe's techniques put their operations in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from wellfit.engines.compiled.program.program import Program
from wellfit.engines.contract.layers import ENCODED, OUTPUT, Node, layer_plan
from wellfit.engines.contract.losses import check_names, resolve_loss, task_loss
from wellfit.engines.contract.segments import Segment, make_segments
from wellfit.recipe import Recipe
from wellfit.recipe.combinations import techniques_of
from wellfit.tables.arrays import TargetKind
from wellfit.tables.encoding import Encoding
from wellfit.techniques import layout as at
from wellfit.techniques.network import linear
from wellfit.techniques.operations import NOWHERE, Wire
from wellfit.techniques.rows import scaling
from wellfit.techniques.update.update import COEFFICIENTS


def compile_program(
    recipe: Recipe, encoding: Encoding, kind: TargetKind, outputs: int, capacity: int, precision: str = "float32",
    waits: Mapping[str, int] | None = None, update: int = 0,
) -> Program:  # fmt: skip
    """The program of a recipe for batches of up to `capacity` rows.

    waits: the first update of layers that train later than from the start; before it, as `update` tells, their program
    is that of frozen layers.
    """
    program = Program(recipe, encoding, kind, outputs, capacity, precision)
    program.plan = layer_plan(recipe, encoding.sizes, outputs, encoding.tasks)
    segments, program.trained, program.parameter_count = make_segments(recipe, program.plan)
    program.segments = [_waiting(segment, (waits or {}).get(segment.layer, 0), update) for segment in segments]
    _reserve(program)
    program.inputs = scaling.encode(program)
    _put_network(program)
    for technique in techniques_of(recipe):
        program.technique = technique.family
        technique.operations(program)
    _put_losses(program)
    return program


def _waiting(segment: Segment, first: int, update: int) -> Segment:
    return replace(segment, waits=first, rate=segment.rate if update >= first else 0.0)


def target_columns(kind: TargetKind, outputs: int, encoding: Encoding) -> int:
    """Columns of a target's values."""
    if kind == "tasks":
        return encoding.tasks[-1].columns[1]
    return 1 if kind in ("binary", "classes") else outputs


def _reserve(program: Program) -> None:
    """What every program has: the batch's targets and weights, the optimiser's slots and coefficients."""
    recipe, clock = program.recipe, program.clock
    program.slots = recipe.optimizer.slot_count()
    clock[[at.TRAINED, at.PARAMETER_COUNT]] = program.trained, program.trained
    clock[at.TARGET_COLUMNS] = target_columns(program.kind, program.outputs, program.encoding)
    clock[at.TARGETS] = program.buffer(int(clock[at.TARGET_COLUMNS]))
    clock[at.WEIGHTS] = program.buffer(1)
    program.optimizer_settings = program.setting(*([0.0] * COEFFICIENTS))


def _put_network(program: Program) -> None:
    """The forward pass, node by node; each node puts its backward operation beside."""
    plan, encoding = program.plan, program.encoding
    entering = plan.width(plan.entering)
    program.scratch = program.buffer(
        max([entering, *(plan.width(x) for n in plan.of_kind("linear") for x in n.inputs)])
    )
    wanted = any(technique.needs_input_gradient() for technique in techniques_of(program.recipe))
    program.entering_gradient = program.buffer(entering) if wanted or program.trains("input") else NOWHERE
    embedded = bool(plan.of_kind("embed"))
    if wanted:
        program.input_gradient = program.buffer(encoding.width) if embedded else program.entering_gradient
    gradient = program.input_gradient if embedded else program.entering_gradient
    program.wires[ENCODED] = Wire(program.inputs, gradient, encoding.width)
    for node in plan.nodes:
        put_node(program, node)
    program.output = program.wire(OUTPUT).value


def put_node(program: Program, node: Node) -> None:
    """The operations of one node."""
    program.technique = "" if node.technique is None else node.technique.family
    if node.technique is None:
        linear.SKELETON[node.kind](program, node)
    else:
        node.technique.forward(program, node)


def _put_losses(program: Program) -> None:
    """The data loss, or that of each task, of the raw outputs."""
    recipe, program.technique = program.recipe, "loss"
    if program.kind != "tasks":
        resolve_loss(recipe, program.kind).put(program, program.wire(OUTPUT))
        return
    check_names(recipe, program.encoding.tasks)
    for k, task in enumerate(program.encoding.tasks):
        recipe.tasks.put(program, k, task, task_loss(recipe, task), program.wire(f"{OUTPUT}.{k}"))
