"""What a recipe's training step does, as plain data: its operations seam by seam, with shapes and counts.

It is read off the program itself: the operations that techniques put there, the layer plan, the parameters' segments.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from wellfit.engines.compiled.program.compiling import compile_program
from wellfit.engines.compiled.program.program import Program
from wellfit.engines.compiled.step.text import step_lines
from wellfit.engines.contract.cost import prediction_cost
from wellfit.engines.contract.layers import Node
from wellfit.engines.contract.losses import resolve_loss, task_loss
from wellfit.engines.contract.network import Network
from wellfit.engines.contract.segments import Segment
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Arrays, Target, TargetKind
from wellfit.tables.encoding import fit_encoding
from wellfit.techniques import layout as at
from wellfit.techniques.base import REGISTRY
from wellfit.techniques.operations import Operation

EXAMPLE_ROWS, EXAMPLE_NUMBERS, EXAMPLE_IMAGE, EXAMPLE_CLASSES = 1000, 8, (28, 28, 1), ("a", "b", "c")
BYTES = 4  # of a float32
NAMED = 2  # arrays


@dataclass(frozen=True)
class Row:
    """One operation of the step.

    acts_on: the node of the layer plan, the part of the parameters, or what of the batch it changes. technique: in
    words; of what every network has the operation's own name, or "".
    reads, writes: columns of each row; None where it works on parameters alone. parameters: name and shape of the
    arrays that it uses. count: how many numbers these hold, those of another layer that it is tied to left out.
    """

    acts_on: str
    technique: str
    reads: tuple[int, ...] | None
    writes: int | None
    parameters: tuple[tuple[str, tuple[int, ...]], ...]
    count: int


@dataclass(frozen=True)
class Explanation:
    """A recipe's step. step: each line of the step's text, with its operations in their order.

    batch: rows of a mini-batch. encoded: columns of the encoded input. trained, frozen, statistics: parameters of each
    kind. state: numbers that the optimiser and others keep beside them. workspace: bytes of a mini-batch's buffers.
    cost: of predicting a row, as multiply-adds (`wellfit.engines.contract.cost`).
    """

    step: tuple[tuple[str, tuple[Row, ...]], ...]
    kind: TargetKind
    batch: int
    encoded: int
    outputs: int
    trained: int
    frozen: int
    statistics: int
    state: int
    workspace: int
    cost: float


def explain(recipe: Recipe, arrays: Arrays, target: Target) -> Explanation:
    """The step of a recipe on a table, all of whose rows are training rows."""
    rows = np.arange(arrays.rows)
    encoding = fit_encoding(arrays, target, rows, np.ones(len(rows)), recipe)
    batch = len(rows) if recipe.batch_size == "all" else min(recipe.batch_size, len(rows))
    program = compile_program(recipe, encoding, target.kind, target.outputs, batch)
    nothing = np.zeros(program.parameter_count, np.float32)
    sizes = {True: 0, False: 0}
    for segment in program.segments:
        if segment.role != "statistic":
            sizes[segment.frozen] += math.prod(segment.shape)
    return Explanation(
        step=tuple((line.text, tuple(_rows(program, line.seam))) for line in step_lines()),
        kind=target.kind,
        batch=batch,
        encoded=encoding.width,
        outputs=target.outputs,
        trained=sizes[False],
        frozen=sizes[True],
        statistics=sum(math.prod(s.shape) for s in program.segments if s.role == "statistic"),
        state=program.slots * program.trained,
        workspace=program.work_size * BYTES,
        cost=prediction_cost(Network(recipe, encoding, target.kind, target.outputs, nothing)),
    )


def example(recipe: Recipe) -> tuple[Arrays, Target, str]:
    """A small table of the kind that a recipe is for, with its target, and what it is in words."""
    kind: TargetKind = "classes" if recipe.loss.name == "auto" else recipe.loss.kinds[0]
    labels = {"classes": EXAMPLE_CLASSES, "labels": EXAMPLE_CLASSES, "binary": ("no", "yes")}.get(kind, ("y",))
    image = EXAMPLE_IMAGE if recipe.augmentation.on() else None
    columns = EXAMPLE_NUMBERS if image is None else math.prod(image)
    numbers = np.random.default_rng(0).normal(size=(EXAMPLE_ROWS, columns)).astype(np.float32)
    arrays = Arrays(numbers, np.zeros((EXAMPLE_ROWS, 0), np.int32), image=image)
    values = np.arange(EXAMPLE_ROWS)[:, None] % (len(labels) if kind == "classes" else 2)
    values = np.repeat(values, len(labels), axis=1) if kind == "labels" else values
    rows = f"{EXAMPLE_NUMBERS} numbers" if image is None else f"images of {' x '.join(map(str, image))}"
    words = {"classes": "3 classes", "labels": "3 labels", "binary": "2 classes", "counts": "a count"}
    description = f"{EXAMPLE_ROWS:,} rows of {rows}, predicting {words.get(kind, 'a number')}"
    return arrays, Target(kind, values.astype(np.float32), labels), description


def _rows(program: Program, seam: int | None) -> Iterator[Row]:
    """The operations at a seam; those of one node of the layer plan are one."""
    if seam == at.FORWARD_SEAM:
        yield from (_of_node(program, node) for node in program.plan.nodes)
    elif seam is not None:
        for operation in program.at_seam(seam):
            yield _of_operation(program, operation)


def _of_node(program: Program, node: Node) -> Row:
    segments = [program.segment(name) for name in node.arrays.values()]
    own = {part.name for part in node.parts}
    name = "" if node.technique is None else getattr(node.technique, "name", node.technique.family)
    reads = tuple(program.plan.width(other) for other in node.inputs)
    return Row(node.name, name, reads, node.width, _shapes(segments), _count([s for s in segments if s.name in own]))


def _of_operation(program: Program, operation: Operation) -> Row:
    name = label(operation.technique, getattr(program.recipe, operation.technique, None))
    name = name or operation.kernel.function.__name__.replace("_", " ")
    if operation.seam in (at.ENCODE_SEAM, at.AUGMENT_SEAM, at.TARGET_SEAM, at.LOSS_SEAM, at.ATTACK_SEAM):
        return _of_rows(program, operation, name)
    segments = touched(program, operation)
    shapes = _shapes(segments) if len(segments) == 1 else ()
    return Row(_in_words(program, segments), name, None, None, shapes, _count(segments))


def _of_rows(program: Program, operation: Operation, name: str) -> Row:
    """An operation on the rows of the batch: their raw columns, inputs, targets or outputs."""
    places = operation.places
    if operation.seam == at.ENCODE_SEAM and "output" in places:
        reads = places["numbers"] if "numbers" in places else places["columns"]
        writes = sum(program.encoding.units) if "codes" in places else places.get("count", reads)
        return Row("x", name, (reads,), writes, (), 0)
    if operation.seam == at.LOSS_SEAM:
        return Row(operation.layer or "z", f"loss {_loss(program, operation)}", (places["width"],), 1, (), 0)
    changed = [symbol for symbol, used in (("x", {"inputs", "images"}), ("y", {"targets"})) if used & set(places)]
    if changed == ["y"]:
        before = places.get("columns", int(program.clock[at.TARGET_COLUMNS]))
        after = places["classes"] if "output" in places else before
        return Row("y", name, (before,), after, (), 0)
    return Row(", ".join(changed), name, (program.encoding.width,), program.encoding.width, (), 0)


def _loss(program: Program, operation: Operation) -> str:
    """The name of the loss, or of a head's."""
    tasks = program.encoding.tasks
    if not tasks:
        return str(resolve_loss(program.recipe, program.kind).name)
    return str(task_loss(program.recipe, tasks[int(operation.layer.rpartition(".")[2])]).name)


def touched(program: Program, operation: Operation) -> list[Segment]:
    """The trained arrays that an operation on parameters or their gradient works on."""
    trained = [s for s in program.segments if s.role != "statistic" and not s.frozen]
    places, layer = operation.places, operation.layer
    if "begin" in places and "end" in places:
        return [s for s in trained if places["begin"] <= s.begin < places["end"]]
    named = [s for s in trained if layer in (s.name, s.layer)] or trained
    weights_alone = getattr(getattr(program.recipe, operation.technique, None), "biases", None) is False
    return [s for s in named if s.role == "weight"] if weights_alone else named


def label(family: str, chosen: object) -> str:
    """A technique in words: its family, and its name where the family has several."""
    name = getattr(chosen, "name", "")
    return f"{family} {name}" if name and len(REGISTRY.get(family, ())) > 1 else family


def _in_words(program: Program, segments: list[Segment]) -> str:
    """Arrays by what they are: all, all weights, all others, or the first few by name."""
    names = {s.name for s in segments}
    trained = [s for s in program.segments if s.role != "statistic" and not s.frozen]
    weights = {s.name for s in trained if s.role == "weight"}
    for words, what in (("all", {s.name for s in trained}), ("weights", weights)):
        if names == what:
            return words
    if names == {s.name for s in trained} - weights:
        return "all but weights"
    first = ", ".join(s.name for s in segments[:NAMED])
    return first if len(segments) <= NAMED else f"{first} and {len(segments) - NAMED} more"


def _shapes(segments: list[Segment]) -> tuple[tuple[str, tuple[int, ...]], ...]:
    return tuple((s.name, s.shape) for s in segments)


def _count(segments: list[Segment]) -> int:
    return sum(math.prod(s.shape) for s in segments)
