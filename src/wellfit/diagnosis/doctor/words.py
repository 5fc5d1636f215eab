"""The verdict of a diagnosis in words."""

from __future__ import annotations

import math
from collections.abc import Sequence

from wellfit.diagnosis.examination import Examination
from wellfit.diagnosis.trial import TableTrial, TrialResult
from wellfit.reprs import counted
from wellfit.statistics.paired import BETTER, SAME, WORSE, PairedDifference, shown_value

PROMISES = " Its mean losses on validation and test rows are both lower, so that it is offered all the same."


def verdict_of(
    examination: Examination, result: TrialResult | None, tables: Sequence[TableTrial], title: str, tried: bool
) -> str:
    """What is wrong, what helped, and how that compares with random changes.

    result: of the changes of the recipe; None: none was tried. tables: changes of the table that were.
    title: what the loss is called. tried: whether changes were to be tried at all.
    """
    said = [on_findings(examination), on_tables(tables)]
    if result is not None:
        unexplained = "" if examination.findings else "Still the default recipe does better, which no rule explains."
        changed = "With the table changed so: " if any(one.recommended for one in tables) else ""
        said += [unexplained, changed + on_chosen(result, title), on_random(result, title)]
    elif tried and examination.findings and not tables:
        said.append("No rule names a change to try.")
    return " ".join(one for one in said if one)


def on_tables(tables: Sequence[TableTrial]) -> str:
    """Which changes of the table are advised and why, and which are not since they are not shown to help."""
    single = [one for one in tables if one.code]
    advised = [one for one in single if one.recommended]
    others = [one for one in single if not one.recommended]
    said = [_listed(advised)] if advised else []
    if others:
        said.append(f"Not advised, since not shown to help on rows that no choice saw: {_listed(others)}")
    if any(one.code == "drift" for one in others):
        said.append("These rows are not like the later ones: only later rows whose target is known can tell.")
    return " ".join(said)


def _listed(trials: Sequence[TableTrial]) -> str:
    return "; ".join(f"{one.words.rstrip('.')} ({one.verdict})" for one in trials) + "."


def on_findings(examination: Examination) -> str:
    """What was found first, and how much more."""
    found, checked = examination.findings, counted(len(examination.fine), "rule")
    if not found:
        return f"Nothing was found by {checked}." if examination.fine else "Nothing was found: no rule applied."
    first = found[0]
    if first.severity != "problem":
        what = f"a {first.severity}" if len(found) == 1 else f"{len(found)} remarks, the first"
        return f"Nothing grave was found, but {what}: {first.judgement.sentence}"
    rest = len(found) - 1
    more = f" ({counted(rest, 'further finding')})" if rest else ""
    return f"{first.title}{more}: {first.judgement.sentence}"


def on_chosen(result: TrialResult, title: str) -> str:
    """What the change that validation rows chose brought on test rows."""
    chosen = result.chosen
    if chosen is None:
        return "Networks of every change that was tried diverged."
    many = counted(sum(one.patch.kind != "random" for one in result.judged), "change")
    difference, words = chosen.difference, clause(chosen.patch.words)
    if difference.verdict == BETTER:
        share = result.relative[0]
        if not math.isfinite(difference.value.mean):
            return f"What helped of {many} tried: {words}. With it networks no longer diverge."
        size = shown_value(difference, flip=True)
        return (
            f"What helped of {many} tried: {words}. It lowers the {title} on new rows by {size}, that is {share:.0%}."
        )
    said = {
        SAME: f"it makes practically no difference to the {title} on new rows",
        WORSE: f"it raises the {title} on new rows",
    }.get(difference.verdict, f"by the {title} on new rows it cannot be told from the recipe as it is")
    advice = (
        f"; {difference.advice}" if difference.verdict not in (SAME, WORSE) and difference.advice != "enough" else ""
    )
    return (
        f"None of {many} tried is shown to help. The best on validation rows was: {words}; {said}{_size(difference)}"
        f"{advice}." + (PROMISES if result.promises else "")
    )


def clause(words: str) -> str:
    """Orders, each a sentence, as one clause."""
    return words.rstrip(".").replace(". ", "; ")


def _size(difference: PairedDifference) -> str:
    """How much lower or higher the loss is, with its interval."""
    if not math.isfinite(difference.value.mean):
        return ""
    lower = difference.value.mean < 0
    return f", {shown_value(difference, flip=lower)} {'lower' if lower else 'higher'}"


def on_random(result: TrialResult, title: str) -> str:
    """How the chosen change compares with the best random one."""
    against, random = result.against_random, sum(one.patch.kind == "random" for one in result.judged)
    if against is None or not result.helped:
        return ""
    best = f"the best of {counted(random, 'random change')}"
    if against.verdict == BETTER:
        size = f" by {shown_value(against, flip=True)}" if math.isfinite(against.value.mean) else ""
        return f"That is better than {best}{size}."
    if against.verdict == WORSE:
        return f"But {best} is better still, by {shown_value(against)}."
    return f"It and {best} are {against.verdict}{_size(against)}."
