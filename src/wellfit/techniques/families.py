"""What each family of techniques is for: the seam where it acts, how it helps, and the symptoms that it answers.

A new family is one line of `FAMILIES`. A technique that differs from its family is a line "family.name" that says
what differs. The words come from the three lists below; the documentation's indexes are made from them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from wellfit.techniques.base import REGISTRY

Seam = Literal[
    "before training",
    "rows",
    "encode and augment",
    "targets",
    "perturb",
    "forward",
    "loss",
    "penalty gradient",
    "adversarial",
    "clip",
    "optimizer",
    "update",
    "constrain",
    "average",
    "stopping",
    "after training",
]
Mechanism = Literal[
    "smoother function",
    "more data",
    "many models",
    "wider minima",
    "trains faster or more safely",
    "describes the problem",
]
Symptom = Literal[
    "overfits",
    "does not move",
    "explodes",
    "few rows",
    "noisy labels",
    "over-confident",
    "underfits",
    "unstable between runs",
    "slow",
]
SEAMS: tuple[Seam, ...] = get_args(Seam)
MECHANISMS: tuple[Mechanism, ...] = get_args(Mechanism)
SYMPTOMS: tuple[Symptom, ...] = get_args(Symptom)


@dataclass(frozen=True)
class Family:
    """One family's title and its place in the indexes. symptoms: those that it answers, the most typical first."""

    title: str
    seam: Seam
    mechanisms: tuple[Mechanism, ...]
    symptoms: tuple[Symptom, ...]


SMOOTHER: tuple[Mechanism, ...] = ("smoother function",)
MORE_DATA: tuple[Mechanism, ...] = ("more data",)
SAFER: tuple[Mechanism, ...] = ("trains faster or more safely",)
PROBLEM: tuple[Mechanism, ...] = ("describes the problem",)

# fmt: off
FAMILIES: dict[str, Family] = {
    # before training
    "initialization": Family("Initialisation", "before training", SAFER, ("does not move", "explodes")),
    "data_initialization": Family(
        "Initialisation from data", "before training", SAFER, ("does not move", "explodes", "slow")
    ),
    # rows
    "sampling": Family("Mini-batches", "rows", SAFER, ("slow", "unstable between runs")),
    # encode and augment
    "scaling": Family("Input scaling", "encode and augment", SAFER, ("does not move", "slow", "explodes")),
    "categories": Family("Categories", "encode and augment", PROBLEM, ("underfits",)),
    "augmentation": Family("Augmentation of images", "encode and augment", MORE_DATA, ("overfits", "few rows")),
    "swap": Family("Cells of another row of the class", "encode and augment", MORE_DATA, ("few rows", "overfits")),
    "cutout": Family("Cells cut out", "encode and augment", MORE_DATA, ("overfits", "few rows")),
    "input_noise": Family(
        "Noise on inputs", "encode and augment", ("more data", "smoother function"), ("overfits", "few rows")
    ),
    # targets
    "label_noise": Family("Noise on labels", "targets", SMOOTHER, ("over-confident", "overfits")),
    "mixup": Family(
        "Mixed rows", "targets", ("more data", "smoother function"),
        ("overfits", "over-confident", "few rows", "noisy labels"),
    ),
    "cutmix": Family("Mixed cells", "targets", MORE_DATA, ("over-confident", "few rows", "overfits")),
    "label_smoothing": Family("Label smoothing", "targets", SMOOTHER, ("over-confident", "noisy labels")),
    # perturb
    "weight_noise": Family("Noise on weights", "perturb", ("wider minima", "smoother function"), ("overfits",)),
    "sharpness": Family("Sharpness-aware minimisation", "perturb", ("wider minima",), ("overfits", "noisy labels")),
    # forward
    "number_embedding": Family("Embedding of numbers", "forward", PROBLEM, ("underfits",)),
    "input_scale": Family("Learned input scale", "forward", SAFER, ("underfits", "slow")),
    "activation": Family("Activations", "forward", SAFER, ("does not move", "underfits")),
    "activation_mix": Family("Learned mix of activation", "forward", SAFER, ("underfits", "does not move")),
    "normalization": Family("Normalisation of layers", "forward", SAFER, ("does not move", "slow", "explodes")),
    "sharing": Family("Weight sharing", "forward", SMOOTHER, ("overfits", "few rows")),
    "dropout": Family("Dropout", "forward", ("many models", "smoother function"), ("overfits", "few rows")),
    "activity": Family("Activity penalty", "forward", SMOOTHER, ("overfits",)),
    # loss
    "loss": Family("Losses", "loss", PROBLEM, ("underfits",)),
    "tasks": Family("Several tasks", "loss", PROBLEM, ("few rows", "overfits")),
    # penalty gradient
    "l2": Family("L2 penalty", "penalty gradient", SMOOTHER, ("overfits", "few rows")),
    "l1": Family("L1 penalty", "penalty gradient", SMOOTHER, ("overfits", "few rows")),
    "prior": Family("Prior on the weights", "penalty gradient", SMOOTHER, ("overfits", "few rows")),
    "elastic_net": Family("Elastic net", "penalty gradient", SMOOTHER, ("overfits", "few rows")),
    "power": Family("Power penalty", "penalty gradient", SMOOTHER, ("overfits", "few rows")),
    # adversarial
    "adversarial": Family("Adversarial training", "adversarial", ("more data", "smoother function"),
                          ("overfits", "over-confident")),
    # clip
    "clipping": Family("Gradient clipping", "clip", SAFER, ("explodes", "unstable between runs")),
    # optimizer
    "optimizer": Family("Optimisers", "optimizer", SAFER, ("slow", "does not move")),
    "schedule": Family("Schedules", "optimizer", SAFER, ("slow", "unstable between runs")),
    # update
    "layer_rates": Family("Rates of layers, freezing", "update", SAFER, ("few rows", "overfits")),
    "fan_in_rate": Family("Rate by fan-in", "update", SAFER, ("unstable between runs", "explodes")),
    "bias_rate": Family("Rate of biases", "update", SAFER, ("unstable between runs", "overfits")),
    "weight_decay": Family("Weight decay", "update", SMOOTHER, ("overfits", "few rows")),
    "lookahead": Family("Lookahead", "update", ("wider minima",), ("unstable between runs",)),
    # average
    "averaging": Family(
        "Averages of weights", "average", ("wider minima", "many models"), ("overfits", "unstable between runs")
    ),
    "snapshots": Family("Snapshots", "average", ("many models",), ("overfits", "unstable between runs")),
    # constrain
    "max_norm": Family("Max-norm", "constrain", SMOOTHER, ("overfits", "explodes")),
    "unit_norm": Family("Unit norm", "constrain", SMOOTHER, ("overfits", "explodes")),
    "constraint": Family("Ball constraint", "constrain", SMOOTHER, ("overfits", "few rows")),
    # stopping
    "stopping": Family("Early stopping", "stopping", SMOOTHER, ("overfits", "few rows", "noisy labels")),
    # after training
    "refit": Family("Training on all rows", "after training", MORE_DATA, ("few rows",)),
}
# fmt: on

# What differs from the family, by "family.name".
OVERRIDES: dict[str, dict[str, Any]] = {
    "sharing.close_layers": {"seam": "penalty gradient"},
    "sharing.close_units": {"seam": "penalty gradient"},
    "activation.selu": {"symptoms": ("does not move", "explodes", "underfits")},
    "activation.sigmoid": {"symptoms": ("underfits",)},
    "activation.softplus": {"symptoms": ("underfits",)},
    "activation.tanh": {"symptoms": ("underfits",)},
    "loss.absolute": {"symptoms": ("noisy labels",)},
    "loss.huber": {"symptoms": ("noisy labels", "explodes")},
    "normalization.batch": {"mechanisms": ("trains faster or more safely", "smoother function")},
    "schedule.growing_cycles": {"mechanisms": ("trains faster or more safely", "wider minima")},
    "schedule.one_cycle": {
        "mechanisms": ("trains faster or more safely", "wider minima"),
        "symptoms": ("slow", "explodes", "unstable between runs"),
    },
    "stopping.loss_below": {"symptoms": ("overfits",)},
    "stopping.updates": {"symptoms": ("overfits",)},
}

# There to compare with, or to show what goes wrong: named by no index of what helps. So is whatever is called "none".
TO_COMPARE: frozenset[str] = frozenset(
    {
        "activation.identity",
        "initialization.constant",
        "initialization.fan_in_uniform",
        "initialization.normal",
        "initialization.uniform",
        "initialization.zero",
        "schedule.constant",
    }
)


def place_of(family: str, name: str) -> Family:
    """Title, seam, mechanisms and symptoms of one technique.

    Raises:
        KeyError: the family has no line in `FAMILIES`.

    >>> place_of("dropout", "dropout").seam
    'forward'
    """
    return replace(FAMILIES[family], **OVERRIDES.get(f"{family}.{name}", {}))


def helps(family: str, name: str) -> bool:
    """Whether a technique is there to help, not to compare with."""
    return name != "none" and f"{family}.{name}" not in TO_COMPARE


def members(*, seam: str = "", mechanism: str = "", symptom: str = "") -> dict[str, list[str]]:
    """Names of the techniques by family that act at a seam, by a mechanism, or answer a symptom; in the table's order.

    A technique that is there to compare with, or is called "none", stands at its seam and answers nothing.
    """
    found: dict[str, list[str]] = {}
    for family in (name for name in FAMILIES if name in REGISTRY):
        for name in REGISTRY[family]:
            place = place_of(family, name)
            fits = seam == place.seam or mechanism in place.mechanisms or symptom in place.symptoms
            if fits and (seam or helps(family, name)):
                found.setdefault(family, []).append(name)
    return found
