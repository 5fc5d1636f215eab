"""The training step as text, taken from the lines of the code and what stands behind them."""

from __future__ import annotations

import ast
import inspect
from itertools import zip_longest
from typing import NamedTuple

from wellfit.engines.compiled.step import step
from wellfit.techniques.base import Seam

# Which seams of the indexes a line of the step runs, by what it calls: those of each of its parts.
SEAMS_OF_LINES: dict[str, list[tuple[Seam, ...]]] = {
    "gather": [("rows",)],
    "ENCODE_SEAM": [],
    "AUGMENT_SEAM": [("encode and augment",)],
    "TARGET_SEAM": [("targets",)],
    "perturb": [("perturb",)],
    "differentiate": [("forward",), ("loss",)],
    "attack": [("adversarial",)],
    "PENALTY_SEAM": [("penalty gradient",)],
    "keep_statistics": [],
    "CLIP_SEAM": [("clip",)],
    "UPDATE_SEAM": [("optimizer", "update")],
    "CONSTRAIN_SEAM": [("constrain",)],
    "AVERAGE_SEAM": [("average",)],
}


class Line(NamedTuple):
    """One line of the step: what it writes and reads, and the seams of the indexes that it runs."""

    text: str
    seams: tuple[Seam, ...]


def step_lines() -> list[Line]:
    """The lines of the step that say what they write and read, in order."""
    source = inspect.getsource(step.step)
    body = ast.parse(source).body[0]
    assert isinstance(body, ast.FunctionDef)
    lines = source.splitlines()
    found = []
    for statement in body.body:
        code, mark, text = lines[statement.lineno - 1].partition("  # ")
        if mark:
            seams = next(seams for word, seams in SEAMS_OF_LINES.items() if word in code)
            found += [Line(*pair) for pair in zip_longest(text.split("; "), seams, fillvalue=())]
    return found


def step_text(behind: dict[Seam, str]) -> str:
    """The step, a line each, aligned. behind: what is written behind the lines of a seam."""
    rows = [(*line.text.split(" <- "), "; ".join(filter(None, map(behind.get, line.seams)))) for line in step_lines()]
    left, right = (max(len(row[k]) for row in rows) for k in (0, 1))
    return "\n".join(f"{a:<{left}} <- {b:<{right}}  {note}".rstrip() for a, b, note in rows)
