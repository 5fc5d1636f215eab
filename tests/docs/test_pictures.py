"""Every family draws its techniques, with their own code, and the same file each time."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from docs.generator.techniques import Entry, entries
from docs.pictures import write_picture
from docs.pictures.common import run_kernel

from wellfit.numerics.kernel import fields, kernel
from wellfit.techniques.penalties.penalty import RUN

pytest.importorskip("matplotlib", reason="pictures need the extra docs")
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])")
ALL = entries()
FIRST = {entry.family: entry for entry in reversed(ALL) if entry.name != "none"}


@pytest.mark.parametrize("family", sorted({entry.family for entry in ALL}))
def test_every_family_has_a_drawing(family: str) -> None:
    assert find_spec(f"docs.pictures.{family}"), f"write docs/pictures/{family}.py with a function draw(figure, cls)"
    assert callable(import_module(f"docs.pictures.{family}").draw)


def parts_of(svg: str) -> tuple[str, list[float]]:
    """What is drawn, and where; places (1/72 inch) may differ in what the layout's solver leaves open."""
    plain = re.sub(r"[a-z][0-9a-f]{10}", "id", svg)  # names of clip paths, made of places
    return NUMBER.sub("", plain), [float(number) for number in NUMBER.findall(plain)]


@pytest.mark.parametrize("entry", FIRST.values(), ids=FIRST)
def test_a_picture_is_drawn_captioned_and_the_same_each_time(entry: Entry, tmp_path: Path) -> None:
    """One technique a family; `make docs` draws all of them."""
    paths = [tmp_path / "first.svg", tmp_path / "second.svg"]
    captions = {write_picture(entry.family, entry.name, path) for path in paths}
    (caption,) = captions
    assert caption.endswith(".") and "\n" not in caption
    first, second = (path.read_text() for path in paths)
    for one, other in zip(parts_of(first), parts_of(second), strict=True):
        assert one == other or np.allclose(np.array(one), np.array(other), atol=0.05)
    assert 2_000 < len(first) < 600_000, f"{len(first)} bytes"
    assert ElementTree.fromstring(first).tag.endswith("svg")


def test_a_picture_shows_the_kernel_that_it_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel that is off by a half must be seen: the picture draws it, not a formula beside it."""
    from docs.pictures import l2

    honest = l2.l2_gradient

    @kernel(RUN)
    def half(row, settings, *rest):  # type: ignore[no-untyped-def]
        honest(row, settings / 2, *rest)

    write_picture("l2", "l2", tmp_path / "honest.svg")
    monkeypatch.setattr(l2, "l2_gradient", half)
    write_picture("l2", "l2", tmp_path / "half.svg")
    assert (tmp_path / "honest.svg").read_bytes() != (tmp_path / "half.svg").read_bytes()


def test_kernels_run_on_copies() -> None:
    @kernel(fields("settings"))
    def double(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
        work *= settings[0]

    given = [1.0, 2.0]
    assert run_kernel(double, settings=(3.0,), work=given)["work"].tolist() == [3.0, 6.0]
    assert given == [1.0, 2.0]
