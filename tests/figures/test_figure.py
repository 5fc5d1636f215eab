"""The figure as a value: files by ending, notebooks, plain values, and that nothing is read from elsewhere."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.figures.examples import columns, figures
from wellfit.errors import InputError
from wellfit.figures import Axis, Display, Figure, line_figure

FIGURE = dict(figures())["line in full"]


def test_it_is_saved_by_ending(tmp_path: Path) -> None:
    for ending in ("svg", "png", "json", "html"):
        FIGURE.save(tmp_path / f"one.{ending}")
    assert (tmp_path / "one.svg").read_text().startswith("<svg")
    assert json.loads((tmp_path / "one.json").read_text()) == FIGURE.spec
    svg = (tmp_path / "one.svg").read_text()
    width = float(re.search(r'width="([\d.]+)"', svg)[1])  # type: ignore[index]
    with Image.open(tmp_path / "one.png") as picture:
        assert abs(picture.width - 2 * width) <= 4  # two pixels of the file for one of the screen
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.html", "one.json", "one.png", "one.svg"]


def test_a_page_needs_no_network_and_no_text_ends_its_script() -> None:
    page = FIGURE.html()
    assert not re.search(r"""(src|href)\s*=\s*["']?https?:""", page) and "window.vegaEmbed" in page
    assert page.count("</script>") == 1 and "<b>" not in page
    assert "&lt;script&gt;alert(1)" in page.split("</head>\n<body>")[1] and "<script>alert" not in page


@pytest.mark.parametrize("name", ["one.pdf", "one", "gone/one.svg"])
def test_a_file_that_cannot_be_is_refused_and_nothing_is_left(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"ends in \.svg|cannot be written"):
        FIGURE.save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_it_survives_json() -> None:
    back = Figure.from_plain(json.loads(json.dumps(FIGURE.to_plain(), allow_nan=False)))
    assert (back.name, back.title, back.description) == (FIGURE.name, FIGURE.title, FIGURE.description)
    assert back.spec == FIGURE.spec and back.frame.equals(FIGURE.frame)
    assert math.isinf(back.frame[list(columns())[3]][7])


@pytest.mark.parametrize(
    "change",
    [
        {"spec": {"data": {"url": "https://example.org/rows.json"}}},
        {"spec": {"layer": [{"encoding": {"href": {"field": "x"}}}]}},
        {"columns": [{"name": "x", "type": "Object", "values": []}]},
        {"columns": [{"name": "x", "type": "Int64", "values": ["a"]}]},
        {"columns": None},
        {"name": "../../elsewhere"},
        {"spec": 3},
    ],
)
def test_what_is_no_figure_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="^A figure"):
        Figure.from_plain({**FIGURE.to_plain(), **change})


def test_drawing_reads_nothing_from_elsewhere(tmp_path: Path) -> None:
    rows = tmp_path / "rows.json"
    rows.write_text('[{"x": 1}, {"x": 7777}]')

    def drawn(url: str) -> str:
        spec = {"data": {"url": url}, "mark": "point", "encoding": {"x": {"field": "x", "type": "quantitative"}}}
        return Figure("name", "Title.", "", FIGURE.frame, spec).svg()

    for url in ("https://example.org/rows.json", str(rows)):
        with pytest.raises(ValueError, match="not allowed"):
            drawn(url)
    assert "7,000" not in drawn(rows.as_uri())


def test_a_notebook_gets_the_specification_and_a_picture() -> None:
    shown = FIGURE._repr_mimebundle_()
    assert shown["application/vnd.vegalite.v6+json"] == FIGURE.spec
    assert shown["image/svg+xml"].startswith("<svg") and shown["text/plain"].startswith("<Figure try: What is seen")
    assert FIGURE.to_altair().to_dict()["title"] == FIGURE.spec["title"]


def test_a_display_shows_names_and_saves_its_figures(tmp_path: Path) -> None:
    data = {"x": [1, 2], "y": [1, 2]}
    one, two = (line_figure(data, Axis("x", "x"), Axis("y", "y"), name=n, title=n) for n in ("one", "two"))
    display = Display([one, two])
    assert display["two"] is two and display[0] is one and len(display) == 2 and display.frame is one.frame
    assert display._repr_html_().count('<img src="data:image/svg+xml;base64,') == 2
    assert [path.name for path in display.save(tmp_path / "new", ".json")] == ["one.json", "two.json"]
    with pytest.raises(InputError, match="'one', 'two'; got 'three'"):
        display["three"]
    with pytest.raises(InputError, match="ending"):
        display.save(tmp_path, ".pdf")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        display.save(tmp_path / "file")
