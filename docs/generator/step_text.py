"""The training step as text, taken from the lines of the code and what stands behind them."""

from __future__ import annotations

from typing import NamedTuple

from wellfit.engines.compiled.step import text
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
    found = []
    for line in text.step_lines():
        seams = next(seams for word, seams in SEAMS_OF_LINES.items() if word in line.code)
        found.append(Line(line.text, seams[line.part] if line.part < len(seams) else ()))
    return found


def step_text(behind: dict[Seam, str]) -> str:
    """The step, a line each, aligned. behind: what is written behind the lines of a seam."""
    rows = [(*line.text.split(" <- "), "; ".join(filter(None, map(behind.get, line.seams)))) for line in step_lines()]
    left, right = (max(len(row[k]) for row in rows) for k in (0, 1))
    return "\n".join(f"{a:<{left}} <- {b:<{right}}  {note}".rstrip() for a, b, note in rows)
