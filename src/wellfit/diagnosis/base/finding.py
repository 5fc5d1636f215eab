"""What a rule concludes of a case: found, fine or not applicable, with its evidence and what could be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from wellfit.reprs import short_repr

Severity = Literal["problem", "warning", "hint"]
Status = Literal["found", "fine", "not applicable"]
SEVERITIES: tuple[Severity, ...] = ("problem", "warning", "hint")


@dataclass(frozen=True)
class TableChange:
    """A change of the table, where no change of the recipe helps.

    drop_columns: names of columns to leave out. drop_rows: numbers of rows to leave out.
    keep_together: lists of row numbers, each of which stays on one side of every split.
    """

    drop_columns: tuple[str, ...] = ()
    drop_rows: tuple[int, ...] = ()
    keep_together: tuple[tuple[int, ...], ...] = ()

    __repr__ = short_repr

    def numbered(self, numbers: Sequence[int] | NDArray[np.int64]) -> TableChange:
        """The same with other row numbers. numbers: by those that it has."""
        together = tuple(tuple(int(numbers[row]) for row in rows) for rows in self.keep_together)
        return TableChange(self.drop_columns, tuple(int(numbers[row]) for row in self.drop_rows), together)

    def to_plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "drop_columns": list(self.drop_columns), "drop_rows": [int(row) for row in self.drop_rows],
            "keep_together": [[int(row) for row in rows] for rows in self.keep_together],
        }  # fmt: skip

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> TableChange:
        """The inverse of `to_plain`."""
        together = tuple(tuple(rows) for rows in plain["keep_together"])
        return cls(tuple(plain["drop_columns"]), tuple(plain["drop_rows"]), together)


@dataclass(frozen=True)
class Remedy:
    """A change that may help.

    words: what is done, as an order: "Use ReLU in place of the logistic sigmoid".
    changes: of the recipe, as `Recipe.vary` takes them; empty where only the table changes.
    table: of the table; None: it stays.
    """

    words: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    table: TableChange | None = None

    __repr__ = short_repr


@dataclass(frozen=True)
class Judgement:
    """What a rule says of a case; made by `found`, `fine` and `not_applicable`.

    sentence: in words that a student understands; of "not applicable": why.
    evidence: numbers and texts by name, the thresholds they were compared with among them.
    severity: of what was found. strength: how clear it is, 0 (just at the threshold) to 1.
    layers, epochs: where and when it shows; empty where that makes no sense.
    remedies: a set; several may help.
    """

    status: Status
    sentence: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    severity: Severity = "hint"
    strength: float = 1.0
    layers: tuple[str, ...] = ()
    epochs: tuple[int, ...] = ()
    remedies: tuple[Remedy, ...] = ()

    __repr__ = short_repr


def found(
    severity: Severity, sentence: str, *, evidence: Mapping[str, Any], strength: float = 1.0,
    layers: tuple[str, ...] = (), epochs: tuple[int, ...] = (), remedies: tuple[Remedy, ...] = (),
) -> Judgement:  # fmt: skip
    """Something is wrong. The arguments are the fields of `Judgement`."""
    strength = min(max(strength, 0.0), 1.0)
    plain = {name: value.item() if isinstance(value, np.generic) else value for name, value in evidence.items()}
    return Judgement("found", sentence, plain, severity, strength, layers, epochs, remedies)


def fine(sentence: str, evidence: Mapping[str, Any] | None = None) -> Judgement:
    """It was looked for and not found. sentence: what was looked at, and what it is."""
    return Judgement("fine", sentence, evidence or {})


def not_applicable(why: str) -> Judgement:
    """There is nothing to judge. why: in a sentence."""
    return Judgement("not applicable", why)


@dataclass(frozen=True)
class Finding:
    """A judgement with the rule it is of.

    code: of the rule, such as "dead-units"; stable from version to version. title: such as "Dead units".
    explained_by: codes of other findings that this one follows from.
    """

    code: str
    title: str
    judgement: Judgement
    explained_by: tuple[str, ...] = ()

    def __repr__(self) -> str:
        said = self.judgement
        kind = said.severity if said.status == "found" else said.status
        return f"<{kind} {self.code}: {said.sentence}>"

    @property
    def severity(self) -> Severity:
        """ "problem", "warning" or "hint"."""
        return self.judgement.severity

    @property
    def remedies(self) -> tuple[Remedy, ...]:
        """What may help."""
        return self.judgement.remedies

    def to_plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        said = self.judgement
        return {
            "code": self.code, "title": self.title, "status": said.status, "severity": said.severity,
            "strength": said.strength, "sentence": said.sentence, "evidence": dict(said.evidence),
            "layers": list(said.layers), "epochs": list(said.epochs), "explained_by": list(self.explained_by),
            "remedies": [_remedy_to_plain(one) for one in said.remedies],
        }  # fmt: skip

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Finding:
        """The inverse of `to_plain`."""
        judgement = Judgement(
            plain["status"], plain["sentence"], plain["evidence"], plain["severity"], plain["strength"],
            tuple(plain["layers"]), tuple(plain["epochs"]), tuple(map(_remedy_from_plain, plain["remedies"])),
        )  # fmt: skip
        return cls(plain["code"], plain["title"], judgement, tuple(plain["explained_by"]))


def _remedy_to_plain(remedy: Remedy) -> dict[str, Any]:
    plain: dict[str, Any] = {"words": remedy.words, "changes": dict(remedy.changes)}
    return plain if remedy.table is None else plain | {"table": remedy.table.to_plain()}


def _remedy_from_plain(plain: Mapping[str, Any]) -> Remedy:
    table = plain.get("table")
    return Remedy(plain["words"], plain["changes"], None if table is None else TableChange.from_plain(table))
