"""The one look of all figures: colours, dashes, shapes, sizes, and how text is wrapped and cleaned."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

from wellfit.errors import clean
from wellfit.reprs import cut

# Okabe and Ito's colours, which people with the common kinds of colour blindness tell apart. Yellow is left out: on
# white it is hardly seen.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
# The same as text on white: each at least 4.5 to 1.
TEXT_COLOURS = ("#0068A3", "#B34800", "#00765A", "#A03F78", "#8A5C00", "#1F759E", "#000000")
# So that series can be told apart in grey too.
DASHES = ([1, 0], [7, 3], [2, 2], [9, 3, 2, 3], [4, 2], [12, 4], [1, 3])
SHAPES = ("circle", "triangle-up", "square", "diamond", "cross", "triangle-down", "triangle-right")
INK, GREY, PALE = "#222222", "#6B6B6B", "#DDDDDD"
ON_PALE, ON_DEEP = "#010101", "#FEFEFE"  # text on a cell that has its own colour, in any theme
SEQUENTIAL, DIVERGING = "blues", "blueorange"
_ON_DARK = ("#4BA3DB", "#FF8A3D", "#2FC79C", "#E8A3CB", "#F5B942", "#A9DCFF", "#FFFFFF")
# What stands for each colour on a dark page.
DARK = {
    "white": "#16191E", INK: "#E8E6E3", GREY: "#A9B0BA", PALE: "#3A414B", "#ECECEC": "#2C323A",
    "#FAFAFA": "#20252C", "#8C8C8C": "#5A616B",
    **dict(zip(COLOURS, _ON_DARK, strict=True)), **dict(zip(TEXT_COLOURS, _ON_DARK, strict=True)),
}  # fmt: skip
EMPTY = ("missing", "(empty)")  # how a text is written that is not there
FONT = "Helvetica, Arial, DejaVu Sans, sans-serif"
WIDTH, HEIGHT = 480, 290  # of a figure's only panel, in pixels
PANEL_WIDTH, PANEL_HEIGHT = 290, 210  # of each of several
COLUMNS = 2  # panels side by side
LABEL_SIZE = 11  # of the text in a figure, in pixels
TITLE_WIDTH = 420  # of a title's line above a narrow figure, in pixels
LETTER = 6.7  # how wide a letter of a title is, in pixels
LINE_GAP = 13  # from one label at the end of a line to the next, in pixels

CONFIG: dict[str, Any] = {
    "background": "white",
    "font": FONT,
    "padding": 8,
    "view": {"stroke": None},
    "mark": {"aria": False},  # the figure is described as a whole, not point by point
    "title": {"anchor": "start", "color": INK, "fontSize": 13, "fontWeight": "bold", "offset": 12, "frame": "bounds"},
    "axis": {
        "labelColor": INK, "labelFontSize": LABEL_SIZE,
        "titleColor": INK, "titleFontSize": 12, "titleFontWeight": "normal",
        "gridColor": "#ECECEC", "domainColor": GREY, "tickColor": GREY, "titlePadding": 8, "labelLimit": 220,
    },
    "legend": {
        "labelColor": INK, "labelFontSize": LABEL_SIZE, "titleColor": INK, "titleFontSize": LABEL_SIZE,
        "titleFontWeight": "normal", "labelLimit": 240, "orient": "bottom", "columns": 4,
        "symbolStrokeWidth": 2, "symbolOpacity": 1,
    },
    "text": {"color": INK, "fontSize": LABEL_SIZE},
}  # fmt: skip


def colours(names: Sequence[str]) -> list[str]:
    """A colour for each series; of more than there are they begin anew."""
    return [COLOURS[k % len(COLOURS)] for k in range(len(names))]


def dashes(names: Sequence[str]) -> list[list[int]]:
    """A dash for each series; where colours begin anew the dash is another one."""
    return [DASHES[(k + k // len(COLOURS)) % len(DASHES)] for k in range(len(names))]


def shapes(names: Sequence[str]) -> list[str]:
    """A shape for each series."""
    return [SHAPES[(k + k // len(COLOURS)) % len(SHAPES)] for k in range(len(names))]


def wrapped(text: str, width: float) -> list[str]:
    """Text in lines that fit into a width in pixels."""
    return textwrap.wrap(clean(text), max(20, int(width / LETTER))) or [""]


def text_of(value: Any) -> str:
    """A value as a figure writes it: one printable line."""
    if value is None:
        return EMPTY[0]
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return clean(f"{value:.6g}" if isinstance(value, float) else str(value)).strip() or EMPTY[1]


def unique_names(values: Iterable[Any], most: int = 60) -> dict[Any, str]:
    """Short printable names for distinct values, in the order in which they come; no two values share one."""
    names: dict[Any, str] = {}
    taken: set[str] = set()
    for value in values:
        if value in names:
            continue
        name = first = cut(text_of(value), most)
        number = 1
        while name in taken:
            number += 1
            name = f"{first} ({number})"
        names[value] = name
        taken.add(name)
    return names


def file_name(text: str) -> str:
    """A text as part of a file's name: letters and digits of any script, and hyphens, at most 40."""
    return re.sub(r"[\W_]+", "-", text).strip("-").lower()[:40].strip("-") or "figure"
