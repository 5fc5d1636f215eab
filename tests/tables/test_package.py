"""Importing the package loads no library of tables, and each public name is documented."""

from __future__ import annotations

import subprocess
import sys

import pytest

import wellfit.tables


def test_importing_the_package_loads_no_table_library() -> None:
    code = "import sys, wellfit.tables; print({'polars', 'pandas', 'sklearn', 'scipy', 'narwhals'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("name", wellfit.tables.__all__)
def test_every_public_name_is_there_and_says_what_it_is(name: str) -> None:
    assert getattr(wellfit.tables, name).__doc__


def test_other_names_are_not() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        _ = wellfit.tables.nothing
