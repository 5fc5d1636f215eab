"""Findings as JSON holds them."""

from __future__ import annotations

import json

from wellfit.diagnosis.base import Finding, Remedy, TableChange, found


def test_a_finding_comes_back_from_json_as_it_was() -> None:
    change = TableChange(("key",), (3, 5), ((1, 2), (7, 8, 9)))
    remedies = (Remedy("Leave it out.", table=change), Remedy("Use ReLU.", {"activation": "relu"}))
    judgement = found(
        "warning", "It leaks.", evidence={"share": 0.5}, strength=0.25, layers=("hidden0",), epochs=(2, 4),
        remedies=remedies,
    )  # fmt: skip
    finding = Finding("leaking-columns", "A column gives the target away", judgement, ("drift",))
    assert Finding.from_plain(json.loads(json.dumps(finding.to_plain()))) == finding
