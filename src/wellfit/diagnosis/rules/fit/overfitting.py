"""Overfitting: training rows are fitted better than the reference fits them, and validation rows clearly worse."""

from __future__ import annotations

from wellfit.diagnosis.base import Case, Judgement, Remedy, fine, found, not_applicable, rule
from wellfit.diagnosis.base.readings import constant_loss, grade, median_of
from wellfit.diagnosis.base.remedies import DEFAULT_REGULARISATION, KEEP_BEST, recipe_of, tried_first, valid
from wellfit.diagnosis.base.shortfall import costs, shortfall


@rule(
    "overfitting", "Overfitting", needs=("training",), explains=("recipe-unusual", "over-confidence", "unstable-folds")
)
def overfitting(
    case: Case, *, gap: float = 0.2, missing: float = 0.4, surely: float = 0.15, closer: float = 0.1,
) -> Judgement:  # fmt: skip
    """The network fits its training rows much better than new rows, and new rows worse than another recipe does.

    Detected: losses in evaluation mode on equally many training and validation rows differ by at least `gap` of a
        constant prediction's loss; validation rows lack at least `missing` (its 95 % interval at least `surely`) of
        what the reference gains; and training rows are not fitted worse than by the reference, by more than `closer`.
    Why it matters: what is learned by heart does not hold for new rows.
    What to do: keep the best weights, more dropout or decay, a smaller network, more rows.
    How sure: a gap alone says little, for every strong network has one: that new rows are predicted worse decides.

    gap: good recipes on small tables show up to 0.3 of the constant's loss, but then predict new rows well.
    missing: good recipes with large networks miss up to 35 % of the gain on tables of few rows.
    surely: so that noise of rows and folds does not decide.
    closer: what is fitted worse on the training rows too has another cause.
    """
    own = [one for one in case.trained if one.training is not None and one.validation is not None]
    constant = constant_loss(case)
    if not own or not constant > 0:
        return not_applicable("Training and validation rows, or a constant prediction to compare with, are missing.")
    distance = median_of(own, lambda one: one.validation.loss - one.training.loss) / constant  # type: ignore[union-attr]
    evidence: dict[str, float | str] = {"gap, in losses of a constant": distance, "threshold": gap}
    worse, fitted = shortfall(case), shortfall(case, "training")
    if distance < gap or worse is None:
        return fine("Training and validation rows are fitted about alike.", evidence)
    evidence |= worse.evidence | {"threshold of what is missing": missing}
    by_heart = fitted is None or fitted.relative <= closer
    if not (by_heart and worse.clear(missing) and worse.low > surely):
        return fine("Training rows are fitted better than validation rows, which costs little.", evidence)
    return found(
        "problem" if costs(case) else "warning",
        f"Validation rows are predicted worse than by the {worse.reference}, though training rows are fitted as "
        "well or better: the network has learned its training rows by heart.",
        evidence=evidence, strength=grade(worse.relative, missing, 2.0), remedies=_remedies(case),
    )  # fmt: skip


def _remedies(case: Case) -> tuple[Remedy, ...]:
    hidden = recipe_of(case).hidden
    smaller = Remedy("Use a quarter of the units.", {"hidden": tuple(max(8, units // 4) for units in hidden)})
    dropout = Remedy("Drop 30 % of the hidden units at random in training.", {"dropout": 0.3})
    return valid(case, [KEEP_BEST, DEFAULT_REGULARISATION, dropout, smaller, *tried_first("overfits")])
