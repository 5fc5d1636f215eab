"""The report of a fit, from its result and what was measured at its end."""

from __future__ import annotations

from pathlib import Path

from wellfit.errors import clean
from wellfit.report.content import Report, Section
from wellfit.report.fit_end import recipe_section, repeat_section
from wellfit.report.fit_findings import findings_sections
from wellfit.report.fit_importance import importance_section
from wellfit.report.fit_more_data import more_data_section
from wellfit.report.fit_networks import curves_section, ensemble_section, layers_section
from wellfit.report.fit_scores import scores_section, trust_section
from wellfit.report.fit_search import search_section
from wellfit.report.fit_verdict import key_numbers, verdict
from wellfit.report.saved_fit import SavedFit, read_fit
from wellfit.reprs import cut

MOST_TITLE = 60  # letters of a name in the title


def fit_report(fit: SavedFit | str | Path) -> Report:
    """The report of a fit.

    fit: the fit, or the folder that `wellfit fit` wrote.

    Raises:
        InputError: the folder holds no result, or a file of it is damaged.
    """
    if not isinstance(fit, SavedFit):
        fit = read_fit(fit)
    sections: tuple[Section | None, ...] = (
        scores_section(fit), *findings_sections(fit), trust_section(fit), importance_section(fit), curves_section(fit),
        search_section(fit), ensemble_section(fit), layers_section(fit), more_data_section(fit), recipe_section(fit),
        repeat_section(fit),
    )  # fmt: skip
    kept = tuple(section for section in sections if section is not None)
    return Report(_title(fit), "fit", verdict(fit), key_numbers(fit), kept, _facts(fit))


def _title(fit: SavedFit) -> str:
    column = fit.result.target.get("column")
    target = ", ".join(map(str, column)) if isinstance(column, (list, tuple)) else str(column)
    table = f" in {cut(clean(Path(fit.table).name), MOST_TITLE)}" if fit.table else ""
    return f"Fit of {cut(clean(target), MOST_TITLE)}{table}"


def _facts(fit: SavedFit) -> dict[str, str]:
    """Data fingerprint, versions, seed."""
    facts: dict[str, str] = {}
    if fit.facts.get("data"):
        facts["Fingerprint of the training rows"] = str(fit.facts["data"])
    facts["Seed"] = str(fit.result.seed)
    facts["Test rows"] = clean(str(fit.result.rows.get("test_source") or "none"))
    if fit.facts.get("wellfit"):
        facts["wellfit"] = str(fit.facts["wellfit"])
    versions = fit.facts.get("versions") or {}
    if versions:
        facts["Versions"] = ", ".join(f"{name} {number}" for name, number in versions.items())
    if fit.facts.get("platform"):
        facts["Platform"] = str(fit.facts["platform"])
    return facts
