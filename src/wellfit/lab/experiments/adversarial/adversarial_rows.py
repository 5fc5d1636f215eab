"""Adversarial rows: a small step against the gradient flips answers, a random one of the same size does not."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, Figure, heat_figure, line_figure, with_slider
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, mean_of
from wellfit.lab.experiments.adversarial._images import PLAIN, images
from wellfit.statistics.intervals import SHARE

AGAINST, RANDOM = "against the gradient", "random signs"
CLAIMS = (
    Claim(
        "flips", "A small step against the gradient flips the answers of many rows",
        "error rate on moved test rows minus that on the rows as they are, mean over samples of rows", least=0.2,
        published="Goodfellow et al. 2014, MNIST, 0.25: error 89.4 % (maxout network)",
    ),
    Claim(
        "random", "A random step of the same size in every pixel flips few",
        "the same with random signs in place of the gradient's, mean over samples of rows", most=0.05,
    ),
    Claim(
        "steps", "Several smaller steps flip more than one step",
        "error rate after 10 steps within the same bound minus that after one, mean over samples of rows", least=0.0,
        published="Madry et al. 2018: repeated steps are the stronger attack",
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """Networks of the plain recipe; their test rows are moved by ever more, against the gradient and at random."""
    (X, y), views, epsilon = images(lab, repeats=8)
    population = wellfit.train(PLAIN.vary(epochs=lab.pick(5, 30, 30)), X, y, views=views, **lab.options)

    sizes = [epsilon * share for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
    signs = np.random.default_rng(0).choice([-1.0, 1.0], X.shape)
    one, several = (
        np.array(
            [[m.robust_error(size, steps=n, low=0.0, high=1.0, part="test") for size in sizes] for m in population]
        )
        for n in (1, 10)
    )  # low, high: a pixel stays one
    random = np.array([[_error(member, np.clip(X + size * signs, 0, 1), y) for size in sizes] for member in population])

    found = {
        "flips": difference(one[:, -1], one[:, 0]), "random": difference(random[:, -1], random[:, 0]),
        "steps": difference(several[:, -1], one[:, -1]),
    }  # fmt: skip
    rows = [
        {"moved by": size, "step": name, "error": band.mean, "low": band.low, "high": band.high}
        for name, errors in (("one step", one), ("ten steps", several), ("random signs", random))
        for size, error in zip(sizes, errors.T, strict=True) for band in [mean_of(error, SHARE)]
    ]  # fmt: skip
    figure = line_figure(
        ResultFrame(rows), Axis("moved by", "largest change of a pixel (from 0 to 1)"),
        Axis("error", "test error rate"), series="step", low="low", high="high", name="error-by-step",
        title="Against the gradient, changes that random noise could make without harm flip most answers.",
    )  # fmt: skip
    return Answer(
        rows,
        found,
        (figure, _image(population[0], X, y, sizes)),
        len(population),
        f"one recipe on {len(views)} samples of rows",
    )


def _image(member: wellfit.training.TrainedMember, X: np.ndarray, y: np.ndarray, sizes: list[float]) -> Figure:
    """One of ten test rows that the gradient's step alone flips, at each size of the step."""
    rows, pixels, nudge = member.view.test[:10], X.shape[1], 0.01 * np.eye(X.shape[1])
    less, more = (
        member.predict_proba((X[rows, None] + way).reshape(-1, pixels)).reshape(len(rows), pixels, -1)
        for way in (-nudge, nudge)
    )
    rising = np.sign((less - more)[np.arange(len(rows)), :, y[rows]])  # less of the true answer is more of the loss
    signs = {AGAINST: rising, RANDOM: np.random.default_rng(0).choice([-1.0, 1.0], rising.shape)}
    moved = {way: np.clip(X[rows] + np.multiply.outer(sizes, sign), 0, 1) for way, sign in signs.items()}
    answers = {way: member.predict(one.reshape(-1, pixels)).reshape(len(sizes), -1) for way, one in moved.items()}
    kept = {way: one == y[rows] for way, one in answers.items()}
    row, side = int((kept[RANDOM].all(axis=0) & ~kept[AGAINST][-1]).argmax()), round(pixels**0.5)
    figures = []
    for k in range(len(sizes)):
        cells = [
            {"x": at % side, "y": side - 1 - at // side, "pixel": float(pixel), "moved": way}
            for way, images in moved.items() for at, pixel in enumerate(images[k, row])
        ]  # fmt: skip
        axes = Axis("x", "column"), Axis("y", "row, from below"), Axis("pixel", "pixel", ends=(0, 1))
        figures.append(heat_figure(ResultFrame(cells), *axes, panel="moved", name="image", title=""))
    names = [f"{s:g}; answers {answers[AGAINST][k, row]} and {answers[RANDOM][k, row]}" for k, s in enumerate(sizes)]
    title = f"A {y[rows[row]]} that is moved, against the gradient and at random, and what the network then answers."
    return with_slider(figures, names, name="image-by-step", label="step", title=title, shown=len(sizes) - 1)


def _error(member: wellfit.training.TrainedMember, moved: np.ndarray, y: np.ndarray) -> float:
    test = member.view.test
    return float((member.predict(moved[test]) != y[test]).mean())


EXPERIMENT = Experiment(
    "A small step against the gradient",
    "Every pixel of an image is changed by the same small amount: once up or down at random, once in the direction in "
    "which the loss rises. How many answers of a well-trained network does each of the two change?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 7.13; Goodfellow et al. 2014", (1.3, 3.0, 10), run,
    "A network is close to linear in its inputs. A step of epsilon in every pixel moves a linear unit by epsilon times "
    "the sum of its weights' sizes, where signs at random cancel.",
    data="MNIST in place of digits",
)  # fmt: skip
