"""Techniques that are calls, not slots: where they stand in the indexes. Their page is docs/source/calls.md."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from wellfit.techniques.base import Mechanism, Seam, Symptom


@dataclass(frozen=True)
class Method:
    """A call's place in the indexes. symptoms: those that it answers. try_first: as a technique declares it."""

    title: str
    seam: Seam
    mechanisms: tuple[Mechanism, ...]
    symptoms: tuple[Symptom, ...]
    try_first: dict[Symptom, tuple[int, str]] = field(default_factory=dict)


MORE_DATA: tuple[Mechanism, ...] = ("more data",)
SAFER: tuple[Mechanism, ...] = ("trains faster or more safely",)
PROBLEM: tuple[Mechanism, ...] = ("describes the problem",)

# By their label on the page, which is "method-" and this.
METHODS: dict[str, Method] = {
    "range-test": Method(
        "Range test of the learning rate", "before training", SAFER, ("does not move", "explodes", "slow"),
        {
            "does not move": (1, "one short run says whether the learning rate is too small, the most common cause"),
            "explodes": (1, "one short run says from which learning rate on the loss rises: stay well below"),
            "slow": (1, "the largest rate that is safe is the cheapest way of being faster"),
        },
    ),
    "transfer": Method("Transfer", "before training", MORE_DATA, ("few rows", "slow")),
    "cross-validation": Method(
        "Cross-validation", "rows", PROBLEM, ("few rows", "unstable between runs"),
        {"few rows": (1, "before anything is tuned: with few held-out rows luck decides, so hold out every row once")},
    ),
    "bagging": Method("Bagging", "rows", ("many models",), ("overfits", "unstable between runs", "few rows")),
    "ensemble": Method(
        "Ensembles", "after training", ("many models",), ("unstable between runs", "overfits", "over-confident"),
        {
            "unstable between runs": (1, "the average over seeds errs less than its members, and hardly varies"),
            "over-confident": (3, "where members disagree, their mean is less sure; the error falls as well"),
        },
    ),
    "best-recipes": Method("The best recipes", "after training", ("many models",), ("underfits", "overfits")),
    "calibration": Method(
        "Calibration by a temperature", "after training", PROBLEM, ("over-confident",),
        {"over-confident": (1, "one number, fitted on held-out rows after training; the predicted classes stay")},
    ),
    "test-time": Method("Averages at prediction", "after training", ("many models",), ("over-confident",)),
    "robust-error": Method("Robust error", "after training", PROBLEM, ("overfits",)),
}  # fmt: skip


def sentence(name: str) -> str:
    """The first sentence of a call's section."""
    page = (Path(__file__).parents[1] / "source" / "calls.md").read_text(encoding="utf-8")
    found = re.search(rf"\(method-{name}\)=\n## .*\n\n([^`]*?[.:])\s", page)
    return " ".join(found.group(1).split()).replace(":", ".") if found else ""


def methods(*, seam: str = "", mechanism: str = "", symptom: str = "") -> dict[str, str]:
    """Titles by label of the calls that act at a seam, by a mechanism, or answer a symptom."""
    return {
        f"method-{name}": place.title
        for name, place in METHODS.items()
        if seam == place.seam or mechanism in place.mechanisms or symptom in place.symptoms
    }
