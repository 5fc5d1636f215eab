"""The section of a fit's report on what the rules of diagnosis found, each with what shows it."""

from __future__ import annotations

import polars

from wellfit.diagnosis.examination import Examination
from wellfit.errors import reason
from wellfit.figures import Figure
from wellfit.figures.results import curve_figures, reliability_figure
from wellfit.figures.results.depth import depth_figures
from wellfit.frames import ResultFrame
from wellfit.parsing import NONSENSE
from wellfit.recipe import Recipe
from wellfit.report.commands import beside, join, of_the_table, option_words, options_of, why_not
from wellfit.report.content import Block, Code, Note, Section
from wellfit.report.finding_pictures import with_pictures
from wellfit.report.findings import examination_blocks, left_out_for_time
from wellfit.report.fit_importance import renamed
from wellfit.report.fit_networks import shown_members, thinned
from wellfit.report.frames import frame_of
from wellfit.report.lacking import can_be_added, report_command, why_lacking
from wellfit.report.recipes import recipe_of
from wellfit.report.saved_fit import SavedFit
from wellfit.reprs import counted
from wellfit.statistics.inspection.curves import learning_curves


def findings_sections(fit: SavedFit) -> tuple[Section, ...]:
    """What the rules found, with evidence and remedies; folded, what is fine and what did not apply."""
    title = "What does the diagnosis say?"
    plain = fit.evidence.get("examination")
    if not plain and fit.folder is None:
        return (Section("findings", title, ("Not examined: wellfit.diagnose examines a recipe on a table.",)),)
    if not plain:
        why = f"Not examined. {why_lacking(fit, 'examination')}"
        return (Section("findings", title, (why, *_doctor(fit, "The doctor examines table and recipe:"))),)
    try:
        examination = Examination.from_plain(plain)
    except NONSENSE as error:
        return (Section("findings", title, (f"The saved findings cannot be read: {reason(error)}.",)),)
    said = examination_blocks(examination, _judged(fit))
    notes = tuple(block for block in said if isinstance(block, Note))
    others = tuple(block for block in said if not isinstance(block, Note))
    notes, _ = with_pictures(examination.findings, notes, _figures(fit))
    first = Section("findings", title, (_of_which(fit), *notes, *_late(fit, examination)))
    if not others:
        return (first,)
    return first, Section("checked", "What was checked and is fine, and what did not apply?", others, folded=True)


def _judged(fit: SavedFit) -> Recipe:
    """The recipe that the rules judge."""
    candidate = int(dict(fit.evidence.get("chosen") or {}).get("candidate", -1))
    search = fit.result.search
    if search is None or candidate < 0:
        return recipe_of(fit.result.recipe)
    return recipe_of(search.record["search"]["candidates"][candidate]["recipe"])


def _late(fit: SavedFit, examination: Examination) -> list[Block]:
    """How to examine what there was no time for."""
    many = left_out_for_time(examination)
    if not many or fit.folder is None:
        return []
    said = f"There was no time for {counted(many, 'rule')}."
    if can_be_added(fit, "predictions"):
        return [Code(f"{said} This command reads the table again and goes on:", report_command(fit))]
    return _doctor(fit, f"{said} The doctor runs all rules:")


def _doctor(fit: SavedFit, words: str) -> list[Block]:
    """The command of the doctor, or why there is none. words: what it is for."""
    lacking = why_not(fit, "the doctor", takes_lists=True)
    if lacking:
        return [f"{words.removesuffix(':')}. {lacking}"]
    options = options_of(fit)
    command = [*of_the_table(fit, "doctor"), *option_words(options, ("metric", "mute")), "--result", str(fit.folder)]
    if options.get("test") not in (None, "none"):
        command += ["--later", str(options["test"])]
    return [Code(words, join([*command, "--out", beside(fit, "doctor")]))]


def _of_which(fit: SavedFit) -> str:
    candidate = dict(fit.evidence.get("chosen") or {}).get("candidate", -1)
    of = f"candidate {candidate}, which weighs most in the ensemble" if candidate >= 0 else "the recipe"
    return f"The rules of the diagnosis judge the table and {of}."


def _figures(fit: SavedFit) -> dict[str, Figure]:
    """Figures of the networks that the rules judge, and of the predictions, under names of their own."""
    members, found = shown_members(fit), list[Figure]()
    if fit.history.height:
        own = ResultFrame(fit.history.filter(polars.col("member").is_in(members)))
        names = [""] * len(fit.result.members)
        found += [one for one in curve_figures(thinned(learning_curves(own, names, "loss")), "loss")]
    if fit.probes is not None and fit.probes.height:
        found += depth_figures(ResultFrame(fit.probes.filter(polars.col("member").is_in(members))))
    predictions = fit.evidence.get("predictions") or {}
    if "reliability" in predictions:
        found.append(reliability_figure(frame_of(predictions["reliability"])))
    return {one.name: renamed(one, f"finding-{one.name}") for one in found}
