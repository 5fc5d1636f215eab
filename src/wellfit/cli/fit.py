"""`wellfit fit`: read, say what was understood, train a bag over folds, measure, save."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from wellfit.arrays import View
from wellfit.cli.amounts import notes_of
from wellfit.cli.machine import available_cores
from wellfit.cli.measure import Measured, measure
from wellfit.cli.output import make_folder, refuse_earlier_result, result_table, write_results
from wellfit.cli.pictures import prepare_images
from wellfit.cli.prepare import Part, Prepared, prepare
from wellfit.cli.progress import training_display
from wellfit.cli.screen import clock, describe_target, say, show_columns, show_scores
from wellfit.data import Schema, bootstrap, k_fold, read_table
from wellfit.data.images import image_of
from wellfit.engine.budget import parse_seconds
from wellfit.engine.member import Plan
from wellfit.engine.population import Population, train_population
from wellfit.engine.start import Start
from wellfit.ensemble import bag, snapshot_notes
from wellfit.errors import InputError
from wellfit.model import Average, Model
from wellfit.model.averaging import check_average
from wellfit.numerics.cache import is_cold
from wellfit.recipe import Recipe, as_recipe
from wellfit.refitting import as_refit, check_way, refit
from wellfit.techniques.refit import NoRefit
from wellfit.training import Population as Trained
from wellfit.transfer import Transfer, start_of

LEAST_TRAINING_SECONDS = 1.0
FOLDS = 5
TABLE_ENDINGS = (".gz", ".csv", ".tsv", ".txt", ".parquet", ".pq", ".idx3-ubyte")


@dataclass(frozen=True)
class FitOptions:
    """The options of `wellfit fit`, as given."""

    table: str
    target: str
    recipe: Path | None
    folds: int | None
    bootstrap: int | None
    seeds: int
    average: str
    refit: str
    time: str | None
    seed: int
    task: str | None
    drop: tuple[str, ...]
    kind: tuple[str, ...]
    weight: str | None
    group: str | None
    test: str | None
    test_target: str | None
    jobs: int | None
    out: Path | None
    overwrite: bool
    start_from: Path | None = None
    layers: int | None = None
    budget: int | None = None
    metric: str | None = None
    replay: Path | None = None
    resume: bool = False
    small: bool = False


class Job:
    """One run of the command: what was asked for, the screen, the clock, and what there is to remember."""

    def __init__(self, options: FitOptions, started: float | None = None) -> None:
        self.options = options
        self.started = time.monotonic() if started is None else started
        self.limit = None if options.time is None else parse_seconds(options.time)
        self.recipe: Recipe = as_recipe(options.recipe)
        self.refit = as_refit(options.refit)
        check_way(self.refit, self.recipe)
        if options.folds is not None and options.bootstrap is not None:
            raise InputError("--folds deals rows out, --bootstrap draws them with replacement: give one of the two.")
        self.start, self.donor = _start(options, self.recipe)
        self.jobs = options.jobs or available_cores()
        self.console = Console(highlight=False, markup=False, emoji=False)
        self.notes: list[str] = []
        self.interrupted = False
        self.folder = options.out or Path(f"wellfit-{table_name(options.table)}")
        refuse_earlier_result(self.folder, options.overwrite or options.resume)

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self.started

    def note(self, *notes: str) -> None:
        """Say something, and keep it for result.json."""
        self.notes += notes
        for note in notes:
            say(self.console, f"Note: {note}")


def table_name(path: str) -> str:
    """The name of a table's file without its endings."""
    name = Path(path).name
    while name.lower().endswith(TABLE_ENDINGS) and Path(name).suffix:
        name = Path(name).stem
    return name or "table"


def fit_table(options: FitOptions, started: float | None = None) -> int:
    """Train a bag of one recipe. Returns the exit code: 0, or 130 after Ctrl-C (what there was is saved).

    started: the moment from which a time limit counts (default: now).

    Raises:
        InputError: anything wrong with what was given; nothing is then left behind.
        KeyboardInterrupt: Ctrl-C before there was anything to save.
    """
    _refuse_settings_of_a_search(options)
    job = Job(options, started)
    o = options
    prepared = prepared_of(o, job.donor)
    _say_why_a_bag(job)
    average: Any = o.average
    check_average(average, prepared.train.target.kind)
    new = make_folder(job.folder)
    try:
        introduce(job, prepared)
        population = _train(job, prepared)
        trained = job.seconds
        model = _assemble(job, prepared, population, average)
        job.note(*notes_of(population, model))
        measured = measure(prepared, population, model, o.seed, job.jobs)
        seconds = {"all": job.seconds, "until_trained": trained}
        job.interrupted |= population.interrupted
        result = result_table(asdict(o), prepared, population, model, measured, job.notes, seconds)
        result["interrupted"] = job.interrupted
        write_results(job.folder, model, result, population)
    except BaseException:
        remove_if_empty(job.folder, new)
        raise
    _conclude(job, population, measured)
    return 130 if job.interrupted else 0


def asks_for_bag(o: FitOptions) -> list[str]:
    """The options that only a bag of one recipe has, as they were given; empty where a search can do everything."""
    given = {
        "--recipe": o.recipe is not None,
        "--bootstrap": o.bootstrap is not None,
        "--seeds": o.seeds != 1,
        "--average": o.average != "mean",
        "--start-from": o.start_from is not None,
        "--layers": o.layers is not None,
        "several targets": "," in o.target,
    }
    return [name for name, asked in given.items() if asked]


def _say_why_a_bag(job: Job) -> None:
    """Say that nothing is searched for, where that was not asked for by naming a recipe."""
    told = asks_for_bag(job.options)
    if job.options.recipe is None and told:
        job.note(
            f"No search: {' and '.join(told)} {'goes' if len(told) == 1 and told[0][0] == '-' else 'go'} with a bag of "
            "one recipe, which is here the default one."
        )


def _refuse_settings_of_a_search(o: FitOptions) -> None:
    given = {
        "--budget": o.budget,
        "--metric": o.metric,
        "--replay": o.replay,
        "--resume": o.resume or None,
        "--small": o.small or None,
    }
    told = [name for name, value in given.items() if value is not None]
    if told:
        raise InputError(
            f"{' and '.join(told)} go with the search, and a bag of one recipe was asked for (--recipe, --bootstrap, "
            "--seeds, --average, --start-from, or several targets): leave one or the other out."
        )


def remove_if_empty(folder: Path, new: bool) -> None:
    """Leave no folder behind that was made for nothing."""
    if new and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _assemble(job: Job, prepared: Prepared, population: Population, average: Average) -> Model:
    """The bag of what was trained, or of networks trained once more on all rows."""
    o = job.options
    info = {"target": o.target, "table": o.table, "seed": o.seed}
    model = bag(population, prepared.schema, average=average, info=info)
    if isinstance(job.refit, NoRefit) or population.interrupted:
        return model
    if not all(member.validates for member in population.members):
        job.note("Nothing was held out, so that all rows have been trained on already: --refit has nothing to do.")
        return model
    say(job.console, "Training once more, on all rows.")
    try:
        again = refit(Trained(population, prepared.schema), job.refit, average=average, n_jobs=job.jobs).model
    except KeyboardInterrupt:
        job.interrupted = True
        job.note("Training on all rows was interrupted: the networks that were trained before it are kept.")
        return model
    except InputError as error:  # nothing that was trained is thrown away for it
        job.note(f"Training on all rows failed, and the networks that were trained before it are kept. {error}")
        return model
    return replace(again, info={**info, **again.info})


def _start(o: FitOptions, recipe: Recipe) -> tuple[Start | None, Schema | None]:
    """What the networks start from, and how the columns are then read."""
    if o.start_from is None and o.layers is not None:
        raise InputError("--layers says how many layers of --start-from are used: give both, or neither.")
    return start_of(None if o.start_from is None else Transfer(o.start_from, o.layers), recipe)


def prepared_of(o: FitOptions, donor: Schema | None) -> Prepared:
    """The table or the images that the options name, split. donor: how their columns are read, where there is one."""
    table = read_table(o.table) if donor is None else donor.read(o.table)
    if donor is not None and donor.image != (None if table.images is None else image_of(table.images)):
        raise InputError(f"{o.start_from} was trained on other images, or on a table: start from a model of such rows.")
    if table.images is not None:
        columns = {"drop": o.drop, "kind": o.kind, "weight": o.weight, "group": o.group}
        return prepare_images(table, o.target, o.task, o.test, o.test_target, o.seed, **columns)
    if o.test_target is not None:
        raise InputError("--test-target is for images: the table of --test has the target among its own columns.")
    return prepare(table, o.target, o.task, o.drop, o.kind, o.weight, o.group, o.test, o.seed, donor)


def introduce(job: Job, prepared: Prepared) -> None:
    """Say what was understood of table, target and columns."""
    rows = prepared.train.arrays.rows
    say(job.console, f"Table    {job.options.table}: {rows:,} rows to train on")
    say(job.console, f"Target   {job.options.target}: {describe_target(prepared.train.target)}")
    say(job.console, f"Task     {prepared.task}")
    say(job.console, f"Test     {prepared.test_source}")
    job.console.print()
    show_columns(job.console, prepared.schema.describe())
    job.note(*prepared.notes)


def _train(job: Job, prepared: Prepared) -> Population:
    """Train a network on each fold or bootstrap sample, from each seed."""
    train, seed, o = prepared.train, job.options.seed, job.options
    if o.bootstrap is not None:
        views = bootstrap(train.target, o.bootstrap, seed, prepared.groups)
    else:
        views = k_fold(train.target, o.folds or FOLDS, seed, groups=prepared.groups)
    job.note(*views.notes, *snapshot_notes(job.recipe))
    plans = [Plan(job.recipe, view, seed + k, job.start) for view in views for k in range(o.seeds)]
    if is_cold():
        say(job.console, "Compiling the training step, once for this machine and version: about 10 s.")
    job.started += _warm_up(plans[0], train)  # kernels that only this recipe needs may be missing still
    cores = "1 core" if job.jobs == 1 else f"{job.jobs} cores"
    say(job.console, f"Training {len(plans)} networks on {cores}.")
    left = None if job.limit is None else f"{max(job.limit - job.seconds, LEAST_TRAINING_SECONDS)}s"
    errors = Console(stderr=True, highlight=False)
    with training_display(errors, [plan.view.name for plan in plans]) as observer:
        population = train_population(
            plans, train.arrays, train.target, train.weight, n_jobs=job.jobs, budget=left, observers=[observer]
        )
    if not any(member.update for member in population.members):
        if population.interrupted:
            raise KeyboardInterrupt
        raise InputError(f"--time {job.options.time} was over before a single update was made: give more time.")
    return population


def _warm_up(plan: Plan, train: Part) -> float:
    """Compile what the recipe needs by one update on a few rows. Returns the seconds, which do not count for --time."""
    start = time.monotonic()
    few = View(plan.view.training[:64], plan.view.validation[:64])
    tried = train_population([replace(plan, view=few)], train.arrays, train.target, train.weight, budget=1)
    if tried.interrupted:
        raise KeyboardInterrupt
    return time.monotonic() - start


def _conclude(job: Job, population: Population, measured: list[Measured]) -> None:
    say(job.console, f"{_ending(population)} All took {clock(job.seconds)}.")
    job.console.print()
    diverged = [m.plan.view.name for m in population.members if m.status == "diverged"]
    if diverged:
        say(job.console, f"Left out, since they diverged: {', '.join(diverged)}. Lower the learning rate, or clip.")
    for one in measured:
        show_scores(job.console, one)
    if not measured:
        say(job.console, "No row was held out, so nothing was measured.")
        job.console.print()
    for name, what in (("model.wellfit", "Model"), ("result.json", "Results"), ("history.parquet", "History")):
        job.console.print(f"{what:<8} {job.folder / name}", soft_wrap=True)


def _ending(population: Population) -> str:
    """How training ended, in a sentence."""
    members = population.members
    shares = [member.update / member.horizon.updates for member in members]
    if population.interrupted:
        return f"Interrupted: this is what there was, after {_range(shares, '.0%')} of the updates."
    cut = sum(member.status == "out_of_budget" for member in members)
    if cut:
        return f"The time limit ended {cut} networks after {_range(shares, '.0%')} of their updates."
    if not all(member.validates for member in members):
        return f"Trained {len(members)} networks."
    best = [member.best_update / member.horizon.per_epoch for member in members]
    whole = [member.horizon.updates / member.horizon.per_epoch for member in members]  # a rule may count updates
    after = f"{_range(best, '.0f')} of {_range(whole, '.0f')}"
    return f"Trained {len(members)} networks; the weights kept are those after epoch {after}."


def _range(values: list[float], form: str) -> str:
    low, high = format(min(values), form), format(max(values), form)
    return low if low == high else f"{low} to {high}"
