"""The catalog of studies says what their functions take, without loading them."""

from __future__ import annotations

import inspect
import subprocess
import sys
import typing

import pytest

import wellfit.studies
from wellfit.studies.catalog import CATALOG, StudyEntry, entry_of


@pytest.mark.parametrize("entry", CATALOG, ids=lambda entry: entry.name)
def test_the_catalog_and_the_functions_agree(entry: StudyEntry) -> None:
    function = getattr(wellfit.studies, entry.name)
    assert function.__module__ == entry.module and entry_of(entry.name.replace("_", "-")) is entry
    parameters = inspect.signature(function).parameters.values()
    own = {one.name: one.default for one in parameters if one.kind is one.KEYWORD_ONLY}
    assert own == {one.name: one.default for one in entry.parameters}
    positional = [one.name for one in parameters if one.kind is one.POSITIONAL_OR_KEYWORD]
    first = {"one": ["recipe"], "several": ["recipes"], "none": []}[entry.recipes]
    assert positional == [*first, *(["X", "y"] if entry.table else [])]
    assert typing.get_type_hints(function)["return"] is wellfit.studies.Study
    for one in entry.parameters:
        assert f"    {one.name}: " in str(function.__doc__), f"the docstring does not say what {one.name} is"


def test_the_help_of_the_command_loads_no_study() -> None:
    code = "import sys, wellfit.cli.app; print([m for m in sys.modules if m in ('numpy', 'numba', 'altair', 'polars')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_studies_are_reached_without_an_import_of_their_own() -> None:
    assert wellfit.__getattr__("studies") is wellfit.studies
