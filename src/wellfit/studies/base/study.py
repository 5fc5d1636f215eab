"""The value of a study: a question, its plan, the answer with its interval, a tidy table and figures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from wellfit.errors import InputError, quoted
from wellfit.files import write_atomically
from wellfit.frames import ResultFrame
from wellfit.parsing import NONSENSE
from wellfit.recipe import Recipe
from wellfit.reprs import html_facts, html_table, html_text, short_repr

if TYPE_CHECKING:
    from wellfit.figures import Figure

STUDY = "study.json"
TABLE = "table.parquet"
VERSION = 1
MOST_ROWS = 20  # of the table that a notebook shows


@dataclass(frozen=True)
class StudyPlan:
    """What a study trains.

    words: such as "12 recipes on 5 folds from 3 seeds". networks: how many. core_seconds: about how much training that
    is on one core, as told before it starts; 0 where nothing is trained.
    """

    words: str
    networks: int = 0
    core_seconds: float = 0.0

    __repr__ = short_repr


@dataclass(frozen=True)
class Study:
    """What a study returns.

    name: of the study, such as "ablation".
    question: what it answers, in a sentence.
    plan: what was trained, and about what it cost.
    verdict: the answer in a sentence, with its interval.
    table: the answer row by row, one thing a column; intervals as columns `..._low` and `..._high`.
    details: further tables by name (default: none), such as the losses of every network.
    figures: pictures that carry their data (default: none).
    facts: single numbers and texts by name (default: none).
    recipes: recipes that it ends with, by what they are, such as {"simplest as good": ...} (default: none).
    remarks: what should be known before it is trusted, a sentence each (default: none).
    repeat: how to repeat it (default "").
    """

    name: str
    question: str
    plan: StudyPlan
    verdict: str
    table: ResultFrame
    details: dict[str, ResultFrame] = field(default_factory=dict)
    figures: tuple[Figure, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    recipes: dict[str, Recipe] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    repeat: str = ""

    def __repr__(self) -> str:
        return f"<Study {self.name}: {self.verdict}>"

    def _repr_html_(self) -> str:
        rows = self.table.head(MOST_ROWS).to_dicts()
        facts = html_facts(self.question, {"answer": self.verdict, "trained": self.plan.words})
        remarks = html_text("\n".join(self.remarks)) if self.remarks else ""
        pictures = "".join(figure.svg() for figure in self.figures)
        return facts + html_table(rows, self.table.height) + remarks + pictures

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
        raise InputError(f"The study {self.name} has no figure {quoted(str(name))}; its figures are: {known}.")

    def save(self, folder: str | Path) -> None:
        """Write study.json, its tables as Parquet files, its figures as SVG and its recipes as TOML.

        folder: path; it is made where it is not there. The files of a study that it holds are replaced or removed.

        Raises:
            InputError: it cannot be written.
        """
        folder = Path(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            earlier = _files_in(folder)
            for file, table in {TABLE: self.table, **{f"{k}.parquet": v for k, v in self.details.items()}}.items():
                write_atomically(folder / file, _parquet(table))
            for figure in self.figures:
                figure.save(folder / f"{figure.name}.svg")
            for name, recipe in self.recipes.items():
                write_atomically(folder / recipe_file(name), recipe.to_toml().encode())
            plain = self.to_plain()
            write_atomically(folder / STUDY, json.dumps(plain, indent=2).encode())
            for file in earlier - _files_of(plain):
                (folder / file).unlink(missing_ok=True)
        except OSError as error:
            raise InputError(f"The folder {str(folder)!r} cannot be written: {error.strerror or error}.") from None

    def to_plain(self) -> dict[str, Any]:
        """Everything but the tables, as JSON holds it: infinite numbers and NaN are null."""
        plain: dict[str, Any] = _finite(
            {
                "format": VERSION, "name": self.name, "question": self.question, "verdict": self.verdict,
                "plan": vars(self.plan), "facts": self.facts, "remarks": list(self.remarks), "repeat": self.repeat,
                "recipes": {name: recipe.to_dict() for name, recipe in self.recipes.items()},
                "details": list(self.details), "figures": [figure.to_plain() for figure in self.figures],
            }
        )  # fmt: skip
        return plain

    @classmethod
    def load(cls, folder: str | Path) -> Study:
        """What `save` has written.

        folder: the path.

        Raises:
            InputError: it holds no study that can be read.
        """
        folder = Path(folder)
        try:
            plain = json.loads((folder / STUDY).read_bytes())
            if plain["format"] != VERSION:
                raise InputError(f"{str(folder)!r} holds a study of another version of wellfit: run it again.")
            tables = {name: ResultFrame(pl.read_parquet(folder / f"{name}.parquet")) for name in plain["details"]}
            return _from_plain(cls, plain, ResultFrame(pl.read_parquet(folder / TABLE)), tables)
        except (OSError, pl.exceptions.PolarsError, *NONSENSE) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"The folder {str(folder)!r} holds no study that can be read.") from None

    def with_repeat(self, repeat: str) -> Study:
        """The same with another sentence on how to repeat it. repeat: the sentence or command."""
        return replace(self, repeat=repeat)


def _from_plain(
    cls: type[Study], plain: Mapping[str, Any], table: ResultFrame, details: dict[str, ResultFrame]
) -> Study:
    from wellfit.figures import Figure

    return cls(
        name=plain["name"], question=plain["question"], plan=StudyPlan(**plain["plan"]), verdict=plain["verdict"],
        table=table, details=details, figures=tuple(Figure.from_plain(one) for one in plain["figures"]),
        facts=plain["facts"], recipes={name: Recipe.from_dict(one) for name, one in plain["recipes"].items()},
        remarks=tuple(plain["remarks"]), repeat=plain["repeat"],
    )  # fmt: skip


def _files_in(folder: Path) -> set[str]:
    """Names of the files of the study that a folder holds, beside its description and table; none of none."""
    try:
        return _files_of(json.loads((folder / STUDY).read_bytes()))
    except (OSError, *NONSENSE):
        return set()


def _files_of(plain: Mapping[str, Any]) -> set[str]:
    figures = {f"{figure['name']}.svg" for figure in plain["figures"]}
    files = {f"{name}.parquet" for name in plain["details"]} | figures | {recipe_file(one) for one in plain["recipes"]}
    return {
        file for file in files if Path(file).name == file
    }  # never one in another folder, whatever was written there


def _parquet(table: ResultFrame) -> bytes:
    import io

    buffer = io.BytesIO()
    table.write_parquet(buffer)
    return buffer.getvalue()


def recipe_file(name: str) -> str:
    """The file that a study's recipe of this name is written to."""
    return ("".join(letter if letter.isalnum() else "-" for letter in name.lower()).strip("-") or "recipe") + ".toml"


def _finite(value: Any) -> Any:
    """Plain values that strict JSON holds."""
    if isinstance(value, Mapping):
        return {str(name): _finite(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    if hasattr(value, "item") and not isinstance(value, str):
        value = value.item()
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    return value
