"""The picture beside each finding: a figure of the training that shows it, else one drawn of the finding's evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from wellfit.diagnosis.base import Finding
from wellfit.errors import clean
from wellfit.figures import Axis, Figure, interval_figure
from wellfit.report.content import Note
from wellfit.report.frames import frame_of
from wellfit.reprs import cut

CURVES = "loss-by-epoch"
PICTURES = {  # which figure shows a finding
    **dict.fromkeys(("vanishing-gradients", "exploding-gradients"), "gradients-by-depth"),
    "dead-units": "dead-units-by-depth", "saturated-units": "saturation-by-depth",
    "bad-initial-scale": "activations-by-depth", "over-confidence": "reliability",
    **dict.fromkeys(("learning-rate-too-high", "learning-rate-too-low"), "updates-by-depth"),
    **dict.fromkeys(
        ("underfitting", "overfitting", "still-improving", "stopped-too-late", "too-few-epochs", "plateau",
         "oscillating-loss", "loss-spikes", "regularisation-too-strong", "unstable-folds"), CURVES,
    ),
}  # fmt: skip
MOST_COLUMNS, MOST_NAME = 12, 40  # of a picture; letters
SHARE, WHOLE = ".0%", (0.0, 1.03)  # how shares are written; an axis of shares, so that a point at 1 is whole


def with_pictures(
    findings: Sequence[Finding], notes: Sequence[Note], figures: Mapping[str, Figure]
) -> tuple[tuple[Note, ...], set[str]]:
    """The notes with the figure that shows each finding, a figure once; and the names of the figures that were taken.

    findings, notes: one note a finding; others are left as they are. figures: by name, that the report has.
    """
    taken: set[str] = set()
    shown = list(notes)
    for place, one in enumerate(findings if len(findings) == len(notes) else ()):
        name = PICTURES.get(one.code, "")
        picture = figures.get(name) if name not in taken else None
        if picture is not None:
            taken.add(name)
        elif name not in figures:
            picture = own_picture(one)
        if picture is not None:
            shown[place] = replace(shown[place], details=(*shown[place].details, picture))
    return tuple(shown), taken


def own_picture(finding: Finding) -> Figure | None:
    """A small figure of a finding's evidence; None where there is none of its kind, or numbers are missing."""
    return _drawn(finding.code, finding.judgement.evidence)


def check_picture(check: Mapping[str, Any], number: int) -> Figure | None:
    """The same of a check of the table before training, as a fit's result holds it. number: for the figure's name."""
    code, get = str(check.get("code")), check.get
    rule, evidence = {
        "column-tells-target": ("leaking-columns", {
            "columns": get("columns"), "skill alone": [get("skill")], "skill of all others": get("skill_of_others"),
        }),
        "drift": ("drift", {"distances": get("distances")}),
        "test-rows-in-training": ("duplicate-rows", {
            "held-out rows seen in training": get("seen_in_training"), "of": get("test_rows"),
        }),
    }.get(code, ("", {}))  # fmt: skip
    picture = _drawn(rule, evidence)
    return None if picture is None else replace(picture, name=f"check-{number}-evidence")


def _drawn(code: str, evidence: Mapping[str, Any]) -> Figure | None:
    draw = _DRAWN.get(code)
    try:
        return None if draw is None else draw(evidence)
    except (KeyError, TypeError, ValueError):  # evidence that another version wrote
        return None


def _rows(
    name: str, rows: Sequence[tuple[str, Any, Any, Any]], title: str, axis: Axis, zero: float | None = 0.0
) -> Figure:  # fmt: skip
    """A figure of a few named numbers. rows: name, value, and ends of its interval, None where there is none."""
    table = [
        {"name": cut(clean(words), MOST_NAME), "value": float(value), "low": low, "high": high}
        for words, value, low, high in rows
    ]
    return interval_figure(
        frame_of(table), axis, "name", low="low", high="high", zero=zero, name=f"{name}-evidence", title=title
    )


def _drift(evidence: Mapping[str, Any]) -> Figure:
    distances = sorted(dict(evidence["distances"]).items(), key=lambda one: -one[1])[:MOST_COLUMNS]
    if distances:
        return _rows(
            "drift", [(name, far, None, None) for name, far in distances],
            "How far the later rows' distribution of each column lies from that of the training rows.",
            Axis("value", "distance of the distributions, 0 (the same) to 1", ends=WHOLE),
        )  # fmt: skip
    ends = (evidence["lower end"], evidence["upper end"])
    return _rows(
        "drift", [("later rows told from training rows", evidence["AUC"], *ends)],
        "How well a model tells later rows from training rows: on the line it cannot.",
        Axis("value", "AUC", ends=(0.4, 1.0)), zero=0.5,
    )  # fmt: skip


def _leaks(evidence: Mapping[str, Any]) -> Figure:
    alone = list(zip(evidence["columns"], evidence["skill alone"], strict=True))[:MOST_COLUMNS]
    rows = [(f"{name} alone", skill, None, None) for name, skill in alone]
    if evidence["skill of all others"] is not None:
        rows.append(("all other columns together", max(evidence["skill of all others"], 0.0), None, None))
    return _rows(
        "leaking-columns", rows, "How much of a constant's loss a column alone takes away, beside all others together.",
        Axis("value", "share of the loss that is taken away", format=SHARE, ends=WHOLE),
    )  # fmt: skip


def _duplicates(evidence: Mapping[str, Any]) -> Figure | None:
    if "near pairs" not in evidence:
        seen, of = evidence["held-out rows seen in training"], evidence["of"]
        if of == 0:  # no rows were held out, of which there is no share
            return None
        return _rows(
            "duplicate-rows",
            [("equal to a training row", seen / of, None, None), ("new", 1 - seen / of, None, None)],
            f"How many of the {of:,} held-out rows are equal to a row that is trained on.",
            Axis("value", "share of the held-out rows", format=SHARE, ends=WHOLE),
        )  # fmt: skip
    return _rows(
        "duplicate-rows",
        [("pairs that are nearly equal", evidence["targets agree"], None, None),
         ("ordinary neighbours", evidence["of ordinary neighbours"], None, None)],
        "How often the targets of two rows agree: nearly equal rows beside ordinary neighbours.",
        Axis("value", "share of pairs whose targets agree", format=SHARE, ends=WHOLE),
    )  # fmt: skip


def _label_noise(evidence: Mapping[str, Any]) -> Figure:
    numbers = "on the other side where sure" in evidence
    if numbers and not _mixed_up(evidence):
        return _far_tails(evidence)
    sure = evidence["on the other side where sure" if numbers else "wrong among sure rows"]
    every = evidence["of all rows" if numbers else "wrong of all"]
    where, what = (
        ("farthest from the median", "targets on the other side of the median than predicted")
        if numbers
        else ("where a model is surest", "labels other than predicted")
    )
    return _rows(
        "label-noise", [(where, sure, evidence["lower end"], None), ("all rows", every, None, None)],
        "Where a model is sure, few targets should be others; of wrong ones nearly as many are as of all rows.",
        Axis("value", f"share of {what}", format=SHARE),
    )  # fmt: skip


def _mixed_up(evidence: Mapping[str, Any]) -> bool:
    """Whether numbers were found by the side of the median that they lie on, rather than by how far off they are."""
    known = float(evidence["lower end"]) >= float(evidence.get("least", 0.0))  # which older versions did not keep
    return known and float(evidence["ratio"]) >= float(evidence["hint, warning, problem"][0])


def _far_tails(evidence: Mapping[str, Any]) -> Figure:
    return _rows(
        "label-noise",
        [("far from what rows like them have", evidence["share far"], None, None),
         ("from here on it is reported", evidence["far share"], None, None)],
        f"How many targets lie more than {evidence['far']:g} robust standard deviations from what is predicted.",
        Axis("value", "share of the rows", format=SHARE),
    )  # fmt: skip


def _outliers(evidence: Mapping[str, Any]) -> Figure:
    share, many = float(evidence["share of squared deviations"]), int(evidence["rows"])
    return _rows(
        "outliers-in-target",
        [(f"{many:,} rows far from the others", share, None, None), ("all other rows", 1 - share, None, None)],
        "Whose targets the squared deviations from the median come from.",
        Axis("value", "share of the squared deviations", format=SHARE, ends=WHOLE),
    )  # fmt: skip


def _confidence(evidence: Mapping[str, Any]) -> Figure:
    rows = [
        ("surer than right by", evidence["probability above the share of right answers"], None, None),
        ("at most, where nothing is found", evidence["threshold"], None, None),
        ("log-loss that a temperature saves", evidence["log-loss that a temperature saves"], None, None),
        ("at most, where nothing is found", evidence["threshold of that"], None, None),
    ]
    return _rows(
        "over-confidence", rows, "How much surer the network is than right, and what one temperature would save.",
        Axis("value", "share", format=SHARE),
    )  # fmt: skip


_DRAWN: dict[str, Callable[[Mapping[str, Any]], Figure | None]] = {
    "drift": _drift, "leaking-columns": _leaks, "duplicate-rows": _duplicates, "label-noise": _label_noise,
    "outliers-in-target": _outliers, "over-confidence": _confidence,
}  # fmt: skip
