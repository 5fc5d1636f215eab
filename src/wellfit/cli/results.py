"""What the command shows after training: scores, the ensemble, estimates; notes on zeros, constraints and priors."""

from __future__ import annotations

import math

from rich.console import Console
from rich.table import Table

from wellfit.cli.recipes import in_few_words
from wellfit.cli.screen import printable, say, simple_table
from wellfit.engines.compiled.measure.multipliers import multipliers
from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.models.model import Model
from wellfit.recipe import Recipe
from wellfit.search import SmallNetwork
from wellfit.statistics.intervals import Estimate
from wellfit.statistics.result import Comparison, SearchResult
from wellfit.statistics.scores import better, score_title, shown_estimate, shown_score

MOST_NAMES = 20
EVEN = 0.99  # of the rows: weights that leave as many are not worth a word
INACTIVE = "was not active at the end: the weights are smaller than it allows."


def show_scores(console: Console, comparison: Comparison) -> None:
    """The predictors' scores on the same rows, a line each, and the comparison in words."""
    where = {
        "test": f"On {comparison.rows:,} test rows, {_used_for(comparison)}",
        "cross-validation": f"On the {comparison.rows:,} training rows, by cross-validation",
        "out-of-bag": f"On {comparison.rows:,} training rows, out of bag",
    }
    of_task = f"{comparison.task}: " if comparison.task else ""
    say(console, f"{of_task}{where[comparison.where]}:", style="bold")
    console.print(_table(comparison))
    for remark in _remarks(comparison):
        say(console, remark, style="dim")
    if comparison.difference is not None:
        say(console, comparison.difference.conclusion)
    console.print()


def _table(comparison: Comparison) -> Table:
    """A line a predictor: the main score with its interval, and the other scores."""
    main, *others = comparison.predictors[0].scores
    heads = (score_title(main), "95 % interval", *map(score_title, others))
    table = simple_table("", *heads, right=tuple(range(1, 1 + len(heads))))
    for one in comparison.predictors:
        score, unknown = one.scores.get(main), Estimate(math.nan)
        interval = f"{shown_score(main, score.low)} to {shown_score(main, score.high)}" if score and score.known else ""
        cells = [shown_score(name, one.scores.get(name, unknown).mean) for name in (main, *others)]
        table.add_row(one.name, cells[0], interval, *cells[1:])
    return table


def _remarks(comparison: Comparison) -> list[str]:
    """What is to be known of the rows, the scores and the predictors, a sentence each."""
    networks = comparison.predictors[0].scores
    up = ", ".join(score_title(name) for name in networks if better(name) == "higher")
    down = ", ".join(score_title(name) for name in networks if better(name) == "lower")
    found = [f"Higher is better: {up}. Lower is better: {down}."] if up and down else []
    if comparison.effective_rows < EVEN * comparison.rows:
        found.append(uneven_weights(comparison.effective_rows))
    main = next(iter(networks))
    shown = {
        name: one.remark for name, one in networks.items() if one.remark and (name == main or math.isnan(one.mean))
    }
    found += [f"{score_title(name)}: {remark}." for name, remark in shown.items()]
    found += [f"{one.name}: {one.remark}." for one in comparison.predictors if one.remark]
    return [*found, "The baselines were left out after Ctrl-C."] if comparison.baselines_skipped else found


def uneven_weights(effective_rows: float) -> str:
    """A sentence on weights that leave fewer rows than there are."""
    return f"With their uneven weights the rows tell as much as {effective_rows:,.1f} equal ones."


def _used_for(comparison: Comparison) -> str:
    """Whether the test rows are new to the networks, in words."""
    if comparison.seen == comparison.rows:
        return "all of them training rows as well"
    if comparison.seen:
        return f"{comparison.seen:,} of them equal to training rows"
    return "used for nothing else"


def show_ensemble(console: Console, result: SearchResult) -> None:
    """The chosen candidates, a line each: weight, held-out score, and what differs from the default recipe."""
    say(console, "The ensemble:", style="bold")
    heads = ("weight", "networks", f"held-out {score_title(result.metric)}", "candidate", "recipe")
    table = simple_table(*heads, right=(0, 1, 2, 3), wrapped=(4,))
    for one in result.ensemble:
        score = shown_score(result.metric, one.score)
        recipe = printable(in_few_words(Recipe.from_dict(result.recipe_of(one))))
        table.add_row(f"{one.weight:.1%}", str(one.networks), score, str(one.candidate), recipe)
    console.print(table)
    console.print()


def estimate_in_words(result: SearchResult) -> str:
    """The cross-validated estimate, and the score on the test rows beside it."""
    name = score_title(result.metric)
    if math.isfinite(result.estimate.mean):
        words = f"Estimated by cross-validation: {name} {shown_estimate(result.metric, result.estimate)}."
    elif result.estimate.remark:
        words = f"There is no cross-validated estimate of the {name}: {result.estimate.remark}."
    else:
        words = f"There is no cross-validated estimate of the {name}, for no row was held out."
    if result.test_score is None:
        return f"{words} {_held_out(result)}".rstrip()
    return f"{words} On the test rows: {shown_estimate(result.metric, result.test_score)}."


def _held_out(result: SearchResult) -> str:
    known = [
        f"{score_title(name)} {shown_estimate(name, one)}"
        for name, one in result.held_out.items()
        if name != result.metric
    ]
    return f"On the held-out rows, which chose the ensemble too: {', '.join(known)}." if known else ""


def small_in_words(small: SmallNetwork, metric: str) -> str:
    """How the small network compares with the ensemble it was distilled from."""
    cost = f"It predicts with {small.cost / small.ensemble_cost:.1%} of the ensemble's work"
    if math.isfinite(small.loss.mean):
        compared = (
            f"on the same {len(small.rows):,} held-out rows its {score_title(metric)} is "
            f"{shown_estimate(metric, small.loss)}, that of the ensemble {shown_estimate(metric, small.ensemble_loss)}"
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
