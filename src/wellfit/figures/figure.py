"""A figure as a value: the data that it shows, its specification, and the files that it becomes."""

from __future__ import annotations

import base64
import html
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars

from wellfit.errors import InputError, clean, quoted, reason
from wellfit.figures import rendering
from wellfit.figures.look import TITLE_WIDTH, file_name, wrapped
from wellfit.files import write_atomically
from wellfit.frames import ResultFrame

ENDINGS = (".svg", ".png", ".html", ".json")
TYPES = {"Int64": polars.Int64, "Float64": polars.Float64, "Boolean": polars.Boolean, "String": polars.String}
MIME = "application/vnd.vegalite.v6+json"
NAME = re.compile(r"\w[\w.-]{0,99}")
REMOTE = {"url", "href"}  # what would make a figure read or lead somewhere else


@dataclass(frozen=True, eq=False)
class Figure:
    """A figure that owns its data.

    name: short, for files and HTML, such as "validation-error".
    title: a sentence that says what is seen.
    description: what it shows, for people who cannot see it; also how many values could not be drawn.
    frame: the data, as it was given.
    spec: the Vega-Lite specification, which carries what is drawn of the data.

    A notebook shows it. `save` writes it, `frame` has the numbers, `to_altair` gives a chart of altair to be changed.

    >>> from wellfit.figures import Axis, line_figure
    >>> columns = {"epoch": [1, 2, 3], "loss": [0.9, 0.5, 0.4]}
    >>> epoch, loss = Axis("epoch", "epoch"), Axis("loss", "loss")
    >>> figure = line_figure(columns, epoch, loss, name="loss", title="The loss falls.")
    >>> figure
    <Figure loss: The loss falls.>
    >>> figure.frame["loss"].to_list()
    [0.9, 0.5, 0.4]
    """

    name: str
    title: str
    description: str
    frame: ResultFrame
    spec: dict[str, Any]

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise InputError(
                f"A figure's name is letters, digits, hyphens, dots, as of a file; got {quoted(self.name)}."
            )

    def __repr__(self) -> str:
        return f"<Figure {self.name}: {self.title}>"

    def svg(self) -> str:
        """The figure as SVG text."""
        return rendering.svg(self.spec)

    def png(self, scale: float = 2.0) -> bytes:
        """The figure as a PNG file's bytes. scale: pixels of the file for one of the screen, above 0 (default 2)."""
        return rendering.png(self.spec, scale)

    def html(self) -> str:
        """A page that needs no network: the JavaScript, of about 900 KB, is in it."""
        return rendering.html(self.title, self.description, self.spec)

    def save(self, path: str | Path) -> None:
        """Write a file of the kind that its name says: .svg, .png, .html or .json (the specification with its data).

        path: where to; an existing file is replaced, whole or not at all.

        Raises:
            InputError: the name has another ending, or the file cannot be written.
        """
        path = Path(path)
        ending = path.suffix.lower()
        if ending not in ENDINGS:
            raise InputError(f"A figure is saved to a name that ends in {', '.join(ENDINGS)}; got {quoted(str(path))}.")
        content = self.content(ending)
        try:
            write_atomically(path, content)
        except OSError as error:
            raise InputError(f"{quoted(str(path))} cannot be written: {error.strerror or error}.") from None

    def content(self, ending: str) -> bytes:
        """What a file of the ending holds: ".svg", ".png", ".html" or ".json"."""
        if ending == ".png":
            return self.png()
        write: dict[str, Callable[[], str]] = {".svg": self.svg, ".html": self.html, ".json": self._json}
        return write[ending]().encode()

    def of(self, part: str) -> Figure:
        """The same figure of one of several parts, whose name stands before its name and title."""
        title = f"{clean(part)}: {self.title}"
        heading = {**self.spec["title"], "text": wrapped(title, TITLE_WIDTH)}
        name = f"{file_name(part)}-{self.name}"
        return replace(self, name=name, title=title, spec={**self.spec, "title": heading})

    def to_altair(self) -> Any:
        """The same as a chart of altair, to be changed there."""
        import altair

        return altair.Chart.from_dict(self.spec)

    def _json(self) -> str:
        return json.dumps(self.spec, allow_nan=False) + "\n"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """What a notebook shows: the specification where it knows Vega-Lite, else the picture."""
        return {MIME: self.spec, "image/svg+xml": self.svg(), "text/plain": repr(self)}

    def _repr_html_(self) -> str:
        """The picture alone, as an image: clippings of two SVGs in one page would be taken for one another."""
        image = base64.b64encode(self.svg().encode()).decode()
        return f'<img src="data:image/svg+xml;base64,{image}" alt="{html.escape(self.description)}">'

    def to_plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        columns = [
            {"name": name, "type": str(self.frame[name].dtype), "values": [_json_value(v) for v in self.frame[name]]}
            for name in self.frame.columns
        ]
        return {"name": self.name, "title": self.title, "description": self.description, "columns": columns,
                "spec": self.spec}  # fmt: skip

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Figure:
        """What `to_plain` gave.

        Raises:
            InputError: it is something else, or a specification that reads from or leads to another place.
        """
        try:
            columns = {one["name"]: _series(one) for one in plain["columns"]}
            texts = [str(plain[name]) for name in ("name", "title", "description")]
            spec = dict(plain["spec"])
            frame = ResultFrame(columns)
        except (KeyError, TypeError, ValueError, AttributeError, polars.exceptions.PolarsError) as error:
            rule = "A figure is written as its name, title, description, columns and spec"
            raise InputError(f"{rule}; got something else: {reason(error)}.") from None
        if _leads_elsewhere(spec):
            raise InputError("A figure carries its data; the specification leads to another place: make it anew.")
        return cls(texts[0], texts[1], texts[2], frame, spec)


def _json_value(value: Any) -> Any:
    """JSON has no infinity and no NaN: they become text."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _series(one: Mapping[str, Any]) -> polars.Series:
    """A column of `to_plain`."""
    values = (
        [float(v) if isinstance(v, str) else v for v in one["values"]] if one["type"] == "Float64" else one["values"]
    )
    return polars.Series(str(one["name"]), values, dtype=TYPES[one["type"]])


def _leads_elsewhere(value: Any) -> bool:
    """Whether a specification names an address anywhere but in the rows of its data."""
    if isinstance(value, dict):
        return bool(REMOTE & set(value)) or any(_leads_elsewhere(v) for k, v in value.items() if k != "datasets")
    return isinstance(value, list) and any(_leads_elsewhere(one) for one in value)
