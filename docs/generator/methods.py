"""Techniques that are calls, not slots: where they stand in the indexes. Their page is docs/source/calls.md."""

from __future__ import annotations

import re
from pathlib import Path

from wellfit.techniques.families import MORE_DATA, PROBLEM, SAFER, Family

# By their label on the page, which is "method-" and this.
METHODS: dict[str, Family] = {
    "range-test": Family("Range test of the learning rate", "before training", SAFER, ("does not move", "slow")),
    "transfer": Family("Transfer", "before training", MORE_DATA, ("few rows", "slow")),
    "cross-validation": Family("Cross-validation", "rows", PROBLEM, ("few rows", "unstable between runs")),
    "bagging": Family("Bagging", "rows", ("many models",), ("overfits", "unstable between runs")),
    "ensemble": Family(
        "Ensembles", "after training", ("many models",), ("unstable between runs", "overfits", "over-confident")
    ),
    "best-recipes": Family("The best recipes", "after training", ("many models",), ("underfits", "overfits")),
    "test-time": Family("Averages at prediction", "after training", ("many models",), ("over-confident",)),
    "robust-error": Family("Robust error", "after training", PROBLEM, ("overfits",)),
}


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
