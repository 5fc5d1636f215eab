"""What a fit's report does not hold: that it was not examined, why, and the command that adds it."""

from __future__ import annotations

from collections.abc import Mapping

from wellfit.report.commands import join, options_of, read_once
from wellfit.report.content import Block, Code
from wellfit.report.evidence.parts import OVER
from wellfit.report.saved_fit import SavedFit
from wellfit.shell import path_word

NOT_MEASURED = "The fit did not measure it (--report none)."
GIVE_ROWS = "Give rows that the fit has not seen: report(folder, X, y)."
LIFTED = (OVER, NOT_MEASURED)  # reasons that measuring later, without a limit of time, puts an end to
OF_ROWS = ("predictions", "worst", "importance", "dependence", "targets")  # measured on rows of the table


def why_lacking(fit: SavedFit, part: str) -> str:
    """Why a part was not measured, in a sentence; "" where there is nothing to say."""
    left = fit.evidence.get("left_out") or {}
    if not isinstance(left, Mapping):  # as an earlier version wrote it: sentences on all parts
        return " ".join(map(str, left)) or NOT_MEASURED
    if part in left:
        return str(left[part])
    if fit.folder is not None:
        return NOT_MEASURED
    return GIVE_ROWS if part in OF_ROWS and "predictions" not in fit.evidence else ""


def can_be_added(fit: SavedFit, part: str) -> bool:
    """Whether `wellfit report` can measure a part from the saved files, and the table where it needs rows."""
    if fit.folder is None:
        return False
    if part == "choices":
        return fit.result.search is not None
    return part in OF_ROWS and has_test_rows(fit) and not read_once(fit)


def has_test_rows(fit: SavedFit) -> bool:
    """Whether there were test rows in a table, which reading it as the fit did finds again."""
    return bool(fit.table and fit.result.rows.get("test")) and not options_of(fit).get("start_from")


def report_command(fit: SavedFit) -> str:
    """The command that measures what the report lacks."""
    return join(["wellfit", "report", path_word(str(fit.folder))])


def lacking(fit: SavedFit, part: str, what: str) -> list[Block]:
    """That a part was not examined, why, and how it is. what: it is, such as "The importance of columns was"; "": none
    of it.
    """
    said = f"{what} not examined. " if what else "Not examined. "
    why = why_lacking(fit, part)
    words = (said + why).rstrip()
    if not (why.startswith(LIFTED) and can_be_added(fit, part)):
        return [words]
    return [Code(f"{words} This command adds it:", report_command(fit))]


def more_rows(fit: SavedFit) -> str:
    """How importance is measured on more rows, in half a sentence."""
    if can_be_added(fit, "importance"):
        return f"{report_command(fit)} measures it on more"
    return "a longer --time measures it on more"
