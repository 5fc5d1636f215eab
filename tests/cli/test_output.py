"""Standard output that is full, closed or no longer read: one sentence or silence, never a traceback."""

from __future__ import annotations

import errno
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from wellfit.cli import run
from wellfit.cli.output import Quiet
from wellfit.cli.screen import screen


class Failing(io.StringIO):
    """A stream to which nothing can be written."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def write(self, text: str) -> int:
        raise OSError(self.number, "no room" if self.number == errno.ENOSPC else "gone")


PRINTING = [["--version"], ["fit", "--help"], ["recipe", "show"], ["recipe", "schema", "--json"]]


@pytest.mark.parametrize("arguments", PRINTING)
def test_a_full_output_is_one_sentence(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", Failing(errno.ENOSPC))
    assert run(arguments) == 2
    told = "wellfit: What the command prints cannot be written to standard output: no room.\n"
    assert capsys.readouterr().err == told


def test_a_closed_output_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert run(["recipe", "show"]) == 2
    assert "standard output is closed" in capsys.readouterr().err


def test_a_reader_that_has_gone_ends_the_command_quietly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", Failing(errno.EPIPE))
    with pytest.raises(SystemExit) as ended:  # the parser's own way
        run(["recipe", "show"])
    assert ended.value.code == 1 and capsys.readouterr().err == ""


def test_work_goes_on_where_it_cannot_be_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", Failing(errno.ENOSPC))
    console = screen()
    console.print("one")
    console.print("two")  # neither raises
    monkeypatch.setattr(sys, "stdout", None)
    screen().print("three")
    ascii_only: Any = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    Quiet(ascii_only).write("Tromsø")
    ascii_only.flush()
    assert ascii_only.buffer.getvalue() == b"Troms?"


def test_real_pipes(tmp_path: Path) -> None:
    program = [sys.executable, "-m", "wellfit", "fit", "--help"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(program, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "No space left" in done.stderr
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as piped:
        assert piped.stdout is not None and piped.stderr is not None
        piped.stdout.close()
        assert piped.stderr.read() == b"" and piped.wait() == 1
