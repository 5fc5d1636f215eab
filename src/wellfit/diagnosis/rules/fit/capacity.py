"""The size of the network: too few units for the task, too many parameters for the rows."""

from __future__ import annotations

from wellfit.diagnosis.base import Case, Judgement, Remedy, fine, found, not_applicable, rule
from wellfit.diagnosis.base.readings import constant_loss, grade, median_of
from wellfit.diagnosis.base.remedies import DEFAULT_NETWORK, recipe_of, valid
from wellfit.diagnosis.base.shortfall import held_back, severity_of, shortfall


@rule(
    "too-few-units",
    "Too few units",
    needs=("training",),
    explains=("recipe-unusual", "underfitting", "plateau", "constant-predictions", "still-improving", "unstable-folds"),
)
def too_few_units(case: Case, *, narrow: int = 4, rather: int = 8, missing: float = 0.1) -> Judgement:
    """A hidden layer is so narrow that the network cannot represent what another recipe learns.

    Detected: the narrowest hidden layer has at most `narrow` units (a warning up to `rather`), and the training rows
        lack at least `missing` of what the reference, which is wider, gains there.
    Why it matters: all that later layers know passes through the narrowest layer.
    What to do: more units.
    How sure: the width is certain; that it is the cause is likely where no finding about learning rate, dead units or
        penalties stands beside it.

    narrow: of 1 to 4 units, one that is dead or alike takes a quarter or more of the layer.
    rather: networks of 5 units a layer learn easy tables of 2 inputs well.
    missing: less is within what two good recipes differ by.
    """
    hidden = recipe_of(case).hidden
    if not hidden:
        return not_applicable("The recipe has no hidden layer.")
    least, behind = min(hidden), held_back(case, missing)
    evidence: dict[str, float | str] = {"units of the narrowest layer": least, "threshold": narrow}
    if least > rather or behind is None:
        return fine("The layers are wide enough for what the reference learns.", evidence)
    where = tuple(f"hidden{place}" for place, units in enumerate(hidden) if units == least)
    wider = Remedy("Use at least 64 units in each hidden layer.", {"hidden": tuple(max(64, units) for units in hidden)})
    return found(
        severity_of(case, least <= narrow), f"The narrowest hidden layer has {least} unit{'s' * (least > 1)}, and the "
        f"training rows are fitted worse than by the {behind.reference}.",
        evidence=evidence | behind.evidence, strength=0.8 * grade(rather / least, 1.0, 8.0), layers=where,
        remedies=valid(case, [wider, DEFAULT_NETWORK]),
    )  # fmt: skip


@rule("too-many-parameters", "Too many parameters for the rows", needs=("training",))
def too_many_parameters(case: Case, *, a_row: float = 20.0, gap: float = 0.2, missing: float = 0.25) -> Judgement:
    """There are many more parameters than rows, and new rows are predicted worse than by another recipe.

    Detected: at least `a_row` parameters for each training row, a gap between training and validation loss of at least
        `gap` of a constant's loss, and at least `missing` of the reference's gain missing on validation rows.
    Why it matters: such a network can learn its rows by heart. Many large networks do not, if they are regularised.
    What to do: fewer units, or more regularisation.
    How sure: the size is certain; that it is the cause is not, so it is never more than a warning.

    a_row: good recipes have up to 100 parameters a row on small tables without harm; below 20 size is hardly the cause.
    gap: as for overfitting.
    missing: of good recipes few miss as much on validation rows.
    """
    nets = [one for one in case.trained if one.training is not None and one.validation is not None]
    constant = constant_loss(case)
    if not nets or not constant > 0:
        return not_applicable("Training and validation rows, or a constant prediction to compare with, are missing.")
    rate = median_of(nets, lambda one: one.parameters / max(len(one.view.training), 1))
    distance = median_of(nets, lambda one: one.validation.loss - one.training.loss) / constant  # type: ignore[union-attr]
    worse = shortfall(case)
    evidence = {"parameters a row": rate, "threshold": a_row, "gap, in losses of a constant": distance}
    if rate < a_row or distance < gap or worse is None or not worse.clear(missing):
        return fine("The number of parameters does no visible harm.", evidence)
    hidden = tuple(max(8, units // 4) for units in recipe_of(case).hidden)
    return found(
        "warning", f"There are {rate:,.0f} parameters for each training row, and new rows are predicted worse than "
        f"by the {worse.reference}.",
        evidence=evidence | worse.evidence, strength=0.5 * grade(rate, a_row, 50 * a_row),
        remedies=valid(case, [Remedy("Use a quarter of the units.", {"hidden": hidden})]),
    )  # fmt: skip
