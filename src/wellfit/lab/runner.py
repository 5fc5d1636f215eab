"""Runs an experiment, and makes a study of what it found."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wellfit.engines.contract.progress import Observer
from wellfit.errors import InputError, quoted
from wellfit.frames import ResultFrame
from wellfit.lab.base import HELD, NOT_HELD, SIZES, UNKNOWN, Answer, Claim, Experiment, Lab, Size, verdict_of
from wellfit.lab.catalog import experiment
from wellfit.lab.interruption import ended_by_ctrl_c
from wellfit.numerics.cores import usable_cores
from wellfit.reprs import counted
from wellfit.statistics.intervals import Estimate
from wellfit.studies import Study
from wellfit.studies.base import StudyPlan

CLAIMS = "claims"  # the table of a study's details with a row a claim


def run(
    name: str, *, size: Size = "full", data: str | Path | None = None, n_jobs: int | None = None,
    observers: Sequence[Observer] = (), folder: str | Path | None = None,
) -> Study:  # fmt: skip
    """Run an experiment of the lab.

    name: such as "dropout_rates"; `wellfit lab list` shows all.
    size: "full" (default), "quick", or "smallest", which takes a second or two and shows that it runs.
    data: path of a folder with MNIST and other data. None (default): what comes with scikit-learn, and made data.
    n_jobs: int, threads, 1 or more; None (default): all cores that this process may use. The result is the same.
    observers: functions, each called with a `Progress` about 20 times a second (default: none).
    folder: path for checkpoints of a published experiment, which goes on from there. None (default): no checkpoints.

    Returns:
        A `Study` whose details have the table "claims", a row a claim: claim, verdict ("held", "did not hold" or
        "cannot tell"), value, low, high, holds_if, measured, published.

    Raises:
        InputError: there is no such experiment or size, or its data are not there.
        KeyboardInterrupt: Ctrl-C; of what was half trained nothing is said.

    >>> import wellfit
    >>> study = wellfit.lab.run("more_rows", size="smallest")
    >>> study.details["claims"]["verdict"].to_list()
    ['held', 'held']
    """
    if size not in SIZES:
        raise InputError(f"An experiment is run at the size {', '.join(SIZES)}; got {quoted(str(size))}.")
    chosen = experiment(name)
    place = None if data is None else Path(data)
    if place is not None and not place.is_dir():
        raise InputError(f"There is no folder {quoted(str(place))}: give the folder that holds the data.")
    jobs = usable_cores() if n_jobs is None else n_jobs
    with ended_by_ctrl_c() as observer:
        lab = Lab(size, place, jobs, (*observers, observer), None if folder is None else Path(folder))
        answer = chosen.run(lab)
    return _study(name.replace("-", "_"), chosen, answer, lab)


def _study(name: str, chosen: Experiment, answer: Answer, lab: Lab) -> Study:
    """The answer as a study."""
    missing = {claim.key for claim in chosen.claims} ^ set(answer.found)
    if missing:
        raise ValueError(f"The experiment {name} has claims without numbers, or numbers without claims: {missing}.")
    claims = [_row(claim, answer.found[claim.key]) for claim in chosen.claims]
    plan = StudyPlan(answer.trained, answer.networks, chosen.cost[SIZES.index(lab.size)])
    return Study(
        name, chosen.question, plan, verdict_sentence(claims), ResultFrame(list(answer.table)),
        details={CLAIMS: ResultFrame(claims), **{key: ResultFrame(list(rows)) for key, rows in answer.details.items()}},
        figures=answer.figures, facts={"size": lab.size, "own_data": lab.data is not None},
        remarks=answer.remarks, repeat=_repeat(name, lab),
    )  # fmt: skip


def _row(claim: Claim, found: Estimate) -> dict[str, Any]:
    return {
        "claim": claim.sentence, "verdict": verdict_of(claim, found), "value": found.mean, "low": found.low,
        "high": found.high, "holds_if": claim.bounds, "measured": claim.measured, "published": claim.published,
    }  # fmt: skip


def verdict_sentence(claims: Sequence[dict[str, Any]]) -> str:
    """All claims in words: each with its verdict and its number with interval.

    claims: rows of the table of claims.
    """
    words = {HELD: "Held", NOT_HELD: "Did not hold", UNKNOWN: "Cannot tell"}
    said = [f"{words[row['verdict']]}: {row['claim']} ({shown(row)})." for row in claims]
    if len(said) == 1:
        return said[0]
    held = sum(row["verdict"] == HELD for row in claims)
    return f"{counted(held, 'claim')} of {len(claims)} held. " + " ".join(said)


ROUNDING = 1e-9  # of an interval's width: a value below it differs from 0 by the rounding of its terms alone


def shown(row: dict[str, Any]) -> str:
    """The number that decides a claim, with its interval where chance is in it. row: of the table of claims."""
    nothing = abs(row["value"]) < ROUNDING * (row["high"] - row["low"])
    found = Estimate(0.0 if nothing else row["value"], row["low"], row["high"])
    return f"{found.mean:.4g}" if found.low == found.high else str(found)


def _repeat(name: str, lab: Lab) -> str:
    words = ["wellfit", "lab", "run", name.replace("_", "-")]
    words += ["--quick"] if lab.size == "quick" else []
    words += ["--data", "FOLDER"] if lab.data is not None else []
    return " ".join(words)
