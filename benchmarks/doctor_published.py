"""Faulty and healthy trainings that other people published, in `doctor` of the data folder, as recipes of this library.

Keras' meaning is kept as far as a recipe has it: the initialisation of the hidden layers, the optimiser and its
settings, no schedule, no scaling, nothing against overfitting, and the last weights. The output is always the right
one here, so that a fault of output or loss cannot be shown; hidden units with exp(x) do not exist. Such cases are
listed as not expressible. Ten seeds each; the recipe is the unit, by the majority of its seeds.
"""

from __future__ import annotations

import json
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from doctor_kept import kept
from doctor_patients import Patient
from doctor_planted import WORSE
from doctor_programs import programs
from doctor_training import DEFAULT, case_of, said, train

import wellfit
from wellfit.diagnosis.base import Case
from wellfit.diagnosis.evidence.networks import predicted_rows
from wellfit.diagnosis.examination import examine
from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.errors import InputError
from wellfit.tables.arrays import View

SEEDS = 10
OPTIMIZERS = {"adam": "adam", "adagrad": "adagrad", "rmsprop": "rmsprop", "sgd": "sgd"}
# What a rule may say of a fault as it was published, or as the architecture shows it.
CODES = {
    "vanishing": ("vanishing-gradients", "saturated-units", "dead-units", "bad-initial-scale"),
    "dying": ("dead-units", "vanishing-gradients", "bad-initial-scale"),
    "dead node": ("dead-units", "vanishing-gradients", "bad-initial-scale"),
    "oscillating": ("oscillating-loss", "learning-rate-too-high", "batch-too-small", "loss-spikes"),
    "learning rate far too high": ("learning-rate-too-high",),
    "exploding": ("exploding-gradients", "diverged", "bad-initial-scale"),
}


def recipe_of(entry: dict[str, Any]) -> wellfit.Recipe:
    """The published net and its training, assumed settings where the training is not known.

    Raises:
        InputError: a recipe cannot show it.
    """
    known = {name: entry.get(name) for name in ("optimizer", "learning_rate", "batch_size", "epochs")}
    known = {**known, **{k: v for k, v in (entry.get("training_assumed") or {}).items() if k in known}}
    if known["optimizer"] is None:
        raise InputError("Neither optimiser nor epochs are known.")
    if any(name == "exponential" for name in entry["activation"]):
        raise InputError("Hidden units with exp(x) do not exist here.")
    if "relu" in str(entry["output_activation"]) and entry["healthy"] is False:
        raise InputError("The fault is the output's activation, which is always the right one here.")
    kernel = entry["initializer"]["kernel"]
    optimizer: dict[str, Any] = {"name": OPTIMIZERS[known["optimizer"].lower()]}
    if optimizer["name"] == "sgd" and entry.get("momentum"):
        optimizer = {"name": "momentum", "momentum": entry["momentum"]}
    optimizer |= {"learning_rate": known["learning_rate"]}
    optimizer |= {f"beta{k}": entry[f"beta_{k}"] for k in (1, 2) if entry.get(f"beta_{k}")}
    return wellfit.Recipe.plain(hidden=tuple(entry["layers"])).vary({
        "activation": tuple(entry["activation"]), "scaling": "none", "batch_size": known["batch_size"],
        "initialization": initialization(kernel[0] if isinstance(kernel, list) else kernel), "optimizer": optimizer,
        "epochs": known["epochs"],
    })  # fmt: skip


def initialization(name: str) -> Any:
    """Keras' initialiser; of bounds in brackets the uniform one."""
    if name.startswith("uniform["):
        return {"name": "uniform", "r": float(name.split(",")[1].rstrip("]"))}
    return name


def rows_of(name: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Blobs or circles as published; the first 700 rows train, the last 300 validate."""
    from sklearn.datasets import make_blobs, make_circles

    if name == "blob":
        X, y = make_blobs(n_samples=1000, centers=3, n_features=2, cluster_std=2, random_state=2)
    else:
        X, y = make_circles(n_samples=1000, noise=0.1, random_state=1)
    return pd.DataFrame(X, columns=["x0", "x1"]), y.astype(str)


def right_of(entry: dict[str, Any]) -> tuple[str, ...]:
    """Codes that name its faults."""
    faults = " ".join([*entry["faults"], *entry["faults_inferred"]]).lower()
    return tuple(dict.fromkeys(code for word, codes in CODES.items() if word in faults for code in codes))


def jobs(
    folder: Path, halves: tuple[str, ...], keep: Path | None
) -> Iterator[tuple[str, str, Callable[[], list[dict[str, Any]]]]]:
    """One a published net, then the programs."""
    entries = json.loads((folder / "doctor" / "autotrainer_part.json").read_text())["recipes"]
    for entry in entries:
        yield "published", entry["id"], lambda entry=entry: [run_entry(entry, keep)]
    for program in programs(folder):
        yield "published", program["id"], lambda program=program: [run_program(program, keep)]


def run_entry(entry: dict[str, Any], keep: Path | None = None) -> dict[str, Any]:
    """A net of the collection from ten seeds; a line of results."""
    described = {
        "part": "published", "case": entry["id"], "complete": entry["complete"], "healthy": entry["healthy"],
        "doubtful": bool(entry.get("healthy_doubtful")), "right": list(right_of(entry)), "program": False,
        "faults": [*entry["faults"], *entry["faults_inferred"]],
    }  # fmt: skip
    try:
        recipe = recipe_of(entry)
    except InputError as error:
        return {**described, "not_expressible": str(error)}
    X, y = rows_of(entry["data"])
    patient = Patient(recipe, X, y, len(y), "class")
    return {**described, **of_seeds(*kept(keep, f"published {entry['id']}", lambda: trained(patient, 700)))}


def run_program(program: dict[str, Any], keep: Path | None = None) -> dict[str, Any]:
    """A program of the collection on data that stands in for its own."""
    described = {
        "part": "published", "case": program["id"], "complete": False, "healthy": False, "doubtful": False,
        "right": program["right"], "program": True, "faults": program["faults"], "stands_in": program["stands_in"],
    }  # fmt: skip
    if program["patient"] is None:
        return {**described, "not_expressible": program["why"]}
    patient = program["patient"]
    made = kept(keep, f"published {program['id']}", lambda: trained(patient, int(0.7 * patient.known)))
    return {**described, **of_seeds(*made)}


def of_seeds(case: Case, measures: dict[str, Any]) -> dict[str, Any]:
    """Findings seed by seed, each beside the default recipe from the same seed; and those of all seeds together."""
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        others = case.references[DEFAULT]
        alone = [
            replace(case, networks=(one,), references={DEFAULT: (other,)})
            for one, other in zip(case.networks, others, strict=True)
        ]
        return {
            **measures, "seeds": [said(examine(one).findings) for one in alone], "findings": said(examine(case).findings),
            "seconds": round(time.process_time() - start, 2),
        }  # fmt: skip


def trained(patient: Patient, training: int, seeds: int = SEEDS) -> tuple[Case, dict[str, Any]]:
    """A recipe and the default one from some seeds, as a case; losses and accuracies of validation rows."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = patient.table()
        view = View(np.arange(training), np.arange(training, patient.known))
        run, members = train(table, {"it": patient.recipe, DEFAULT: wellfit.Recipe()}, [view] * seeds)
        case = case_of(patient, table, run, members, "it")
    losses = {name: validation_loss(run, of) for name, of in members.items()}
    accuracies = [1 - float(run.members[index].history.column("validation_error")[-1]) for index in members["it"]]
    return case, {
        "losses": losses, "took": losses["it"] >= (1 + WORSE) * losses[DEFAULT],
        "accuracy": [round(one, 4) for one in accuracies],
        "statuses": dict(Counter(run.members[index].status for index in members["it"])),
    }  # fmt: skip


def validation_loss(run: TrainingRun, members: Sequence[int]) -> float:
    """The mean loss of the networks' validation rows, infinite where one diverged."""
    made = [None if run.members[index].status == "diverged" else run.network(index) for index in members]
    rows = [run.members[index].plan.view.validation for index in members]
    found = [None if net is None else predicted_rows(net, run, held) for net, held in zip(made, rows, strict=True)]
    return float(np.mean([np.inf if one is None else one.loss for one in found]))
