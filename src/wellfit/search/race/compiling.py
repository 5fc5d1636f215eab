"""Compiling what a search may need before its clock starts: once for a machine and version."""

from __future__ import annotations

import functools
import hashlib
import inspect
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
from wellfit.numerics.sources import code_fingerprint, compiler_fingerprint, source_fingerprint
from wellfit.recipe import Recipe
from wellfit.search.race.portfolio import portfolio
from wellfit.search.race.proposals import Evolution, Proposer
from wellfit.search.race.race import Race
from wellfit.tables.arrays import View

ROWS = 400
SECOND = "wellfit.search.second_process"  # what the second process runs
_log = logging.getLogger(__name__)
_sources = functools.cache(source_fingerprint)  # reads every file: once a process


def compile_kernels(
    race: Race, recipes: Sequence[Recipe], proposer: Proposer, *, every: bool = False, n_jobs: int = 1
) -> float:
    """Load the portfolio's code; compile that of the whole space where it has never been. Returns seconds of compiling.

    What lies in the disk cache and only a proposal needs is loaded when the proposal comes.

    every: compile what is missing of the whole space, whether or not it seems to have been compiled (default False).
    n_jobs: with 2 or more a second process helps on the first search of a machine (default 1).
    """
    if not COMPILED:
        return 0.0
    before, started, kind = compile_seconds(), time.perf_counter(), race.population.run.target.kind
    compiled = _marker_file(recipes, proposer)
    cold = compiled is None or not compiled.exists()
    helped = cold and n_jobs > 1 and kernels_missing(portfolio(kind), Evolution(kind, True, True))
    with second_process([kind] if helped else []):
        compile_recipes(race, [*recipes, *proposer.examples()] if cold or every else recipes)
        load_loops()
    seconds = time.perf_counter() - started if helped else compile_seconds() - before
    if cold and compiled is not None:
        try:
            write_atomically(compiled, b"")
        except OSError as error:
            warn_unsaved(str(compiled.parent), error.strerror or str(error))
    return seconds


def load_loops() -> None:
    """Compile, or load, the loops that are not a recipe's own."""
    load_training()
    for loop in (step.predict, probe, evaluate_and_count):
        loop.for_precision("float32")


@contextmanager
def second_process(kinds: Sequence[str]) -> Iterator[None]:
    """Meanwhile another process compiles what searches for such targets may try, the last first, into the same cache.

    kinds: of `Target.kind`; none: there is no other process. It saves time and nothing else: what it has not compiled,
    and where it cannot be started, this process compiles.
    """
    helper, folder = None, cache_folder()
    shared = folder is not None and folder.name == compiler_fingerprint()  # and not this process's own
    python = Path(sys.executable or "").stem.lower().startswith("python")  # and not a program that embeds it
    if kinds and shared and python and not getattr(sys, "frozen", False):
        # It finds the libraries where this process has found them.
        paths = os.pathsep.join(path for path in sys.path if path and isinstance(path, str))
        command, nothing = [sys.executable, "-P", "-m", SECOND, *kinds], subprocess.DEVNULL
        try:
            environment = {**os.environ, "PYTHONPATH": paths}
            helper = subprocess.Popen(command, env=environment, stdin=nothing, stdout=nothing, stderr=nothing)
        except OSError as error:
            _log.info("No second process compiles: %s", error)
    try:
        yield
    finally:
        if helper is not None:
            helper.kill()  # what it is compiling is lost, and nothing else
            helper.wait()


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


def compile_recipes(race: Race, recipes: Sequence[Recipe]) -> None:
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
