"""How a study trains: round after round of members, as many as the limits allow, on from checkpoints."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, TypeVar

from wellfit.engines.compiled.run.training_run import make_training_run, train_plans, train_run
from wellfit.engines.contract.budget import Budget
from wellfit.engines.contract.plan import Plan
from wellfit.engines.contract.start import start_to_plain
from wellfit.errors import InputError
from wellfit.files import write_atomically
from wellfit.numerics.kernel import compile_seconds
from wellfit.parsing import NONSENSE
from wellfit.reprs import counted, short_repr
from wellfit.studies.base.options import Settings
from wellfit.studies.base.table import StudyTable
from wellfit.tables.arrays import View
from wellfit.training import Population
from wellfit.training.checkpoint.plan_file import PLAN
from wellfit.training.checkpoint.run_folder import RunFolder, load_run

Result = TypeVar("Result")
STUDY_PLAN = "study-plan.json"
RUNNING = "running"  # how rounds have ended while they are trained
TRIED_UPDATES = 20  # of one network of each recipe, from which the cost is told


@dataclass(frozen=True)
class Round:
    """Members that are trained together and then measured. name: such as "seed 0". plans: of the members."""

    name: str
    plans: tuple[Plan, ...]

    __repr__ = short_repr


@dataclass(frozen=True)
class Rounds(Generic[Result]):
    """What was trained.

    results: what `measure` gave of each whole round, in order.
    planned: rounds. ended: "all rounds", "time limit", "budget" or "interrupted".
    core_seconds: about how much training all planned rounds take, as told before.
    """

    results: tuple[Result, ...]
    planned: int
    ended: str
    core_seconds: float

    __repr__ = short_repr

    @property
    def words(self) -> str:
        """How far it got, in a sentence; "" where all rounds were trained."""
        if len(self.results) == self.planned:
            return ""
        why = {"time limit": "The time limit", "budget": "The budget", "interrupted": "Ctrl-C"}[self.ended]
        return f"{why} ended the study after {len(self.results)} of {counted(self.planned, 'round')}."


def run_rounds(
    rounds: Sequence[Round], table: StudyTable, settings: Settings, measure: Callable[[Population], Result]
) -> Rounds[Result]:
    """Train the rounds in order, and measure each.

    The clock and the budget decide only how many whole rounds there are, at least one; a study with as many rounds has
    the same result to the bit. Compiling does not count as time.

    rounds: one or more.
    table: whose rows the plans' views number.
    settings: limits, threads, folder, observers.
    measure: of a trained round; its networks are dropped afterwards, unless it keeps them.

    Raises:
        InputError: a folder that holds another study, or plans that do not fit the table.
        KeyboardInterrupt: Ctrl-C before the first round was whole.
    """
    prints = None if settings.folder is None else fingerprints(rounds, table)
    if prints is not None:
        _check_folder(settings.folder, prints)
    start, compiled = time.monotonic(), compile_seconds()
    cost = core_seconds(rounds, table)
    start += compile_seconds() - compiled
    if prints is not None:
        _write_plan(settings.folder, prints, RUNNING)
    settings.announce(_told(rounds, cost, settings, time.monotonic() - start))
    longest, made = 0.0, 0
    results: list[Result] = []
    ended = "all rounds"
    for number, one in enumerate(rounds):
        made += sum(updates_of(plan) for plan in one.plans)
        if results and settings.seconds is not None and time.monotonic() - start + longest > settings.seconds:
            ended = "time limit"
            break
        if results and settings.budget is not None and made > settings.budget:
            ended = "budget"
            break
        began = time.monotonic()
        try:
            population = _trained(number, one, table, settings)
            if population.engine.interrupted:
                raise KeyboardInterrupt
            results.append(measure(population))
        except KeyboardInterrupt:  # while it trains, is saved or measured: the rounds before it are an answer
            if not results:
                raise
            ended = "interrupted"
            break
        longest = max(longest, time.monotonic() - began)
        settings.announce(f"Trained {one.name}, {number + 1} of {counted(len(rounds), 'round')}.")
    if prints is not None:
        _write_plan(settings.folder, prints, ended)
    return Rounds(tuple(results), len(rounds), ended, cost)


def _trained(number: int, one: Round, table: StudyTable, settings: Settings) -> Population:
    """A round trained to its end, or on from its checkpoints."""
    rows = table.rows
    folder = None if settings.folder is None else _folder_of(settings.folder, number)
    saver: RunFolder | None
    if folder is not None and (folder / PLAN).exists():
        run, saver = load_run(folder)[0], RunFolder(folder)
    else:
        run = make_training_run(one.plans, rows.arrays, rows.target, rows.weight, settings.probes)
        saver = None if folder is None else RunFolder.begin(folder, run, Budget(), table.schema)
    train_run(run, Budget(), settings.n_jobs, saver, settings.observers)
    return Population(run, table.schema)


def _folder_of(folder: Path, number: int) -> Path:
    return folder / f"round-{number:04d}"


def core_seconds(rounds: Sequence[Round], table: StudyTable) -> float:
    """About how long all rounds train, on one core: from the first updates of one network of each recipe.

    Compiles the kernels that are missing, which is not counted.
    """
    rows = table.rows
    plans = [plan for one in rounds for plan in one.plans]
    names = {id(plan.recipe): plan.recipe.to_json() for plan in {id(plan.recipe): plan for plan in plans}.values()}
    firsts: dict[str, Plan] = {}
    for plan in plans:
        firsts.setdefault(names[id(plan.recipe)], plan)
    known: dict[str, float] = {}
    for name, plan in firsts.items():
        tried = replace(plan, view=View(plan.view.training, plan.view.validation[:64]))
        for updates in (1, TRIED_UPDATES):  # the first one compiles
            run = train_plans([tried], rows.arrays, rows.target, rows.weight, budget=updates)
            if run.interrupted:
                raise KeyboardInterrupt
        known[name] = run.members[0].seconds_per_update
    return sum(known[names[id(plan.recipe)]] * updates_of(plan) for plan in plans)


def updates_of(plan: Plan) -> int:
    """Updates of a plan's run, at the most, by its epochs."""
    rows = len(plan.view.training)
    batch = rows if plan.recipe.batch_size == "all" else min(plan.recipe.batch_size, rows)
    return plan.recipe.epochs * max(-(-rows // batch), 1)


def _told(rounds: Sequence[Round], cost: float, settings: Settings, spent: float) -> str:
    """What is to be trained, and how much of it a limit leaves. spent: seconds of the limit that have passed."""
    networks = sum(len(one.plans) for one in rounds)
    wall = cost / min(settings.n_jobs, max(len(one.plans) for one in rounds))
    limit = ""
    if settings.seconds is not None and wall > settings.seconds - spent:
        fit = int((settings.seconds - spent) / wall * len(rounds))
        limit = " What is left of the time limit leaves no room for a whole round: one is trained all the same."
        if fit > 0:
            limit = f" What is left of the time limit leaves room for about {fit} of the {len(rounds)} rounds."
    return (
        f"{counted(networks, 'network')} in {counted(len(rounds), 'round')}: about {_seconds(cost)} of one core, "
        f"{_seconds(wall)} on {counted(settings.n_jobs, 'core')}.{limit}"
    )


def _seconds(seconds: float) -> str:
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _write_plan(folder: Path | None, prints: list[str], ended: str) -> None:
    """Say what the folder is for, and how the rounds ended.

    Raises:
        InputError: it cannot be written.
    """
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / STUDY_PLAN, json.dumps({"rounds": prints, "ended": ended}).encode())
    except OSError as error:
        raise InputError(f"The folder {str(folder)!r} cannot be used: {error.strerror or error}.") from None


def _check_folder(folder: Path | None, prints: list[str]) -> None:
    """Refuse a folder that is for another study. One with more or fewer of the same rounds is gone on with."""
    if folder is None or not (folder / STUDY_PLAN).exists():
        return
    try:
        plan = json.loads((folder / STUDY_PLAN).read_bytes())
    except OSError as error:
        raise InputError(f"The folder {str(folder)!r} cannot be used: {error.strerror or error}.") from None
    except ValueError:
        plan = None
    found = plan.get("rounds") if isinstance(plan, dict) else None
    if not isinstance(found, list) or any(one != other for one, other in zip(found, prints, strict=False)):
        raise InputError(
            f"The folder {str(folder)!r} holds another study, or one of another table: choose another folder."
        )


def was_interrupted(folder: Path) -> bool:
    """Whether a study that trained into the folder, or into folders inside it, did not come to an end of its own."""
    for file in folder.rglob(STUDY_PLAN):
        try:
            if json.loads(file.read_bytes())["ended"] in (RUNNING, "interrupted"):
                return True
        except (OSError, *NONSENSE):
            return True
    return False


def fingerprints(rounds: Sequence[Round], table: StudyTable) -> list[str]:
    """A hash of what each round trains on what."""
    rows = table.rows.fingerprint().encode()
    return [_fingerprint(one, rows) for one in rounds]


def _fingerprint(one: Round, rows: bytes) -> str:
    digest = hashlib.sha256(rows)
    digest.update(one.name.encode())
    for plan in one.plans:
        digest.update(f"{plan.recipe.to_json()} {plan.seed} {plan.view.name}".encode())
        digest.update(b"" if plan.view.weight is None else plan.view.weight.tobytes())
        for part in (plan.view.training, plan.view.validation, plan.view.test):
            digest.update(part.tobytes())
        if plan.start is not None:
            plain, arrays = start_to_plain(plan.start)
            digest.update(json.dumps(plain, sort_keys=True, default=str).encode())
            for name, array in arrays.items():
                digest.update(name.encode() + array.tobytes())
    return digest.hexdigest()
