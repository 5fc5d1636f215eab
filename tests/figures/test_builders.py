"""Each builder: valid Vega-Lite, the data that were given, titles with units, and nothing drawn that cannot be."""

from __future__ import annotations

import json
import math
import re
from typing import Any
from xml.etree import ElementTree

import altair
import numpy as np
import polars
import pytest

from tests.figures.examples import HIGH, LOW, NAME, TEXTS, X, Y, columns, figures
from wellfit.errors import InputError
from wellfit.figures import (
    Axis,
    bar_figure,
    density_figure,
    heat_figure,
    interval_figure,
    line_figure,
    path_figure,
    scatter_figure,
    with_slider,
)
from wellfit.figures.heat import Points
from wellfit.figures.look import COLOURS, LINE_GAP, unique_names

ALL = dict(figures())
ABOUT: dict[str, Any] = {"name": "try", "title": "Seen."}


def views(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """The panels of a specification."""
    return list(spec.get("concat", [spec]))


def rows_of(spec: dict[str, Any], kind: str, view: int = 0) -> list[dict[str, Any]]:
    """The rows of the first layer with a mark of a kind."""
    layers = [one for one in views(spec)[view]["layer"] if one["mark"]["type"] == kind]
    return list(layers[0]["data"]["values"])


@pytest.mark.parametrize("name", ALL)
def test_every_figure_is_valid_and_says_what_it_shows(name: str) -> None:
    figure = ALL[name]
    altair.Chart.from_dict(figure.spec)  # altair checks it against Vega-Lite's schema
    text = json.dumps(figure.spec, allow_nan=False)
    assert '"url"' not in text and figure.spec["title"]["text"] and figure.description.endswith(".")
    for view in views(figure.spec):
        titles = [
            place["axis"]["title"] for layer in view["layer"] for where, place in layer["encoding"].items()
            if where in ("x", "y") and place.get("axis")
        ]  # fmt: skip
        assert titles and all(titles)


def test_every_figure_is_drawn() -> None:
    """One process draws all: starting the drawing takes the time."""
    for name, figure in ALL.items():
        picture = ElementTree.fromstring(figure.svg())  # which fails on control characters and unescaped text
        texts = ["".join(one.itertext()) for one in picture.iter() if one.tag.endswith("text")]
        assert any(text.startswith("What is seen of") for text in texts), name
        assert "NaN" not in figure.svg() and "undefined" not in " ".join(texts), name


@pytest.mark.parametrize("name", ["line in full", "scatter in full"])
def test_what_is_drawn_is_what_was_given(name: str) -> None:
    data, spec = columns(), ALL[name].spec
    mark = name.split()[0].replace("scatter", "point")
    rows = [row for view in range(2) for row in rows_of(spec, mark, view)]
    lows = {row["x"]: row["low"] for row in rows}
    known = {row["x"]: row["y"] for row in rows if row["y"] is not None}
    expected = {float(x): float(y) for x, y in zip(data[X], data[Y], strict=True) if math.isfinite(y)}
    assert known == expected and lows[1.0] == float(data[LOW][0])
    assert {row["series"] for row in rows} == set(unique_names(TEXTS).values())
    frame = ALL[name].frame
    assert frame[NAME].to_list() == data[NAME] and np.array_equal(frame[Y].to_numpy(), data[Y], equal_nan=True)


def test_what_cannot_be_drawn_is_left_out_and_counted() -> None:
    # Of a point without the ends of its interval nothing is said: it is drawn.
    assert "1 value not drawn: missing or infinite" in ALL["line in full"].description
    assert "1 row left out" in ALL["scatter"].description
    columns = {"x": [1.0, 2.0, 3.0], "y": [1.0, 0.0, -2.0]}
    figure = line_figure(columns, Axis("x", "x"), Axis("y", "y", scale="log"), **ABOUT)
    assert [row["y"] for row in rows_of(figure.spec, "line")] == [1.0, None, None]
    assert "2 values not drawn: missing, infinite or, on a logarithmic axis, not above 0." in figure.description


def test_a_gap_in_a_line_stays_a_gap() -> None:
    assert [row["y"] is None for row in rows_of(ALL["line"].spec, "line")] == [k == 4 for k in range(12)]


def test_units_stand_on_the_axes() -> None:
    spec = line_figure({"t": [1, 2], "v": [3, 4]}, Axis("t", "time", "s"), Axis("v", "loss", "nats"), **ABOUT).spec
    encoding = spec["layer"][0]["encoding"]
    assert encoding["x"]["axis"]["title"] == ["time (s)"] and encoding["y"]["axis"]["title"] == ["loss (nats)"]


def test_all_panels_have_the_same_axes_and_colours() -> None:
    first, second = (view["layer"][-2]["encoding"] for view in views(ALL["line in full"].spec))
    assert first["y"]["scale"] == second["y"]["scale"] and first["color"]["scale"] == second["color"]["scale"]


def test_intervals_keep_their_order_below_the_names_of_their_groups() -> None:
    columns = {"t": ["a", "b", "c"], "v": [1.0, 2.0, math.nan], "g": ["one", "two", "one"]}
    spec = interval_figure(columns, Axis("v", "v"), "t", group="g", **ABOUT).spec
    texts = [layer["data"]["values"] for layer in spec["layer"] if layer["mark"]["type"] == "text"]
    places = {row["text"]: row["place"] for rows in texts for row in rows}
    assert places == {"one": 0, "a": 1, "c": 2, "two": 3, "b": 4}


def test_an_interval_is_spoken_of_where_there_is_one() -> None:
    columns = {"t": ["a", "b"], "v": [1.0, 2.0], "low": [None, None], "high": [None, None]}
    for low, said in (([None, None], False), ([0.5, None], True)):
        figure = interval_figure(
            {**columns, "low": low, "high": low}, Axis("v", "v"), "t", low="low", high="high", **ABOUT
        )
        assert ("with its interval" in figure.description) == said
    assert "with its interval" not in interval_figure(columns, Axis("v", "v"), "t", **ABOUT).description


def test_the_margin_is_drawn_around_zero() -> None:
    (band,) = rows_of(ALL["interval in full"].spec, "rect")
    assert band == {"value": -0.1, "end": 0.1}


def test_bars_of_several_series_begin_at_zero_and_the_first_is_at_the_bottom() -> None:
    columns = {"x": ["p", "p"], "y": [2.0, 3.0], "s": ["first", "second"]}
    spec = bar_figure(columns, Axis("x", "x"), Axis("y", "y"), series="s", stacked=True, **ABOUT).spec
    low, high = spec["layer"][0]["encoding"]["y"]["scale"]["domain"]
    assert low == 0.0 and high >= 5.0
    assert {row["series"]: row["layer"] for row in rows_of(spec, "bar")} == {"first": 0, "second": 1}


def test_a_density_holds_the_share_of_each_bin() -> None:
    columns = {"v": [0.0, 0.1, 0.9, 1.0, 0.2, math.inf], "s": list("aaaabb")}
    figure = density_figure(columns, Axis("v", "v"), series="s", bins=2, **ABOUT)
    rows = rows_of(figure.spec, "line")
    assert [(row["series"], row["y"]) for row in rows] == [("a", 0.5)] * 3 + [("b", 1.0), ("b", 0.0), ("b", 0.0)]
    assert [row["x"] for row in rows] == pytest.approx([0.0, 0.5, 1.0] * 2, abs=1e-6)
    assert "1 row left out" in figure.description


def test_cells_of_numbers_meet_halfway() -> None:
    columns = {"x": [1.0, 2.0, 4.0], "y": [1.0, 10.0, 100.0], "v": [0.1, 0.2, 0.3]}
    spec = heat_figure(columns, Axis("x", "x"), Axis("y", "y", scale="log"), Axis("v", "v"), **ABOUT).spec
    rows = rows_of(spec, "rect")
    assert [(row["x_low"], row["x_high"]) for row in rows] == [(0.5, 1.5), (1.5, 3.0), (3.0, 5.0)]
    assert [row["y_high"] for row in rows] == pytest.approx([10**0.5, 10**1.5, 10**2.5])


def test_of_many_points_a_sample_is_drawn_and_the_description_says_so() -> None:
    columns = {"x": np.arange(2_500), "y": np.arange(2_500)}
    figure = scatter_figure(columns, Axis("x", "x"), Axis("y", "y"), **ABOUT)
    assert len(rows_of(figure.spec, "point")) == 2_000 and figure.frame.height == 2_500
    assert "2,000 of 2,500 points are drawn" in figure.description


def test_paths_are_drawn_in_order_and_begin_and_end_where_they_do() -> None:
    spec = ALL["path"].spec
    starts, ends = (layer["data"]["values"] for layer in spec["layer"] if layer["mark"]["type"] == "point")
    assert [(row["x"], row["y"]) for row in starts] == [(0.0, 0.0), (0.1, 0.9)]
    assert [(row["x"], row["y"]) for row in ends] == [(1.0, 0.4), (0.1, 0.9)]
    assert [row["step"] for row in rows_of(spec, "line")] == [0, 1, 2, 3]


def test_no_two_texts_share_a_name() -> None:
    values = ["x" * 80, "x" * 81, "a\nb", "a b", None, "", 1.0, "1"]
    names = unique_names(values)
    assert len(set(names.values())) == len(values) and all(name.isprintable() for name in names.values())


def test_more_series_than_colours_still_differ() -> None:
    many = 2 * len(COLOURS)
    columns = {"x": [1] * many, "y": range(many), "s": [f"s{k}" for k in range(many)]}
    encoding = line_figure(columns, Axis("x", "x"), Axis("y", "y"), series="s", **ABOUT).spec["layer"][0]["encoding"]
    pairs = zip(encoding["color"]["scale"]["range"], map(tuple, encoding["strokeDash"]["scale"]["range"]), strict=True)
    assert len(set(pairs)) == many


def test_lines_that_are_too_many_for_labels_are_named_below() -> None:
    columns = {"x": [1, 2] * 30, "y": range(60), "s": [f"s{k // 2}" for k in range(60)]}
    layers = line_figure(columns, Axis("x", "x"), Axis("y", "y"), series="s", **ABOUT).spec["layer"]
    assert [one["mark"]["type"] for one in layers] == ["line"] and layers[0]["encoding"]["color"]["legend"] is not None


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_very_large_and_very_small_numbers_are_drawn_or_left_out(scale: Any) -> None:
    values = [1.7e308, 1e300, 1e-300, 5e-324, -1e308]
    columns = {"x": range(5), "y": values, "s": list("abcde")}
    for make in (line_figure, scatter_figure):
        figure = make(columns, Axis("x", "x"), Axis("y", "y", scale=scale), series="s", **ABOUT)
        text = json.dumps(figure.spec, allow_nan=False)
        assert "1e+300" in text and "1.7e+308" not in text
        assert ("left out" if make is scatter_figure else "not drawn") in figure.description


def test_columns_of_any_kind_are_taken() -> None:
    columns = {
        "x": np.array([1, 2**63 + 5], np.uint64), "y": [None, None], "s": [math.nan, math.nan], "p": [True, None],
    }  # fmt: skip
    figure = scatter_figure(columns, Axis("x", "x"), Axis("x", "x"), low="y", high="y", series="s", panel="p", **ABOUT)
    assert {row["series"] for row in rows_of(figure.spec, "point")} == {"missing"}
    assert [view["title"]["text"] for view in views(figure.spec)] == [["True"], ["missing"]]


def test_nothing_to_draw_is_still_a_figure() -> None:
    empty = polars.DataFrame({"x": [], "y": []}, schema={"x": polars.Float64, "y": polars.Float64})
    for make in (line_figure, scatter_figure):
        altair.Chart.from_dict(make(empty, Axis("x", "x"), Axis("y", "y"), **ABOUT).spec)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: line_figure({"x": [1]}, Axis("x", "x"), Axis("z", "z"), **ABOUT), "none of the name 'z'"),
        (lambda: line_figure({"x": [1], "y": [1, 2]}, Axis("x", "x"), Axis("y", "y"), **ABOUT), "one length"),
        (lambda: line_figure({"x": ["1"], "y": [1]}, Axis("x", "x"), Axis("y", "y"), **ABOUT), "'x' holds text"),
        (lambda: Axis("x", "x", scale="logarithmic"), "linear, log or category"),  # type: ignore[arg-type]
        (lambda: Axis("x", "x", ends=(1.0, 1.0)), "first the smaller"),
        (lambda: Axis("x", "x", scale="log", ends=(0.0, 1.0)), "above 0"),
        (lambda: interval_figure(columns(), Axis(Y, Y), NAME, margin=0.0, **ABOUT), "above 0"),
        (lambda: density_figure(columns(), Axis(Y, Y), bins=0, **ABOUT), "1 to 1000"),
        (lambda: scatter_figure(columns(), Axis(X, X), Axis(HIGH, HIGH), reference="one", **ABOUT), "equality"),
        (lambda: with_slider([ALL["line"]], [1], label="a", **ABOUT), "two or more"),
        (lambda: with_slider([ALL["line"], ALL["line in full"]], [1, 2], label="a", **ABOUT), "as many panels"),
        (
            lambda: heat_figure(columns(), Axis(NAME, "", scale="category"), Axis(X, ""), Axis(Y, ""),
                                points=Points({}, "x", "y"), **ABOUT),
            "axes of categories",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_a_figure_is_refused(make: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        make()


def test_faint_lines_lie_behind_without_a_name() -> None:
    data = {"x": [0, 1] * 3, "y": [0, 1, 0, 2, 0, 3], "s": ["mean"] * 2 + ["one"] * 2 + ["two"] * 2}
    spec = line_figure(data, Axis("x", "x"), Axis("y", "y"), series="s", faint=["one", "two"], **ABOUT).spec
    first, second = [one for one in spec["layer"] if one["mark"]["type"] == "line"]
    assert {row["series"] for row in first["data"]["values"]} == {"one", "two"} and first["mark"]["strokeWidth"] < 1
    assert {row["series"] for row in second["data"]["values"]} == {"mean"}
    assert [row["label"] for row in rows_of(spec, "text")] == ["mean"]
    altair.Chart.from_dict(spec)


def test_a_slider_shows_the_figure_it_begins_with_on_the_axes_of_all() -> None:
    x, y = Axis("x", "x"), Axis("y", "y")
    curves = [line_figure({"x": [0, 1], "y": [0, k]}, x, y, name="one", title="One.") for k in (1, 1000)]
    made = with_slider(curves, [1.0, 1000.0], name="both", title="Both.", label="slope", shown=1)
    assert "slope: 1000" in made.svg() and "slope: 1<" not in made.svg() and "1,000" in made.svg()
    lines = [one for one in made.spec["layer"] if one["mark"]["type"] == "line"]
    assert len({tuple(one["encoding"]["y"]["scale"]["domain"]) for one in lines}) == 1
    assert made.frame["shown value"].to_list() == ["1.0", "1.0", "1000.0", "1000.0"]


def test_names_of_lines_stay_apart_on_the_longer_axis_of_a_slider() -> None:
    axes = Axis("x", "x"), Axis("y", "y")
    lines = [{"x": [0, 1] * 2, "y": [0, k, 0, 2 * k], "s": ["one"] * 2 + ["two"] * 2} for k in (1, 1000)]
    curves = [line_figure(one, *axes, series="s", **ABOUT) for one in lines]
    spec = with_slider(curves, [1, 1000], label="slope", **ABOUT).spec
    named = [one for one in spec["layer"] if one["encoding"].get("y", {}).get("field") == "label_y"]
    for layer in named:
        low, high = layer["encoding"]["y"]["scale"]["domain"]
        first, second = (row["label_y"] for row in layer["data"]["values"])
        assert (second - first) / (high - low) * spec["height"] > LINE_GAP - 0.01
    assert len(named) == 2


def test_the_paths_of_the_first_start_are_seen_without_javascript() -> None:
    walk = {"x": [0, 1, 2, 3], "y": [0, 1, 2, 3], "from": ["a", "a", "b", "b"]}
    axes = Axis("x", "x"), Axis("y", "y")
    drawn = path_figure({**walk, "f": [1, 2, 3, 4]}, walk, *axes, Axis("f", "f"), start="from", **ABOUT).svg()
    assert len(re.findall(r'd="M[^"]*L[^"]*" stroke="#0072B2" stroke-width="2"/>', drawn)) == 1


@pytest.mark.parametrize("most", [0.02, 0.08, 0.5, 1.0])
def test_neighbouring_ticks_of_shares_differ(most: float) -> None:
    """Written in whole percents, those of an axis to 2 % were 0%, 1%, 1%, 2%, 2%."""
    columns = {"t": ["a", "b"], "v": [0.0, most]}
    figure = interval_figure(columns, Axis("v", "v", format=".0%"), "t", **ABOUT)
    texts = [one.text or "" for one in ElementTree.fromstring(figure.svg()).iter("{http://www.w3.org/2000/svg}text")]
    ticks = [text for text in texts if text.endswith("%")]
    assert len(ticks) > 2 and len(set(ticks)) == len(ticks)
    assert most < 0.5 or not any("." in text for text in ticks)


def test_tiny_values_are_written_shortly() -> None:
    """As losses of a target that a column gives away: Vega would write 0.00000000000000002."""
    figure = line_figure({"x": [1, 2], "y": [2e-17, 6e-17]}, Axis("x", "x"), Axis("y", "y"), **ABOUT)
    texts = [one.text or "" for one in ElementTree.fromstring(figure.svg()).iter("{http://www.w3.org/2000/svg}text")]
    assert "4e-17" in texts and not any(len(text) > 9 for text in texts if text.startswith("0.0"))


def test_the_texts_of_cells_are_read_on_every_colour() -> None:
    """Black and white are about as good where one follows the other; either has a contrast of 4.5 there."""
    shares = [round(float(share), 3) for share in np.arange(0.7, 0.78, 0.005)]
    cells = {"x": ["a"] * len(shares), "y": [f"row {share}" for share in shares], "v": shares}
    names = Axis("x", "x", scale="category"), Axis("y", "y", scale="category")
    svg = heat_figure(cells, *names, Axis("v", "v", ends=(0.0, 1.0)), text=True, **ABOUT).svg()
    fills = re.findall(r'<path aria-hidden="true" d="M0,[^"]*" fill="rgb\((\d+), (\d+), (\d+)\)"', svg)
    colours = [[int(part) for part in fill] for fill in fills[: len(shares)]]
    inks = {float(text): int(ink[1:3], 16) for ink, text in re.findall(r'fill="(#\w{6})">(0\.\d+)</text>', svg)}
    for share, cell in zip(shares, colours, strict=True):
        light, dark = sorted((_luminance(cell), _luminance([inks[share]] * 3)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, share


def _luminance(colour: list[int]) -> float:
    parts = [part / 255 for part in colour]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
