"""What diagnosis is made of: cases, rules, findings with remedies, and an examination by all rules."""

from __future__ import annotations

from wellfit.diagnosis.base.case import Case, PredictedRows, Series, TrainedNetwork
from wellfit.diagnosis.base.examination import Examination, examine
from wellfit.diagnosis.base.finding import Finding, Judgement, Remedy, TableChange, fine, found, not_applicable
from wellfit.diagnosis.base.rule import Rule, every_rule, rule

__all__ = [
    "Case",
    "Examination",
    "Finding",
    "Judgement",
    "PredictedRows",
    "Remedy",
    "Rule",
    "Series",
    "TableChange",
    "TrainedNetwork",
    "every_rule",
    "examine",
    "fine",
    "found",
    "not_applicable",
    "rule",
]
