"""The training step as text: what each of its lines writes and reads, taken from the code."""

from __future__ import annotations

import ast
import inspect
from typing import NamedTuple

from wellfit.engines.compiled.step import step
from wellfit.techniques import layout as at

# The seams that the parts of a line run, where it calls a helper and not a seam; None: a part that has none.
SEAMS_OF_HELPERS: dict[str, tuple[int | None, ...]] = {
    "gather": (None,),
    "perturb": (at.PERTURB_SEAM,),
    "differentiate": (at.FORWARD_SEAM, at.LOSS_SEAM, None),
    "attack": (at.ATTACK_SEAM, None),
    "keep_statistics": (None,),
}


class StepLine(NamedTuple):
    """One part of a line of the step.

    text: what it writes and reads, such as "g <- clip(g)". seam: one of `wellfit.techniques.layout`, whose operations
    it runs, or None. code: of the whole line. part: its number among those of the line.
    """

    text: str
    seam: int | None
    code: str
    part: int


def step_lines() -> list[StepLine]:
    """The lines of the step that say what they write and read, in order."""
    source = inspect.getsource(step.step)
    body = ast.parse(source).body[0]
    lines, found = source.splitlines(), []
    for statement in body.body if isinstance(body, ast.FunctionDef) else []:
        code, mark, comment = lines[statement.lineno - 1].partition("  # ")
        if mark:
            seams = _seams(statement)
            found += [StepLine(text, seams[part], code, part) for part, text in enumerate(comment.split("; "))]
    return found


def _seams(statement: ast.stmt) -> tuple[int | None, ...]:
    """The seams that a line's call runs, part by part."""
    call = next(node for node in ast.walk(statement) if isinstance(node, ast.Call))
    named = [node.id for node in call.args if isinstance(node, ast.Name) and node.id.endswith("_SEAM")]
    return (getattr(at, named[0]),) if named else SEAMS_OF_HELPERS[ast.unparse(call.func)]
