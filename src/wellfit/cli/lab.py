"""`wellfit lab`: run experiments, show their verdicts, write their pages and the gallery."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars
from rich.console import Console

from wellfit.cli.folder import check_name, make_folder
from wellfit.cli.screen import clock, counted, error_screen, result_screen, say, screen, simple_table
from wellfit.cli.study_progress import study_progress
from wellfit.errors import InputError, quoted
from wellfit.files import write_atomically
from wellfit.lab.base import SIZES, Experiment, Size
from wellfit.lab.catalog import GROUPS, every_experiment, experiment, places
from wellfit.lab.pages import experiment_report, gallery_report
from wellfit.lab.pages.gallery import claims_of, gallery_verdict
from wellfit.lab.runner import CLAIMS, run, shown
from wellfit.numerics.cores import usable_cores
from wellfit.report.markdown import markdown
from wellfit.report.page import page
from wellfit.report.write import write_report
from wellfit.studies import Study
from wellfit.studies.base.study import STUDY

INTERRUPTED = 130
NETWORKS = "networks"  # folder of a published experiment's checkpoints
STYLES = {"held": "green", "did not hold": "red", "cannot tell": "yellow"}
GALLERY = ("gallery.html", "gallery.md", "claims.csv")


@dataclass(frozen=True)
class Choices:
    """The options of `wellfit lab run` and `all`, as given."""

    data: Path | None
    quick: bool
    published: bool
    jobs: int | None
    out: Path
    resume: bool
    overwrite: bool

    @property
    def size(self) -> Size:
        """The size that is run."""
        return "quick" if self.quick else "full"


def show_list(published: bool) -> None:
    """All experiments by group, with what they cost."""
    console = result_screen()
    every = every_experiment(published)
    for group, title in GROUPS.items():
        names = [name for name in every if places()[name] == group]
        if not names:
            continue
        say(console, title, style="bold")
        table = simple_table("name", "what is shown", "claims", "quick", "full", right=(2, 3, 4))
        for name in names:
            one = every[name]
            table.add_row(name.replace("_", "-"), one.title, str(len(one.claims)), *map(clock, one.cost[1:]))
        console.print(table)
        console.print()
    quick, full = (clock(sum(one.cost[k] for one in every.values())) for k in (1, 2))
    claims = sum(len(one.claims) for one in every.values())
    say(console, f"{counted(len(every), 'experiment')}, {counted(claims, 'claim')}; core-seconds of all: {quick} with "
        f"--quick, {full} without.")  # fmt: skip


def run_named(names: Sequence[str], choices: Choices) -> int:
    """Run some experiments. Returns the exit code.

    Raises:
        InputError: there is none of a name, or nothing can be written; found before anything is run.
    """
    chosen = [name.replace("-", "_") for name in names] or (list(every_experiment(True)) if choices.published else [])
    if not chosen:
        raise InputError("Name one or more experiments; wellfit lab list shows all, and wellfit lab all runs all.")
    every = {name: experiment(name) for name in dict.fromkeys(chosen)}
    other = [name for name, one in every.items() if one.published and not choices.published]
    if other:
        raise InputError(f"The experiment {other[0]} repeats a published result and runs long: give --published.")
    _check(every, choices)
    console = screen()
    _tell_cost(console, every, choices)
    for name, one in every.items():
        _run_one(console, name, one, choices)
    return 0


def run_everything(choices: Choices) -> int:
    """Run all experiments but the published ones, and write the gallery. Returns the exit code.

    Raises:
        InputError: nothing can be written; found before anything is run.
    """
    every, started = every_experiment(), time.monotonic()
    _check(every, choices)
    console, done, code = screen(), [], 0
    _tell_cost(console, every, choices)
    try:
        for name, one in every.items():
            done.append(_run_one(console, name, one, choices))
    except KeyboardInterrupt:
        code = INTERRUPTED
        if not done:
            raise
    _write_gallery(done, choices)
    say(console, gallery_verdict(done), style="bold")
    for file in GALLERY:
        say(console, f"{'Claims' if file.endswith('.csv') else 'Gallery':9}{choices.out / file}")
    if code:
        say(console, f"Interrupted: {counted(len(done), 'experiment')} of {len(every)}. --resume goes on.")
    say(console, f"Time in all: {clock(time.monotonic() - started)}.")
    return code


def _check(every: dict[str, Experiment], choices: Choices) -> None:
    """Refuse what would fail later, or write over an earlier result."""
    check_name(choices.out)
    if choices.data is not None and not choices.data.is_dir():
        raise InputError(f"There is no folder {quoted(str(choices.data))}: give the folder that holds the data.")
    long = next((name for name, one in every.items() if one.published), None)
    if long is not None and choices.data is None:
        raise InputError(f"The experiment {long} reads MNIST: give the folder with its idx files, --data DIR.")
    there = next((name for name in every if (choices.out / name / STUDY).exists()), None)
    if there is not None and not (choices.resume or choices.overwrite):
        raise InputError(
            f"The folder {quoted(str(choices.out / there))} already holds {STUDY}: choose another with --out, keep it "
            "with --resume, or give --overwrite."
        )
    make_folder(choices.out)


def _tell_cost(console: Console, every: dict[str, Experiment], choices: Choices) -> None:
    seconds = sum(one.cost[SIZES.index(choices.size)] for one in every.values())
    jobs = choices.jobs or usable_cores()
    say(console, f"{counted(len(every), 'experiment')}: about {clock(seconds)} of one core, {clock(seconds / jobs)} on "
        f"{counted(jobs, 'core')}, once the kernels are compiled.")  # fmt: skip
    console.print()


def _run_one(console: Console, name: str, about: Experiment, choices: Choices) -> Study:
    """Run one experiment, show it and write it; or read it where it is finished and kept."""
    folder = choices.out / name
    say(console, about.title, style="bold")
    say(console, about.question)
    earlier = _earlier(folder, choices) if choices.resume else None
    if earlier is None:
        if choices.overwrite and (folder / NETWORKS).is_dir():
            shutil.rmtree(folder / NETWORKS)
        with study_progress(error_screen()) as (observer, _):
            earlier = run(
                name, size=choices.size, data=choices.data, n_jobs=choices.jobs, observers=[observer],
                folder=folder / NETWORKS if about.published else None,
            )  # fmt: skip
        earlier.save(folder)
        write_report(experiment_report(earlier), folder)
        shutil.rmtree(folder / NETWORKS, ignore_errors=True)
    _show(console, earlier, folder)
    return earlier


def _earlier(folder: Path, choices: Choices) -> Study | None:
    """What was finished before, of the same size and kind of data."""
    if not (folder / STUDY).exists():
        return None
    study = Study.load(folder)
    same = study.facts.get("size") == choices.size and study.facts.get("own_data") == (choices.data is not None)
    return study if same else None


def _show(console: Console, study: Study, folder: Path) -> None:
    for row in study.details[CLAIMS].iter_rows(named=True):
        say(console, f"{row['verdict'].capitalize()}: {row['claim']}.", style=STYLES[row["verdict"]])
        published = f" Published: {row['published']}." if row["published"] else ""
        say(console, f"  {row['measured']}: {shown(row)}; it holds {row['holds_if']}.{published}")
    for remark in study.remarks:
        say(console, f"Remark: {remark}", style="dim")
    say(console, f"Report   {folder / 'report.html'}")
    console.print()


def _write_gallery(studies: Sequence[Study], choices: Choices) -> None:
    """The page of all, the same as Markdown, and the table of claims."""
    words = f"at the size {choices.size}" + (", with a folder of data" if choices.data is not None else "")
    report = gallery_report(studies, words)
    claims = claims_of(studies)
    lines = polars.DataFrame(claims.rows, schema=list(claims.columns), orient="row").write_csv()
    for file, text in zip(GALLERY, (page(report), markdown(report), lines), strict=True):
        write_atomically(choices.out / file, text.encode("utf-8", "backslashreplace"))
