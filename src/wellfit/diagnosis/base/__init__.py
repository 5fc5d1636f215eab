"""What diagnosis is made of: cases, rules, and findings with remedies."""

from __future__ import annotations

from wellfit.diagnosis.base.case import Case, PredictedRows, Series, TrainedNetwork
from wellfit.diagnosis.base.finding import (
    Finding,
    Judgement,
    Remedy,
    Severity,
    TableChange,
    fine,
    found,
    not_applicable,
)
from wellfit.diagnosis.base.rule import RULES, Rule, rule

__all__ = [
    "RULES",
    "Case",
    "Finding",
    "Judgement",
    "PredictedRows",
    "Remedy",
    "Rule",
    "Series",
    "Severity",
    "TableChange",
    "TrainedNetwork",
    "fine",
    "found",
    "not_applicable",
    "rule",
]
