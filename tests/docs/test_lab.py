"""The experiments that the documentation shows were made by the present files, and are all there."""

from __future__ import annotations

import pytest
from docs.generator import lab

from wellfit.lab.catalog import every_experiment

NAMES = list(every_experiment())


@pytest.mark.parametrize("name", NAMES)
def test_what_is_shown_was_made_by_the_present_file(name: str) -> None:
    assert lab.is_fresh(name), f"{name} is stale: run make gallery"
    about, study = every_experiment()[name], lab.study_of(name)
    assert study.details["claims"]["claim"].to_list() == [claim.sentence for claim in about.claims]
    assert study.question == about.question and study.figures and study.facts["size"] == "full"


def test_the_page_has_every_claim() -> None:
    text = lab.lab_tables()
    assert all(f"`{name.replace('_', '-')}`" in text for name in NAMES)
