"""Sentences about what penalties and constraints came to: zeros, columns that nothing reads, matching penalties."""

from __future__ import annotations

from wellfit.engines.compiled.measure.multipliers import multipliers
from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.models.model import Model

MOST_NAMES = 20
INACTIVE = "was not active at the end: the weights are smaller than it allows."


def notes_of(population: TrainingRun, model: Model) -> list[str]:
    """Nothing where no weight is 0, no constraint holds and there is no prior."""
    if population.target.tasks:  # whose gradients and likelihoods are not one target's
        return _zeros(model)
    return [*_zeros(model), *_constraints(population), *_priors(population)]


def _zeros(model: Model) -> list[str]:
    told = model.weight_sparsity()
    layers = {name: sum(one.zeros.get(name, 0.0) for one in told) / len(told) for one in told for name in one.zeros}
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
