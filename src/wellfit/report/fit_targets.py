"""Sections of a fit's report for each of several targets, in turn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from wellfit.errors import clean
from wellfit.figures import Figure
from wellfit.report.content import Block, Note
from wellfit.report.lacking import lacking
from wellfit.report.saved_fit import SavedFit


def of_each_target(fit: SavedFit, blocks: Callable[[SavedFit], list[Block]], part: str) -> list[Block]:
    """The blocks of a section; of several targets those of each, in turn. part: that each target has, or lacks."""
    targets = fit.evidence.get("targets")
    if not fit.several:
        return blocks(fit)
    if not targets:
        return lacking(fit, part if part in (fit.evidence.get("left_out") or {}) else "targets", "")
    found: list[Block] = []
    for one in targets:
        own = blocks(replace(fit, evidence={**fit.evidence, **one}))
        found.append(Note("plain", f"Target {clean(one['name'])}", "", tuple(_of(one["name"], block) for block in own)))
    return found


def _of(target: str, block: Block) -> Block:
    """A figure under a name of its own: each target has one of a kind."""
    return block.of(target) if isinstance(block, Figure) else block
