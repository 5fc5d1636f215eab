"""Compiling what a search may need before its clock starts: once for a machine and version."""

from __future__ import annotations

import functools
import hashlib
import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from wellfit.engines.compiled.measure.probes.reading import probe
from wellfit.engines.compiled.measure.probes.units import evaluate_and_count
from wellfit.engines.compiled.program.compiling import compile_program
from wellfit.engines.compiled.run.member_setup import batch_of
from wellfit.engines.compiled.run.workers import load_training
from wellfit.engines.compiled.step import step
from wellfit.engines.contract.plan import Plan
from wellfit.engines.numpy.prepared_view import prepare_views
from wellfit.errors import InputError
from wellfit.files import write_atomically
from wellfit.numerics.cache import warn_unsaved
from wellfit.numerics.cache_folder import cache_folder
from wellfit.numerics.kernel import COMPILED, compile_seconds
from wellfit.numerics.sources import code_fingerprint, source_fingerprint
from wellfit.recipe import Recipe
from wellfit.search.race.proposals import Proposer
from wellfit.search.race.race import Race
from wellfit.tables.arrays import View

ROWS = 400
_sources = functools.cache(source_fingerprint)  # reads every file: once a process


def compile_kernels(race: Race, recipes: Sequence[Recipe], proposer: Proposer, *, every: bool = False) -> float:
    """Load the portfolio's code; compile that of the whole space where it has never been. Returns seconds of compiling.

    What lies in the disk cache and only a proposal needs is loaded when the proposal comes.

    every: compile what is missing of the whole space, whether or not it seems to have been compiled (default False).
    """
    if not COMPILED:
        return 0.0
    before = compile_seconds()
    compiled = _marker_file(recipes, proposer)
    cold = compiled is None or not compiled.exists()
    _compile(race, [*recipes, *proposer.examples()] if cold or every else recipes)
    load_training()
    for loop in (step.predict, probe, evaluate_and_count):
        loop.for_precision("float32")
    if cold and compiled is not None:
        try:
            write_atomically(compiled, b"")
        except OSError as error:
            warn_unsaved(str(compiled.parent), error.strerror or str(error))
    return compile_seconds() - before


def kernels_missing(recipes: Sequence[Recipe], proposer: Proposer) -> bool:
    """Whether some of what a search may need has never been compiled here."""
    compiled = _marker_file(recipes, proposer)
    return COMPILED and (compiled is None or not compiled.exists())


def _marker_file(recipes: Sequence[Recipe], proposer: Proposer) -> Path | None:
    """The empty file that says that the kernels of these recipes and of the proposer's space lie in the cache."""
    folder = cache_folder()
    source = inspect.getsourcefile(type(proposer))
    space = code_fingerprint([Path(source)]) if source else ""
    names = "".join(recipe.to_json() for recipe in recipes)
    key = hashlib.sha256((_sources() + names + space).encode()).hexdigest()[:20]
    return None if folder is None else folder / f"search-{key}"


def _compile(race: Race, recipes: Sequence[Recipe]) -> None:
    """Lower each recipe's program for a few rows, which compiles or loads its kernels."""
    p, every = race.population.run, race.partitions.rows
    rows = every[np.sort(np.random.default_rng(0).permutation(len(every))[:ROWS])]
    few = View(rows[: len(rows) // 2 + 1], rows[len(rows) // 2 + 1 :])
    known: dict[Any, Any] = {}
    for recipe in recipes:
        try:
            view = prepare_views([Plan(recipe, few, 0)], p.arrays, p.target, p.weight, known)[0]
            size = batch_of(recipe, ROWS)[1]
            program = compile_program(recipe, view.encoding, p.target.kind, p.target.outputs, size)
            program.lowered()  # asks for the address of each kernel, which is when it is compiled
        except InputError:  # it does not suit the data, or so few rows do not vary: compiled when needed
            continue
