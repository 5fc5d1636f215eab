"""What the command shows after training: scores, the ensemble, estimates; notes on zeros, constraints and priors."""

from __future__ import annotations

import math

from rich.console import Console

from wellfit.cli.recipes import in_few_words
from wellfit.cli.screen import printable, say, simple_table
from wellfit.engines.compiled.measure.multipliers import multipliers
from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.models.model import Model
from wellfit.recipe import Recipe
from wellfit.search import SmallNetwork
from wellfit.statistics.comparison import TITLES, Interval
from wellfit.statistics.result import Comparison, SearchResult

METRIC_NAMES = {"log_loss": "log-loss", "auc": "AUC", "rmse": "RMSE", "mae": "MAE", "r2": "R2"}
MOST_NAMES = 20
INACTIVE = "was not active at the end: the weights are smaller than it allows."


def metric_name(metric: str) -> str:
    """A metric's name for people."""
    return METRIC_NAMES.get(metric, metric.replace("_", " "))


def shown_score(name: str, value: float) -> str:
    """A score in its usual unit: an error rate in percent."""
    if not math.isfinite(value):
        return ""
    return f"{value:.2%}" if name == "error_rate" else f"{value:.4g}" if name == "rmse" else f"{value:.4f}"


def show_scores(console: Console, comparison: Comparison) -> None:
    """The predictors' scores on the same rows, a line each, and the comparison in words."""
    where = {
        "test": f"On {comparison.rows:,} test rows, {_used_for(comparison)}",
        "cross-validation": f"On the {comparison.rows:,} training rows, by cross-validation",
        "out-of-bag": f"On {comparison.rows:,} training rows, out of bag",
    }
    of_task = f"{comparison.task}: " if comparison.task else ""
    say(console, f"{of_task}{where[comparison.where]}:", style="bold")
    names = list(comparison.predictors[0].scores)
    heads = [TITLES[names[0]], "95 % interval", *(TITLES[name] for name in names[1:])]
    table = simple_table("", *heads, right=tuple(range(1, 1 + len(heads))))
    for one in comparison.predictors:
        scores = [shown_score(name, one.scores.get(name, math.nan)) for name in names]
        table.add_row(one.name, scores[0], _span(names[0], one.intervals.get(names[0])), *scores[1:])
    console.print(table)
    for one in comparison.predictors:
        if one.remark:
            say(console, f"{one.name}: {one.remark}.", style="dim")
    if comparison.baselines_skipped:
        say(console, "The baselines were left out after Ctrl-C.", style="dim")
    if comparison.difference is not None:
        say(console, comparison.difference.conclusion)
    console.print()


def _used_for(comparison: Comparison) -> str:
    """Whether the test rows are new to the networks, in words."""
    if comparison.seen == comparison.rows:
        return "all of them training rows as well"
    if comparison.seen:
        return f"{comparison.seen:,} of them equal to training rows"
    return "used for nothing else"


def _span(name: str, interval: Interval | None) -> str:
    if interval is None or not all(map(math.isfinite, interval)):
        return ""
    return f"{shown_score(name, interval[0])} to {shown_score(name, interval[1])}"


def show_ensemble(console: Console, result: SearchResult) -> None:
    """The chosen candidates, a line each: weight, held-out score, and what differs from the default recipe."""
    say(console, "The ensemble:", style="bold")
    heads = ("weight", "networks", f"held-out {metric_name(result.metric)}", "candidate", "recipe")
    table = simple_table(*heads, right=(0, 1, 2, 3), wrapped=(4,))
    for one in result.ensemble:
        score = f"{one.score:.4g}" if math.isfinite(one.score) else ""
        recipe = printable(in_few_words(Recipe.from_dict(result.recipe_of(one))))
        table.add_row(f"{one.weight:.1%}", str(one.networks), score, str(one.candidate), recipe)
    console.print(table)
    console.print()


def estimate_in_words(result: SearchResult) -> str:
    """The cross-validated estimate, and the score on the test rows beside it."""
    name = metric_name(result.metric)
    if not math.isfinite(result.estimate.mean):
        words = f"There is no cross-validated estimate of the {name}, for no row was held out."
    else:
        words = f"Estimated by cross-validation: {name} {result.estimate}."
    return words if result.test_score is None else f"{words} On the test rows: {result.test_score}."


def small_in_words(small: SmallNetwork, metric: str) -> str:
    """How the small network compares with the ensemble it was distilled from."""
    cost = f"It predicts with {small.cost / small.ensemble_cost:.1%} of the ensemble's work"
    if math.isfinite(small.loss.mean):
        compared = (
            f"on the same {len(small.rows):,} held-out rows its {metric_name(metric)} is {small.loss}, that of the "
            f"ensemble {small.ensemble_loss}"
        )
    else:
        compared = "no row was held out to compare them on"
    return f"The model is one small network, distilled from this ensemble. {cost}; {compared}."


def notes_on_weights(population: TrainingRun, model: Model) -> list[str]:
    """Notes on zeros, constraints and priors; none where no weight is 0 and the recipe has neither of the others."""
    if population.target.tasks:  # whose gradients and likelihoods are not one target's
        return _zeros(model)
    return [*_zeros(model), *_constraints(population), *_priors(population)]


def _zeros(model: Model) -> list[str]:
    sparsity = model.weight_sparsity()
    layers = {
        name: sum(one.zeros.get(name, 0.0) for one in sparsity) / len(sparsity)
        for one in sparsity
        for name in one.zeros
    }
    if not any(layers.values()):
        return []
    shares = ", ".join(f"{name} {share:.0%}" for name, share in layers.items())
    notes = [f"Weights that are exactly 0, by layer: {shares}."]
    unread = model.unread_columns()
    if unread:
        more = f" and {len(unread) - MOST_NAMES} more" if len(unread) > MOST_NAMES else ""
        notes.append(f"Columns that no network reads: {', '.join(unread[:MOST_NAMES])}{more}.")
    return notes


def _constraints(population: TrainingRun) -> list[str]:
    several = population.target.kind == "tasks"  # whose gradient over all rows is not taken
    members = [member for member in population.members if member.status != "diverged" and not several]
    found: dict[tuple[str, str], list[float]] = {}
    active: set[str] = set()
    for member in members:
        for one in multipliers(member, population.arrays, population.target):
            found.setdefault((one.part, one.norm), []).append(one.strength)
            active |= {one.part} if one.active else set()
    return [
        f"The constraint on the {part if part == 'network' else f'layer {part}'} "
        + (f"amounts to a penalty {norm} of {_range(strengths)}." if part in active else INACTIVE)
        for (part, norm), strengths in found.items()
    ]


def _priors(population: TrainingRun) -> list[str]:
    prior = population.members[0].recipe.prior
    strengths = [prior.precision() * member.prepared.prior_factor for member in population.members]
    if not any(strengths):
        return []
    return [f"The prior amounts to a penalty {'l2' if prior.name == 'gaussian' else 'l1'} of {_range(strengths)}."]


def _range(values: list[float]) -> str:
    low, high = f"{min(values):.3g}", f"{max(values):.3g}"
    return low if low == high else f"{low} to {high}"
