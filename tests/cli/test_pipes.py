"""Tables that come through a pipe, which can be read once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from tests.cli.conftest import Command
from wellfit.errors import InputError
from wellfit.tables import read_table
from wellfit.tables.reading.streams import held_streams, is_stream


def piped(table: Path, *words: object) -> subprocess.CompletedProcess[str]:
    """`cat table | wellfit ...` in the table's folder."""
    command = [sys.executable, "-m", "wellfit", *map(str, words)]
    with subprocess.Popen(["cat", table], stdout=subprocess.PIPE) as source:
        return subprocess.run(
            command, stdin=source.stdout, capture_output=True, text=True, cwd=table.parent, timeout=300, check=False
        )


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_a_table_is_read_from_a_pipe(wellfit: Command, people: Path, quick: Path, name: str) -> None:
    done = piped(people, "fit", name, "--target", "answer,income", "--recipe", quick, "--folds", 2, "--report", "none")
    assert done.returncode == 0, done.stderr
    model = people.parent / "wellfit-stdin" / "model.wellfit"
    done = piped(people, "predict", model, name)
    assert done.returncode == 0 and done.stdout == wellfit("predict", model, people).out
    done = piped(people, "evaluate", model, name)
    assert done.returncode == 0 and "on 300 rows of /dev/stdin" in done.stdout, done.stderr


def test_studies_and_the_doctor_read_a_pipe(people: Path, quick: Path) -> None:
    common = ("--target", "answer", "--drop", "income", "--recipe", quick, "--folds", 2, "--seeds", 1)
    done = piped(people, "study", "calibration", "-", *common, "--report", "none")
    assert done.returncode == 0, done.stderr
    done = piped(people, "doctor", "-", *common, "--no-trial", "--report", "none")
    assert done.returncode == 0, done.stderr


def test_parquet_through_a_pipe(people: Path, quick: Path) -> None:
    table = people.with_suffix(".parquet")
    pl.read_csv(people).write_parquet(table)
    common = ("fit", "-", "--target", "answer", "--recipe", quick, "--folds", 2, "--report", "none")
    done = piped(table, *common, "--rows", 100)
    assert done.returncode == 0 and "to train on, of 300" in done.stdout, done.stderr
    done = piped(table, *common, "--scratch", "s", "--out", "o")
    assert done.returncode == 2 and "/dev/stdin is a pipe: save the table as one" in done.stderr


def test_more_than_memory_holds_is_refused(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"a,b\n" + 100 * b"1,2\n")
    os.close(writing)
    path = Path(f"/dev/fd/{reading}")
    assert is_stream(path) and not is_stream(tmp_path) and not is_stream(tmp_path / "none")
    with held_streams(lambda: 50), pytest.raises(InputError, match=r"sends more than .* save the table as a Parquet"):
        read_table(path)
    os.close(reading)
