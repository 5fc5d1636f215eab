"""A sick recipe: what the doctor says of it, and what its first remedy is worth."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.diagnosis.base.finding import Finding
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Lab, ratio, share
from wellfit.lab.base.data import Rows, samples

TAUGHT = "Goodfellow, Bengio & Courville, Deep Learning, 11.5; wellfit doctor"
COST = (1.5, 9.0, 16.0)


def claims_of(illness: str) -> tuple[Claim, ...]:
    """The doctor names the illness, and its first remedy cures. illness: in words."""
    return (
        Claim("named", f"The doctor names it: {illness}", "share of samples on which a finding has a right code",
              least=0.5),
        Claim("cured", "The first remedy of that finding lowers the loss on new rows by a tenth or more",
              "test loss with the remedy over that without, geometric mean over samples of rows", most=0.9),
    )  # fmt: skip


def examined(lab: Lab, recipe: wellfit.Recipe, codes: tuple[str, ...], rows: Rows, training: int = 240) -> Answer:
    """Let the doctor look at a recipe on samples of rows, then train it with and without the remedy on each.

    recipe: the sick one. codes: of findings, each of which is right. rows: the table. training: rows of a sample.
    """
    repeats = lab.pick(1, 6, 8)
    losses, table, said = np.empty((repeats, 2)), [], ""
    curves: list[dict[str, object]] = []
    for k, view in enumerate(samples(repeats, len(rows.y), training * 3 // 4, 400, validation=training // 4)):
        known = np.concatenate([view.training, view.validation])
        diagnosis = wellfit.diagnose(
            recipe, rows.X[known], rows.y[known], trial=False, folds=2, seeds=1, seed=k, n_jobs=lab.n_jobs
        )
        finding = next((one for one in diagnosis.examination.findings if one.code in codes), None)
        cured = recipe.vary(finding.remedies[0].changes) if finding is not None else recipe
        pair = wellfit.train([recipe, cured], rows.X, rows.y, views=view, seeds=k, **lab.options)
        losses[k] = pair.evaluate("test")["loss"].to_numpy()
        table.append({"sample": k, "finding": finding.code if finding else "none", "remedy": _words(finding),
                      "loss": losses[k, 0], "loss_with_remedy": losses[k, 1]})  # fmt: skip
        said = said or _said(finding)
        curves = curves or _curves(pair)
    figure = line_figure(
        ResultFrame(curves), Axis("epoch", "epoch"), Axis("loss", "loss", scale="log"), series="rows", panel="recipe",
        name="curves", title="The sick recipe, and the same with the doctor's first remedy, on the first sample.",
    )  # fmt: skip
    named = sum(row["finding"] != "none" for row in table)
    found = {"named": share(named, repeats), "cured": ratio(losses[:, 1], losses[:, 0])}
    if repeats == 1:  # the smallest size shows that it runs
        found["cured"] = share(float(losses[0, 1] < 0.9 * losses[0, 0]), 1)
    trained = f"the recipe on 2 folds of {repeats} samples, then with and without the remedy"
    return Answer(table, found, (figure,), repeats * 4, trained, (said,) if said else ())


def _words(finding: Finding | None) -> str:
    return finding.remedies[0].words if finding is not None else ""


def _said(finding: Finding | None) -> str:
    """What the doctor says, and advises."""
    return (
        f"The doctor: {finding.judgement.sentence} Remedy: {_words(finding).rstrip('.')}."
        if finding is not None
        else ""
    )


def _curves(pair: wellfit.Population) -> list[dict[str, object]]:
    """Losses by epoch of both recipes."""
    names, parts = ("as it is", "with the remedy"), {"training_loss": "training", "validation_loss": "validation"}
    return [
        {"epoch": row["epoch"], "loss": row[column], "rows": part, "recipe": names[row["member"]]}
        for row in pair.history.iter_rows(named=True) for column, part in parts.items()
    ]  # fmt: skip
