"""The value of a diagnosis: what was found, what was tried, what helped, and the healed recipe."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from wellfit.diagnosis.base import TableChange
from wellfit.diagnosis.examination import Examination
from wellfit.errors import InputError, quoted
from wellfit.files import write_atomically
from wellfit.frames import ResultFrame
from wellfit.parsing import NONSENSE
from wellfit.recipe import Recipe
from wellfit.reprs import counted, html_facts, html_table, html_text
from wellfit.statistics.result import as_json_values
from wellfit.studies.base import StudyPlan

if TYPE_CHECKING:
    from wellfit.figures import Figure

DIAGNOSIS, TRIAL, TABLES = "diagnosis.json", "trial.parquet", "table-changes.parquet"
HEALED, PATIENT_FILE = "healed.toml", "patient.toml"
LEAVE_OUT, KEEP_TOGETHER = "leave-out.csv", "keep-together.csv"  # as `wellfit fit` takes them
VERSION = 1


@dataclass(frozen=True)
class Diagnosis:
    """What `wellfit.diagnose` returns.

    plan: what was trained, and about what it cost.
    verdict: the answer in one to four sentences.
    examination: what the rules said.
    recipe: that was judged.
    healed: the recipe with the change that helped; or, where that is not shown (`facts["shown to help"]`), with one
        that has lower mean losses on validation and test rows alike; None without one.
    table_change: of the table, that is advised; None: none is.
    trial: a row a change of the recipe: change, kind ("remedy", "combination", "default recipe" or "random"), words,
        answers (codes of findings), validation_loss, by which one is chosen, loss (mean on test rows, which no choice
        saw), difference from the recipe as it is, with difference_low and difference_high, verdict (after all changes
        of its kind, by Holm; of the chosen ones, for which alone test rows are looked at, their own), alone (its own),
        diverged (networks), chosen.
    tables: a row a change of the table: change, answers, validation_loss, loss, gap (of test from validation loss),
        the same before, difference with its interval, verdict, recommended.
    figures: learning curves of the recipe as it is and healed; the changes with their intervals.
    facts: single numbers and texts by name.
    remarks: what should be known before it is trusted, a sentence each.
    repeat: how to repeat it.
    """

    plan: StudyPlan
    verdict: str
    examination: Examination
    recipe: Recipe | None
    healed: Recipe | None
    table_change: TableChange | None
    trial: ResultFrame
    tables: ResultFrame
    figures: tuple[Figure, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    repeat: str = ""

    def __repr__(self) -> str:
        return f"<Diagnosis: {self.verdict}>"

    def _repr_html_(self) -> str:
        found = [
            {"severity": one.severity, "code": one.code, "finding": one.judgement.sentence}
            for one in self.examination.findings
        ]
        head = html_facts("Diagnosis", {"answer": self.verdict, "trained": self.plan.words})
        shown = ("change", "words", "difference", "difference_low", "difference_high", "verdict", "chosen")
        tried = [{name: row[name] for name in shown} for row in self.trial.to_dicts() if row["kind"] != "random"]
        remarks = html_text("\n".join(self.remarks)) if self.remarks else ""
        pictures = "".join(figure.svg() for figure in self.figures)
        return head + html_table(found) + html_table(tried) + remarks + pictures

    def display(self, name: str | None = None) -> Figure:
        """One of its figures, which a notebook shows.

        name: of the figure. None (default): the first.

        Raises:
            InputError: there is none of that name.
        """
        for figure in self.figures:
            if name is None or figure.name == name:
                return figure
        known = ", ".join(figure.name for figure in self.figures) or "none"
        raise InputError(f"The diagnosis has no figure {quoted(str(name))}; its figures are: {known}.")

    def with_repeat(self, repeat: str) -> Diagnosis:
        """The same with another sentence on how to repeat it. repeat: the sentence or command."""
        return replace(self, repeat=repeat)

    @property
    def summary(self) -> str:
        """Findings by severity, in words."""
        kinds = [one.severity for one in self.examination.findings]
        said = [counted(kinds.count(kind), kind) for kind in ("problem", "warning", "hint") if kind in kinds]
        return f"{', '.join(said) or 'nothing found'}; {counted(len(self.examination.fine), 'rule')} found nothing."

    def to_plain(self) -> dict[str, Any]:
        """As JSON holds it, tables and figures too: infinite numbers and NaN are null."""
        plain: dict[str, Any] = as_json_values(
            {
                "format": VERSION, "plan": vars(self.plan), "verdict": self.verdict,
                "examination": self.examination.to_plain(),
                "recipe": None if self.recipe is None else self.recipe.to_dict(),
                "healed": None if self.healed is None else self.healed.to_dict(),
                "table_change": None if self.table_change is None else self.table_change.to_plain(),
                "trial": self.trial.to_dicts(), "tables": self.tables.to_dicts(),
                "figures": [figure.to_plain() for figure in self.figures], "facts": self.facts,
                "remarks": list(self.remarks), "repeat": self.repeat,
            }
        )  # fmt: skip
        return plain

    def save(self, folder: str | Path) -> None:
        """Write diagnosis.json, the tables as Parquet files, the recipes as TOML, the figures as SVG, and the rows of
        a change of the table as CSV.

        folder: path; it is made where it is not there. The files of a diagnosis that it holds are replaced or removed.

        Raises:
            InputError: it cannot be written.
        """
        folder = Path(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            earlier = _files_in(folder)
            files = {TRIAL: _parquet(self.trial), TABLES: _parquet(self.tables)}
            files |= {name: one.to_toml().encode() for name, one in self._recipes.items()}
            files |= _row_lists(self.table_change or TableChange())
            for name, content in files.items():
                write_atomically(folder / name, content)
            for figure in self.figures:
                figure.save(folder / f"{figure.name}.svg")
            written = {*files, *(f"{figure.name}.svg" for figure in self.figures)}
            plain = {**self.to_plain(), "files": sorted(written)}
            write_atomically(folder / DIAGNOSIS, json.dumps(plain, indent=2, allow_nan=False).encode())
            for file in earlier - written:
                (folder / file).unlink(missing_ok=True)
        except OSError as error:
            raise InputError(f"The folder {str(folder)!r} cannot be written: {error.strerror or error}.") from None

    @property
    def _recipes(self) -> dict[str, Recipe]:
        both = {PATIENT_FILE: self.recipe, HEALED: self.healed}
        return {name: one for name, one in both.items() if one is not None}

    @classmethod
    def load(cls, folder: str | Path) -> Diagnosis:
        """What `save` has written.

        folder: the path.

        Raises:
            InputError: it holds no diagnosis that can be read.
        """
        folder = Path(folder)
        try:
            plain = json.loads((folder / DIAGNOSIS).read_bytes())
            if plain["format"] != VERSION:
                raise InputError(f"{str(folder)!r} holds a diagnosis of another version of wellfit: run it again.")
            tables = {name: ResultFrame(pl.read_parquet(folder / name)) for name in (TRIAL, TABLES)}
            return _from_plain(plain, tables[TRIAL], tables[TABLES])
        except (OSError, pl.exceptions.PolarsError, *NONSENSE) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"The folder {str(folder)!r} holds no diagnosis that can be read.") from None


def _from_plain(plain: Mapping[str, Any], trial: ResultFrame, tables: ResultFrame) -> Diagnosis:
    from wellfit.figures import Figure

    recipe, healed = (None if plain[name] is None else Recipe.from_dict(plain[name]) for name in ("recipe", "healed"))
    change = plain["table_change"]
    return Diagnosis(
        StudyPlan(**plain["plan"]), plain["verdict"], Examination.from_plain(plain["examination"]), recipe, healed,
        None if change is None else TableChange.from_plain(change), trial, tables,
        tuple(Figure.from_plain(one) for one in plain["figures"]), plain["facts"], tuple(plain["remarks"]),
        plain["repeat"],
    )  # fmt: skip


def _row_lists(change: TableChange) -> dict[str, bytes]:
    """Rows that should not train, and rows with the number of the group that they stay together with."""
    pairs = [(row, group) for group, rows in enumerate(change.keep_together) for row in rows]
    lists = {
        LEAVE_OUT: pl.DataFrame({"row": list(change.drop_rows)}),
        KEEP_TOGETHER: pl.DataFrame(pairs, schema=["row", "group"], orient="row"),
    }
    return {name: one.write_csv().encode() for name, one in lists.items() if one.height}


def _files_in(folder: Path) -> set[str]:
    """Files of the diagnosis that a folder holds, beside its description; never one in another folder."""
    try:
        named = json.loads((folder / DIAGNOSIS).read_bytes())["files"]
        return {str(file) for file in named if Path(str(file)).name == file}
    except (OSError, *NONSENSE):
        return set()


def _parquet(table: ResultFrame) -> bytes:
    buffer = io.BytesIO()
    table.write_parquet(buffer)
    return buffer.getvalue()
