"""The last sections of a fit's report: findings, more data, the recipe to copy, and how to repeat it."""

from __future__ import annotations

import shlex
import warnings
from collections.abc import Mapping
from typing import Any

from wellfit.diagnosis.examination import Examination
from wellfit.errors import clean, reason
from wellfit.parsing import NONSENSE
from wellfit.recipe import Recipe
from wellfit.recipe.brief import changed_slots
from wellfit.report.content import Block, Code, Note, ReportTable, Section
from wellfit.report.findings import examination_blocks, left_out_for_time
from wellfit.report.fit_limits import limit_of
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
    command = ["wellfit", "doctor", fit.table or "TABLE", "--target", _target(fit), "--result", str(fit.folder)]
    return [Code(f"There was no time for {counted(many, 'rule')}. The doctor runs them all:", join(command))]


def _of_which(fit: SavedFit) -> str:
    candidate = dict(fit.evidence.get("chosen") or {}).get("candidate", -1)
    of = f"candidate {candidate}, which weighs most in the ensemble" if candidate >= 0 else "the recipe"
    return f"The rules of the diagnosis judge the table and {of}."


def more_data_section(fit: SavedFit) -> Section:
    """Whether more rows would help: what can be said, and the command that examines it."""
    command = ["wellfit", "study", "learning_curve", fit.table or "TABLE", "--target", _target(fit)]
    if fit.folder is not None:
        command += ["--result", str(fit.folder)]
    words = (
        "Not examined: all networks were trained on about as many rows. What their losses on known and on new rows "
        "tell: " + limit_of(fit).sentence
    )
    code = Code("This study trains on growing parts of the table, and says what more rows would bring.", join(command))
    return Section("more-data", "Would more data help?", (words, code))


def _target(fit: SavedFit) -> str:
    column = fit.result.target.get("column")
    return ",".join(map(str, column)) if isinstance(column, (list, tuple)) else str(column)


def join(words: list[str]) -> str:
    """A command as a shell takes it, on one line."""
    return clean(shlex.join(words))


def recipe_section(fit: SavedFit) -> Section:
    """The recipe to copy: of a search that of the candidate that weighs most."""
    search = fit.result.search
    plain = fit.result.recipe if search is None or not search.ensemble else search.recipe_of(search.ensemble[0])
    recipe = _recipe_of(plain)
    of = "" if search is None else f" of candidate {search.ensemble[0].candidate}, which weighs most"
    command = ["wellfit", "fit", fit.table or "TABLE", "--target", _target(fit), "--recipe", "recipe.toml"]
    return Section(
        "recipe",
        "Which recipe is worth keeping?",
        (
            Code(f"The recipe{of}: save it as recipe.toml. What it leaves out is the default.", _toml(recipe), "toml"),
            Code("Train it by itself:", join(command)),
        ),
        folded=True,
    )


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
        again = ["wellfit", "fit", fit.table or "TABLE", "--target", _target(fit)]
        again += ["--replay", str(fit.folder / "result.json"), "--out", "again"]
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
