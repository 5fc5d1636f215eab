"""Pretraining without labels: tell good rows from corrupted ones, then learn the task from few labels."""

from __future__ import annotations

import csv
import gzip

import numpy as np

import wellfit
from wellfit.errors import InputError
from wellfit.figures import Axis, bar_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, mean_of
from wellfit.lab.base.data import digits, samples

CLAIMS = (
    Claim(
        "learned", "A network tells rows with swapped cells (or sentences with replaced words) from good ones",
        "error rate on held-out rows, half of them corrupted, mean over pretrained networks", most=0.4,
    ),
    Claim(
        "helps", "From its lower layer the task is learned better from few labels",
        "test error rate from random weights minus from the pretrained layer, mean over samples of rows", least=0.0,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """Pretraining on all rows without labels, then few labels, from its layers and from random weights."""
    X, y, what = _rows(lab)
    repeats, labels = lab.pick(2, 4, 10), 50
    # Pixels as they are: a scaling fitted on 50 digits would blow up pixels that these hardly use.
    recipe = wellfit.Recipe.plain(
        hidden=(64, 64), epochs=lab.pick(15, 200, 200), batch_size=16, scaling="none",
        optimizer={"name": "adam", "learning_rate": 0.001},
    )  # fmt: skip
    rows = np.arange(lab.pick(600, len(y), len(y)))
    errors, pretext = np.zeros((2, repeats)), []
    for k, view in enumerate(samples(repeats, len(rows), labels, len(rows) // 2)):
        unlabelled = np.setdiff1d(rows, view.test)
        donor = wellfit.pretrain(
            recipe.vary(epochs=lab.pick(8, 25, 25), batch_size=32), X[unlabelled], seed=k, n_jobs=lab.n_jobs
        )
        pretext.append(donor.info["pretrained"]["error"])
        starts = [None, wellfit.Transfer(donor, layers=1)]
        found = wellfit.train([recipe] * 2, X[rows], y[rows], views=view, seeds=k, start_from=starts, **lab.options)
        errors[:, k] = found.evaluate("test")["error"].to_numpy()
    answers = {"learned": mean_of(pretext), "helps": difference(errors[0], errors[1])}
    table = [
        {"network": "good or bad row", "error": float(np.mean(pretext))},
        {"network": "random weights", "error": float(errors[0].mean())},
        {"network": "pretrained layer", "error": float(errors[1].mean())},
    ]
    figure = bar_figure(
        ResultFrame(table), Axis("network", "network"), Axis("error", "error rate on new rows"), name="errors",
        title="What pretraining on corrupted rows learns, and what it brings to the task.",
    )  # fmt: skip
    trained = (
        f"{repeats} pretrained networks on {len(rows):,} {what}, and 2 on each of {repeats} samples of {labels} labels"
    )
    return Answer(table, answers, (figure,), 3 * repeats, trained)


def _rows(lab: Lab) -> tuple[np.ndarray, np.ndarray, str]:
    """Digits as a table; text messages where there is a folder that has them."""
    if lab.data is None:
        return *digits(), "digits"
    place = next((one for one in (lab.data / "text", lab.data) if (one / "sms_spam.csv.gz").is_file()), None)
    if place is None:
        raise InputError(
            f"The folder {str(lab.data)!r} holds no text/sms_spam.csv.gz: leave out --data, or give another."
        )
    with gzip.open(place / "sms_spam.csv.gz", "rt", encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))[: lab.pick(600, 1500, 3000)]
    X = np.array([[row["text"]] for row in found], dtype=object)
    return X, np.array([row["label"] == "spam" for row in found], dtype=int), "messages"


EXPERIMENT = Experiment(
    "Pretraining on corrupted rows",
    "There are many rows and few labels. A network first learns, without labels, to tell good rows from rows some of "
    "whose cells come from other rows. Does its lower layer help to learn the real task from 50 labels?",
    CLAIMS, "Yoon et al. 2020 (VIME); Clark et al. 2020 (ELECTRA)", (0.2, 0.9, 4.0), run,
    "To notice a wrong cell a network has to know how columns hang together. Whether that is also what the task needs "
    "is a question of the data.",
    data="good and bad sentences: text/sms_spam.csv.gz in place of digits",
)  # fmt: skip
