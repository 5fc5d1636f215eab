"""All experiments by name, in the order of the groups in which they are taught."""

from __future__ import annotations

import pkgutil
import tomllib
from functools import cache
from importlib import import_module
from pathlib import Path

from wellfit.errors import InputError, quoted
from wellfit.lab.base import Experiment
from wellfit.tables.reading.tables import nearest

# Folders of lab/experiments, and what they are about.
GROUPS = {
    "capacity": "Fit and capacity",
    "descent": "Double descent",
    "penalties": "Penalties",
    "stopping": "Early stopping",
    "dropout": "Dropout",
    "ensembles": "Ensembles",
    "noise": "Data and noise",
    "adversarial": "Adversarial rows",
    "batches": "Mini-batches",
    "gradients": "Vanishing and exploding gradients",
    "initialization": "Initialisation",
    "activations": "Activations",
    "normalization": "Batch normalisation",
    "scaling": "Scaling of inputs",
    "optimizers": "Optimisers and learning rates",
    "landscape": "The landscape of the loss",
    "transfer": "Transfer",
    "practice": "Defaults of practice",
    "structure": "Structure and losses",
    "sick": "Sick recipes",
    "published": "Published results on MNIST",
}
FOLDER = Path(__file__).parent / "experiments"


@cache
def places() -> dict[str, str]:
    """The group of each experiment by its name, in order, without loading any."""
    return {
        module.name: group
        for group in GROUPS
        for module in sorted(pkgutil.iter_modules([str(FOLDER / group)]), key=lambda one: one.name)
        if not module.name.startswith("_")
    }


def every_experiment(published: bool = False) -> dict[str, Experiment]:
    """All experiments by name, in order.

    published: those that repeat published results in place of the others (default False).
    """
    every = {name: experiment(name) for name in places()}
    return {name: one for name, one in every.items() if one.published == published}


def experiment(name: str) -> Experiment:
    """One experiment.

    name: such as "dropout_rates"; hyphens count as underscores.

    Raises:
        InputError: there is none of that name.
    """
    known, wanted = places(), name.replace("-", "_")
    if wanted not in known:
        near = nearest(wanted, known)
        hint = f"did you mean {near}?" if near else "wellfit lab list shows all."
        raise InputError(f"The lab has no experiment {quoted(name)}: {hint}")
    found: Experiment = import_module(f"wellfit.lab.experiments.{known[wanted]}.{wanted}").EXPERIMENT
    return found


def source_of(name: str) -> str:
    """The file of an experiment, as text."""
    return (FOLDER / places()[name] / f"{name}.py").read_text(encoding="utf-8")


def covered() -> tuple[dict[str, str], dict[str, list[str]]]:
    """Titles of the rows of the lectures' content by their ids, and the ids that each experiment is about."""
    content = tomllib.loads((FOLDER.parent / "rows.toml").read_text(encoding="utf-8"))
    return content["rows"], content["experiments"]
