"""Settings far from what is usual, seen before anything is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from wellfit.diagnosis.base import Case, Judgement, Remedy, Severity, fine, found, rule
from wellfit.diagnosis.base.finding import SEVERITIES
from wellfit.diagnosis.rules.recipe.strengths import strength
from wellfit.diagnosis.rules.table.facts import counted_rows
from wellfit.recipe import Recipe

# Learning rates that work with usual initial weights and scaled inputs, by the optimiser: lowest, first try, highest.
USUAL_RATES: dict[str, tuple[float, float, float]] = {
    "sgd": (1e-3, 0.1, 1.0), "momentum": (1e-4, 0.01, 0.3), "nesterov": (1e-4, 0.01, 0.3),
    "adagrad": (1e-3, 0.01, 0.3), "rmsprop": (1e-5, 1e-3, 0.03), "adadelta": (0.01, 1.0, 10.0),
    "adam": (3e-5, 1e-3, 0.05), "amsgrad": (3e-5, 1e-3, 0.05), "adamax": (5e-5, 2e-3, 0.1),
    "nadam": (3e-5, 2e-3, 0.05), "nadam_dozat": (3e-5, 2e-3, 0.05),
}  # fmt: skip
SQUASHING = ("sigmoid", "tanh")


@dataclass(frozen=True)
class Oddity:
    """One unusual setting: in words, how grave, how clear (0 to 1), and what to change."""

    words: str
    severity: Severity
    clear: float
    remedy: Remedy


@rule("recipe-unusual", "Unusual settings", needs=("recipe",))
def recipe_unusual(
    case: Case, *, beyond: float = 10.0, deep_sigmoid: int = 3, deep_tanh: int = 8, few_updates: int = 50,
    most_dropout: float = 0.7, wide: float = 10.0, narrow: float = 0.1,
) -> Judgement:  # fmt: skip
    """Settings that mostly do not train well, told before anything is trained.

    Detected: from the recipe, and from the number of rows where a table is given: a learning rate outside what is usual
    for the optimiser; deep layers of sigmoid or tanh without normalisation or skip connections; weights that all start
    equal, or far too large or small; fewer updates than a network needs to move; a batch larger than the rows; very
    strong dropout.
    Why it matters: each of these makes training slow, stuck or unstable, whatever the rows are; a minute of reading
    saves an hour of training.
    What to do: take the usual value, or train and see: rules about training tell what it does to these rows.
    How sure: equal weights are certain, since units that start equal stay equal, and a problem. The others are rules of
    thumb: warnings and hints. Where networks were trained it is never more than a hint: other rules
    say what it does to them.

    beyond: times above the highest or below the lowest usual rate, from which on it is a warning and no hint.
    deep_sigmoid: hidden layers of sigmoid from which on its gradient, at most 1/4 a layer, mostly vanishes.
    deep_tanh: hidden layers of tanh, whose gradient is up to 1.
    few_updates: of the whole run, below which hardly any weight has moved as far as its initial size.
    most_dropout: rate above which so few units are left that hardly anything is learned.
    wide: times the spread of Glorot's initialisation, above which units saturate or outputs explode.
    narrow: times that spread, below which signals die out.
    """
    recipe = case.recipe
    assert recipe is not None
    rows = _training_rows(case)
    oddities = [
        *_rate(recipe, beyond), *_squashed(recipe, deep_sigmoid, deep_tanh), *_start(recipe, wide, narrow),
        *_updates(recipe, rows, few_updates), *_dropout(recipe, most_dropout),
    ]  # fmt: skip
    evidence: dict[str, Any] = {
        "optimizer": recipe.optimizer.name, "learning rate": recipe.optimizer.learning_rate,
        "usual rates": list(USUAL_RATES.get(recipe.optimizer.name, ())), "training rows": rows,
    }  # fmt: skip
    if not oddities:
        return fine("Learning rate, initialisation, depth, batches and dropout are as is usual.", evidence)
    gravest = min((one.severity for one in oddities), key=SEVERITIES.index)
    # Once networks are trained, the rules about training say what it does: this one only points at the setting.
    severity: Severity = "hint" if case.networks else gravest
    clear = 0.0 if case.networks else max(one.clear for one in oddities)
    words = "; ".join(one.words for one in oddities)
    return found(severity, f"{words[:1].upper()}{words[1:]}.", evidence=evidence,
                 strength=clear,
                 remedies=tuple(one.remedy for one in oddities))  # fmt: skip


def _training_rows(case: Case) -> int | None:
    """Rows that train: of the first view, else four fifths of the table; None without a table."""
    if case.networks:
        return len(case.networks[0].view.training)
    return None if case.table is None else int(0.8 * len(counted_rows(case.table)))


def _rate(recipe: Recipe, beyond: float) -> list[Oddity]:
    name, rate = recipe.optimizer.name, recipe.optimizer.learning_rate
    if name not in USUAL_RATES:
        return []
    low, first, high = USUAL_RATES[name]
    by_fan_in = float(np.median(recipe.hidden or (1,))) ** recipe.fan_in_rate.power  # by which layers divide the rate
    low, first, high = low * by_fan_in, first * by_fan_in, high * by_fan_in
    if low <= rate <= high:
        return []
    times, word = (rate / high, "above") if rate > high else (low / rate, "below")
    severity: Severity = "warning" if times >= beyond else "hint"
    words = f"the learning rate {rate:g} is {word} what is usual for {name} ({low:g} to {high:g})"
    remedy = Remedy(f"Try a learning rate of {first:g}.", {"optimizer.learning_rate": first})
    return [Oddity(words, severity, min(np.log10(times) / 2 + 0.3, 1.0), remedy)]


def _squashed(recipe: Recipe, deep_sigmoid: int, deep_tanh: int) -> list[Oddity]:
    if recipe.normalization.name != "none" or recipe.skip != "none":
        return []
    names = [str(getattr(one, "name", "")) for one in recipe.activations()]
    for name, most in zip(SQUASHING, (deep_sigmoid, deep_tanh), strict=True):
        count = names.count(name)
        if count >= most:
            words = f"{count} layers of {name} without normalisation or skip connections let the gradient vanish"
            severity: Severity = "warning" if name == "sigmoid" else "hint"
            remedy = Remedy("Use an activation that does not saturate.", {"activation": "silu"})
            return [Oddity(words, severity, min(count / (2 * most), 1.0), remedy)]
    return []


def _start(recipe: Recipe, wide: float, narrow: float) -> list[Oddity]:
    given = recipe.initialization
    remedy = Remedy("Initialise as suits the activation.", {"initialization": "auto"})
    if not recipe.hidden:
        return []
    if given.name in ("zero", "constant"):
        # Where units are dropped at random, equal ones move apart; from zeros nothing moves but the output's bias.
        apart = given.name == "constant" and strength(recipe, "dropout.rate") > 0
        words = "all weights start equal, so that the units of a layer " + ("hardly differ" if apart else "stay equal")
        return [Oddity(words, "warning" if apart else "problem", 1.0, remedy)]
    if given.name not in ("normal", "uniform"):
        return []
    fans = list(zip(recipe.hidden[:-1], recipe.hidden[1:], strict=True)) or [(recipe.hidden[0], 1)]
    usual = [float(np.sqrt(2 / sum(fan))) for fan in fans]
    spread = [given.scale(*fan) / (np.sqrt(3) if given.name == "uniform" else 1.0) for fan in fans]
    ratio = float(np.exp(np.mean(np.log(np.array(spread) / np.array(usual)))))
    if narrow <= ratio <= wide or recipe.normalization.name != "none":
        return []
    words = f"the initial weights are {ratio:.2g} times as wide as is usual"
    return [Oddity(words, "warning", min(abs(np.log10(ratio)) / 2, 1.0), remedy)]


def _updates(recipe: Recipe, rows: int | None, few_updates: int) -> list[Oddity]:
    if rows is None:
        return []
    odd = []
    batch = rows if recipe.batch_size == "all" else int(recipe.batch_size)
    if batch > rows:
        words = f"a batch of {batch:,} rows is larger than the {rows:,} training rows"
        odd.append(Oddity(words, "hint", 0.4, Remedy("Use smaller batches.", {"batch_size": _smaller(rows)})))
    updates = recipe.epochs * max(-(-rows // batch), 1)
    if updates < few_updates:
        words = f"{recipe.epochs:,} epochs of {rows:,} rows are only {updates:,} updates"
        epochs = int(np.ceil(20 * few_updates / max(-(-rows // min(batch, _smaller(rows))), 1)))
        more = Remedy("Train longer, in smaller batches.",
                      {"epochs": max(epochs, recipe.epochs), "batch_size": min(batch, _smaller(rows))})  # fmt: skip
        odd.append(Oddity(words, "warning", 1 - updates / few_updates, more))
    return odd


def _smaller(rows: int) -> int:
    """A batch size by which an epoch has several updates: a power of 2, from 8 to 128."""
    return int(2 ** np.clip(np.floor(np.log2(max(rows / 8, 1))), 3, 7))


def _dropout(recipe: Recipe, most: float) -> list[Oddity]:
    rate = strength(recipe, "dropout.rate")
    if rate <= most:
        return []
    remedy = Remedy("Drop fewer units.", {"dropout": 0.2})
    return [Oddity(f"dropout of {rate:g} leaves hardly any unit", "warning", min(rate, 1.0), remedy)]
