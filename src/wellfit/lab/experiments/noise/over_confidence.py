"""Noise on labels and label smoothing: probabilities that are less sure of themselves, and more often true."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, Figure, density_figure, line_figure, with_slider
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference
from wellfit.statistics.reliability import Reliability, reliability

WAYS = {"none": {}, "label smoothing 0.1": {"label_smoothing": 0.1}, "label noise 0.1": {"label_noise": 0.1}}
PLAIN, SMOOTHED, NOISY = WAYS
EXPECTED = "expected calibration error without minus with, mean over samples of rows"
CLAIMS = (
    Claim(
        "over", "A network that fits all training rows is over-confident on new ones",
        "stated probability minus share of right answers, mean over samples of rows", least=0.05,
    ),
    Claim(
        "smoothed", "Label smoothing lowers the expected calibration error", EXPECTED, 0.0,
        published="Müller, Kornblith & Hinton 2019: label smoothing lowers the expected calibration error",
    ),
    Claim("noisy", "Noise on labels lowers the expected calibration error", EXPECTED, least=0.0),
    Claim(
        "auc", "Smoothing hardly changes the order of the rows",
        "area under the ROC curve without smoothing minus with, mean over samples of rows", least=-0.02, most=0.02,
        published="the area may fall",
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """Networks on rows whose class is never certain, with each change of the labels."""
    from sklearn.metrics import roc_auc_score

    repeats, training, test = lab.pick(2, 8, 24), lab.pick(100, 300, 300), lab.pick(500, 2000, 2000)
    recipe = wellfit.Recipe.plain(
        hidden=(64, 64), epochs=lab.pick(10, 60, 60), batch_size=32, optimizer={"name": "adam", "learning_rate": 0.003}
    )
    recipes = [recipe.vary(way) for way in WAYS.values()]
    view = wellfit.View(np.arange(training), np.arange(0), training + np.arange(test))
    stated: dict[str, list[Reliability]] = {way: [] for way in WAYS}
    area: dict[str, list[float]] = {way: [] for way in WAYS}
    figures: list[Figure] = []
    for k in range(repeats):
        X, y = _made(np.random.default_rng(k), training + test)
        for way, member in zip(WAYS, wellfit.train(recipes, X, y, views=view, seeds=k, **lab.options), strict=True):
            p = member.predict_proba(X[view.test])
            right = p.argmax(axis=1) == y[view.test]
            if k == 0:
                figures.append(_sureness(p.max(axis=1), right))
            stated[way].append(reliability(p.max(axis=1), right.astype(float), np.ones(test), 10))
            area[way].append(float(roc_auc_score(y[view.test], p[:, 1])))
    over = {way: np.array([one.over_confidence for one in every]) for way, every in stated.items()}
    wrong = {way: np.array([one.expected_error for one in every]) for way, every in stated.items()}
    found = {
        "over": difference(over[PLAIN], np.zeros(repeats)), "smoothed": difference(wrong[PLAIN], wrong[SMOOTHED]),
        "noisy": difference(wrong[PLAIN], wrong[NOISY]), "auc": difference(area[PLAIN], area[SMOOTHED]),
    }  # fmt: skip
    rows = [
        {"labels": way, "over-confidence": float(over[way].mean()),
         "expected calibration error": float(wrong[way].mean()), "area under the curve": float(np.mean(area[way]))}
        for way in WAYS
    ]  # fmt: skip
    bins = [
        {"labels": way, "stated": float(np.mean([one.confidence[b] for one in stated[way]])),
         "right": float(np.mean([one.right[b] for one in stated[way]]))}
        for way in WAYS for b in range(10)
    ]  # fmt: skip
    bins += [{"labels": "as stated", "stated": p, "right": p} for p in (0.5, 1.0)]
    figure = line_figure(
        ResultFrame(bins), Axis("stated", "stated probability of the answer"), Axis("right", "share of right answers"),
        series="labels", name="reliability", title="How often answers are right that networks are so sure of.",
    )  # fmt: skip
    sure = with_slider(
        figures, list(WAYS), name="sureness", label="change of labels",
        title="How sure a network is where it is right, and where it is wrong: rows of one sample.",
    )  # fmt: skip
    trained = f"{len(WAYS)} recipes on {repeats} samples of {training} made rows"
    return Answer(rows, found, (figure, sure), len(WAYS) * repeats, trained)


def _sureness(stated: np.ndarray, right: np.ndarray) -> Figure:
    """The spread of stated probabilities, of right and of wrong answers."""
    answers = np.where(right, "right answers", "wrong answers").tolist()
    across = Axis("stated", "stated probability of the answer", ends=(0.5, 1.0))
    return density_figure(
        {"stated": stated, "answers": answers}, across, series="answers", bins=20, name="sure", title=""
    )


def _made(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows of 10 normal columns and two classes: the better answer is right 84 times in 100."""
    X = rng.normal(size=(rows, 10))
    p = 1 / (1 + np.exp(-3 * (X[:, 0] + X[:, 1] * X[:, 2])))
    return X, (rng.random(rows) < p).astype(int)


EXPERIMENT = Experiment(
    "Over-confidence, label noise and label smoothing",
    "A network fits its training rows without error and says how sure it is of its answers on new rows. How often is "
    "it right where it says 99 %, and what changes if training labels are smoothed or now and then drawn at random?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 7.5.1; Müller, Kornblith & Hinton 2019",
    (0.2, 1.4, 4.0), run,
    "Cross-entropy is least at probabilities of 0 and 1, which weights reach only by growing for ever. With smoothed "
    "or noisy labels it is least at probabilities in between. It then pulls all rows of a class to one answer, and "
    "what set the sure ones apart is lost: the order of the rows suffers.",
)  # fmt: skip
