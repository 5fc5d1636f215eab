"""The last sections of a fit's report: findings, the recipe to copy, and how to repeat it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from wellfit.diagnosis.examination import Examination
from wellfit.errors import clean, reason
from wellfit.parsing import NONSENSE
from wellfit.recipe import Recipe
from wellfit.recipe.brief import changed_slots
from wellfit.report.commands import beside, fit_words, join, of_the_table, option_words, options_of, why_not
from wellfit.report.content import Block, Code, Note, ReportTable, Section
from wellfit.report.findings import examination_blocks, left_out_for_time
from wellfit.report.fit_scores import not_examined
from wellfit.report.saved_fit import SavedFit
from wellfit.reprs import counted, cut
from wellfit.statistics.summary import target_in_words

MOST_COLUMNS = 60  # in the table of columns
MOST_NAME, MOST_WORDS = 40, 140  # letters


def findings_sections(fit: SavedFit) -> tuple[Section, ...]:
    """What the rules found, with evidence and remedies; folded, what is fine and what did not apply."""
    title = "What does the diagnosis say?"
    plain = fit.evidence.get("examination")
    if not plain and fit.folder is None:
        return (Section("findings", title, ("Not examined: wellfit.diagnose examines a recipe on a table.",)),)
    if not plain:
        return (Section("findings", title, ("Not examined. " + not_examined(fit),)),)
    try:
        examination = Examination.from_plain(plain)
    except NONSENSE as error:
        return (Section("findings", title, (f"The saved findings cannot be read: {reason(error)}.",)),)
    said = examination_blocks(examination, _judged(fit))
    notes = tuple(block for block in said if isinstance(block, Note))
    others = tuple(block for block in said if not isinstance(block, Note))
    first = Section("findings", title, (_of_which(fit), *notes, *_late(fit, examination)))
    if not others:
        return (first,)
    return first, Section("checked", "What was checked and is fine, and what did not apply?", others, folded=True)


def _judged(fit: SavedFit) -> Recipe:
    """The recipe that the rules judge."""
    candidate = int(dict(fit.evidence.get("chosen") or {}).get("candidate", -1))
    search = fit.result.search
    if search is None or candidate < 0:
        return _recipe_of(fit.result.recipe)
    return _recipe_of(search.record["search"]["candidates"][candidate]["recipe"])


def _recipe_of(plain: Mapping[str, Any]) -> Recipe:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of combinations: training has warned of them
        return Recipe.from_dict(plain)


def _late(fit: SavedFit, examination: Examination) -> list[Block]:
    """How to examine what there was no time for."""
    many = left_out_for_time(examination)
    if not many or fit.folder is None:
        return []
    said = f"There was no time for {counted(many, 'rule')}."
    lacking = why_not(fit, "the doctor")
    if lacking:
        return [f"{said} {lacking}"]
    options = options_of(fit)
    command = [*of_the_table(fit, "doctor"), *option_words(options, ("metric",)), "--result", str(fit.folder)]
    if options.get("test") not in (None, "none"):
        command += ["--later", str(options["test"])]
    command += ["--out", beside(fit, "doctor")]
    return [Code(f"{said} The doctor runs them all:", join(command))]


def _of_which(fit: SavedFit) -> str:
    candidate = dict(fit.evidence.get("chosen") or {}).get("candidate", -1)
    of = f"candidate {candidate}, which weighs most in the ensemble" if candidate >= 0 else "the recipe"
    return f"The rules of the diagnosis judge the table and {of}."


def recipe_section(fit: SavedFit) -> Section:
    """The recipe to copy: of a search that of the candidate that weighs most."""
    search = fit.result.search
    plain = fit.result.recipe if search is None or not search.ensemble else search.recipe_of(search.ensemble[0])
    recipe = _recipe_of(plain)
    of = "" if search is None else f" of candidate {search.ensemble[0].candidate}, which weighs most"
    saved = Code(f"The recipe{of}: save it as recipe.toml. What it leaves out is the default.", _toml(recipe), "toml")
    return Section("recipe", "Which recipe is worth keeping?", (saved, _training(fit)), folded=True)


def _training(fit: SavedFit) -> Code:
    """How the recipe alone is trained on the same rows."""
    if not fit.table or fit.folder is None:
        return Code("Train it by itself:", 'wellfit.train("recipe.toml", X, y)', "python")
    command = [*fit_words(fit, "folds", "bootstrap", "start_from", "layers"), "--recipe", "recipe.toml"]
    return Code("Train it by itself:", join([*command, "--out", f"{fit.folder}-recipe"]))


def _toml(recipe: Recipe) -> str:
    """What differs from the default recipe."""
    import tomli_w

    changed = changed_slots(recipe)
    return tomli_w.dumps(changed) if changed else "# the default recipe\n"


def repeat_section(fit: SavedFit) -> Section:
    """How the table was read, where the time went, and how to repeat it."""
    blocks: list[Block] = [f"Predicted: {clean(target_in_words(fit.result.target))}."]
    if fit.command:
        blocks.append(Code("The command of this fit:", fit.command))
    if fit.folder is not None:
        model = fit.folder / "model.wellfit"
        blocks.append(Code("Predict new rows:", join(["wellfit", "predict", str(model), "new.csv"])))
    if fit.result.search is not None and fit.folder is not None:
        again = [*fit_words(fit, "small"), "--replay", str(fit.folder / "result.json"), "--out", f"{fit.folder}-again"]
        blocks.append(Code("Repeat this search to the same networks:", join(again)))
    blocks += [*_columns(fit), *_seconds(fit)]
    blocks += [clean(note) for note in fit.result.notes]
    return Section("repeat", "How was it made, and how is it repeated?", tuple(blocks), folded=True)


def _columns(fit: SavedFit) -> list[Block]:
    columns = fit.result.columns
    rows = tuple(
        (cut(clean(str(one.get("column", ""))), MOST_NAME), str(one.get("kind", "")), _words(one)) for one in columns
    )[:MOST_COLUMNS]
    if not rows:
        return []
    of = f" The first {len(rows)} of {len(columns)}." if len(columns) > len(rows) else ""
    return [ReportTable(f"How the columns are read.{of}", ("column", "kind", "what is known of it"), rows)]


def _words(column: dict[str, object]) -> str:
    told = {name: value for name, value in column.items() if name not in ("column", "kind") and value not in (None, "")}
    known = [f"{name} {value}" for name, value in told.items()]
    return cut(clean(", ".join(known)), MOST_WORDS)


def _seconds(fit: SavedFit) -> list[Block]:
    seconds = {name: value for name, value in fit.result.seconds.items() if name not in ("all", "until_trained")}
    report = dict(fit.evidence.get("seconds") or {}).get("spent")
    if report is not None:
        seconds["measuring for the report"] = float(report)
    rows = tuple((name, f"{value:.1f} s") for name, value in seconds.items() if value >= 0.05)
    return [ReportTable("Where the time went.", ("stage", "time"), rows, (1,))] if rows else []
