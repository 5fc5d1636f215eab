"""What a table's columns mean, found once from the training table and applied alike to every later one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl

from wellfit.errors import InputError, quoted
from wellfit.reprs import short_repr
from wellfit.tables.arrays import Arrays, Image
from wellfit.tables.columns.columns import Column
from wellfit.tables.columns.kinds import check_kinds, force_column, infer_column
from wellfit.tables.columns.report import ColumnReport, report_of
from wellfit.tables.columns.sentences import said_of_columns
from wellfit.tables.columns.table_arrays import arrays_of_sparse, dense_numbers, text_counts
from wellfit.tables.columns.text import DEFAULT_WIDTH
from wellfit.tables.reading.choices import ANY, Choices
from wellfit.tables.reading.drawn_rows import Draw
from wellfit.tables.reading.forked import check_not_forked
from wellfit.tables.reading.images import image_arrays, image_of, pixel_names, plain_image, shape_in_words
from wellfit.tables.reading.missing_marks import MISSING_MARKS
from wellfit.tables.reading.pictures import read_later_pictures
from wellfit.tables.reading.tables import MOST_COLUMNS, Table, read_table, require_columns
from wellfit.tables.threads import for_each

_VERSION = 2


@dataclass(frozen=True)
class Schema:
    """The columns of a training table in their order, and the marks of a missing value in it.

    columns: what is known of each (empty for a sparse table). missing: the marks.
    choices: how cells are read that could be read in several ways, as the user chose.
    sparse: names of the columns of a sparse table, all of them numbers.
    image: (height, width, channels) where a row is an image, which has no columns; None for a table.
    header: whether the columns' names came with the table; False: later text files have no line of names either.
    image_column: the column of the training table that held the paths of the images; "": there was none.
    """

    columns: tuple[Column, ...] = ()
    missing: tuple[str, ...] = MISSING_MARKS
    sparse: tuple[str, ...] = ()
    image: Image | None = None
    choices: Choices = ANY
    header: bool = True
    image_column: str = ""
    _used: tuple[Column, ...] = field(init=False, repr=False, compare=False)

    __repr__ = short_repr

    def __post_init__(self) -> None:
        object.__setattr__(self, "_used", tuple(column for column in self.columns if column.used))

    @classmethod
    def infer(
        cls,
        table: Table,
        target: str | Iterable[str] = (),
        drop: str | Iterable[str] = (),
        kinds: Mapping[str, str] | None = None,
        text_width: int = DEFAULT_WIDTH,
    ) -> Schema:
        """Find out what each column is.

        target: columns that are to be predicted, so never looked at. drop: columns that the user leaves out.
        kinds: column name to "number", "category", "date" or "text", where the user knows better than the rules.
        text_width: hashed columns of each text (default 1024).

        Raises InputError for names that are not in the table, and where no column or too many are left.
        """
        target, drop = _names(target), _names(drop)
        kinds = dict(kinds or {})
        for group in (target, drop, tuple(kinds)):
            require_columns(table.names, group, table.source, table.hint)
        check_kinds(kinds)
        if table.images is not None:
            return cls(missing=table.missing, image=image_of(table.images), image_column=table.image_column)
        if table.frame is None:
            return cls._of_sparse(table, (*target, *drop), kinds)
        frame = table.frame

        def column_of(name: str) -> Column:
            if name in drop:
                return Column(name, "dropped", note="left out, as asked")
            cells, kind = frame.get_column(name), kinds.get(name)
            return force_column(cells, kind, table.choices) if kind else infer_column(cells, table.choices)

        columns = for_each([name for name in table.names if name not in target], column_of, table.rows)
        columns = [replace(column, width=text_width) if column.kind == "text" else column for column in columns]
        found = cls(tuple(columns), table.missing, choices=table.choices, header=table.header)
        return found._checked(table.source)

    @classmethod
    def _of_sparse(cls, table: Table, left_out: tuple[str, ...], kinds: Mapping[str, str]) -> Schema:
        other = [name for name, kind in kinds.items() if kind != "number"]
        if other:
            raise InputError(
                f"Columns of a sparse table are numbers; got {quoted(kinds[other[0]])} for {quoted(other[0])}: "
                "leave it out."
            )
        kept = tuple(name for name in table.names if name not in set(left_out))
        return cls((), table.missing, kept)._checked(table.source)

    def _checked(self, source: str) -> Schema:
        """The schema, if networks can take so many columns."""
        inputs = len(self.number_names) + len(self.code_names) + len(self.sparse) + sum(c.width for c in self._used)
        if inputs == 0:
            reasons = "; ".join(f"{column.name!r} is {column.note or column.kind}" for column in self.columns[:5])
            raise InputError(f"No column of {source} is left to learn from ({reasons or 'there is only the target'}).")
        if inputs > MOST_COLUMNS:
            raise InputError(
                f"At most {MOST_COLUMNS:,} columns can be used, because each batch of rows is made dense in memory, "
                f"and {source} gives {inputs:,}: choose columns (drop, scikit-learn's SelectKBest) or compress them "
                "(TruncatedSVD), or set a smaller text width."
            )
        return self

    @property
    def number_names(self) -> tuple[str, ...]:
        """Names of the columns of `Arrays.numbers`: a number column's own, and "column: part" for dates; "pixel y,x" of
        images.
        """
        if self.image is not None:
            return pixel_names(self.image)
        names: list[str] = []
        for column in self._used:
            if column.kind == "number":
                names.append(column.name)
            names.extend(f"{column.name}: {part}" for part in column.parts)
        return tuple(names)

    @property
    def code_names(self) -> tuple[str, ...]:
        """Names of the columns of `Arrays.codes`."""
        return tuple(column.name for column in self._used if column.kind == "category")

    @property
    def input_names(self) -> tuple[str, ...]:
        """Names of all columns of `Arrays`, in order: numbers, codes, sparse columns or texts."""
        texts = tuple(column.name for column in self._used if column.kind == "text")
        return (*self.number_names, *self.code_names, *(self.sparse or texts))

    @property
    def required(self) -> tuple[str, ...]:
        """Columns that a table must have to be predicted on."""
        return self.sparse or tuple(column.name for column in self._used)

    def read(self, source: Any, sheet: str | None = None, draw: Draw | None = None) -> Table:
        """Read a later table with the missing marks and choices of the training table; see `read_table`."""
        if self.image is not None:
            return read_later_pictures(source, self.image, self.image_column, sheet)
        decimal, dates = self.choices.decimal, self.choices.dates
        header = None if self.header else False
        return read_table(source, self.missing, decimal, dates, self.with_commas, header=header, sheet=sheet, draw=draw)

    @property
    def with_commas(self) -> frozenset[str]:
        """Columns of numbers with decimal commas, whose 1.234 is over a thousand."""
        return frozenset(c.name for c in self._used if c.kind == "number" and c.decimal == "comma")

    def arrays(self, table: Table) -> Arrays:
        """The table's columns as arrays, the same for training and prediction.

        Columns are taken by name: their order does not matter, further ones are ignored. A cell that cannot be read as
        its column is counts as missing. Raises InputError naming columns that are absent, and column, row (the first is
        1) and value of infinities; `apply` takes these as missing too.
        """
        return self._arrays(table, strict=True)

    def apply(self, table: Table) -> tuple[Arrays, tuple[ColumnReport, ...]]:
        """The arrays of a later table, and a report of each column that the networks see.

        No cell is refused: what cannot be read is missing, and counted in the report. Images, and the columns of a
        sparse table, have no reports. Raises InputError naming columns that are absent.
        """
        return self._arrays(table, strict=False), self.reports(table)

    def reports(self, table: Table) -> tuple[ColumnReport, ...]:
        """A report of each column of a later table that the networks see; see `apply`."""
        frame = self.marked(table).frame
        if frame is None or self.sparse or self.image is not None:
            return ()
        return tuple(report_of(column, frame.get_column(column.name)) for column in self._used)

    def marked(self, table: Table) -> Table:
        """The table with the missing marks of the training table."""
        return table.mark_missing(self.missing, self.with_commas)

    def _arrays(self, table: Table, strict: bool) -> Arrays:
        check_not_forked()
        if self.image is not None or table.images is not None:
            return image_arrays(self.image, table.images, table.source)
        require_columns(table.names, self.required, table.source, table.hint)
        table = self.marked(table)
        if table.frame is None:
            return self._of_sparse_table(table, strict)
        frame = table.frame
        if self.sparse:
            return self._as_sparse(frame, strict)
        codes = np.empty((frame.height, len(self.code_names)), dtype=np.int32)
        categories = [column for column in self._used if column.kind == "category"]
        for place, column in enumerate(categories):
            codes[:, place] = column.codes(frame.get_column(column.name))
        levels = tuple(len(column.vocabulary) for column in categories)
        numbers = dense_numbers(self._used, frame, len(self.number_names), strict, table.row_numbers)
        return Arrays(numbers, codes, levels, text_counts(self._used, frame))

    def _of_sparse_table(self, table: Table, strict: bool) -> Arrays:
        if not self.sparse:
            dense = pl.DataFrame({name: table.series(name) for name in self.required})
            return self._arrays(replace(table, frame=dense, sparse=None, names=self.required), strict)
        matrix = table.sparse
        if table.names != self.sparse:
            places = {name: place for place, name in enumerate(table.names)}
            matrix = matrix[:, [places[name] for name in self.sparse]]
            matrix.sort_indices()
        return arrays_of_sparse(matrix)

    def _as_sparse(self, frame: pl.DataFrame, strict: bool) -> Arrays:
        """A dense table for networks that were trained on a sparse one."""
        from scipy.sparse import csr_array

        columns = [Column(name, "number") for name in self.sparse]
        dense = np.stack([column.numbers(frame.get_column(column.name), strict) for column in columns], axis=1)
        return self._of_sparse_table(Table(self.sparse, sparse=csr_array(dense)), strict)

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What was assumed to read the columns that networks see, a sentence each with the columns' names."""
        return said_of_columns((column.name, said) for column in self._used for said in column.assumed)

    def describe(self) -> list[dict[str, str | int]]:
        """A row a column for people: column, kind, distinct, missing, example, note."""
        if self.image is not None:
            note = f"images of {shape_in_words(self.image)}, scaled all alike"
            return [{"column": "pixels", "kind": "number", "distinct": 0, "missing": 0, "example": "", "note": note}]
        if self.sparse:
            note = "stored sparse, made dense batch by batch"
            name = f"{self.sparse[0]} ... {self.sparse[-1]} ({len(self.sparse)} columns)"
            return [{"column": name, "kind": "number", "distinct": 0, "missing": 0, "example": "", "note": note}]
        keys = ("kind", "distinct", "missing", "example", "note")
        return [{"column": column.name, **{key: getattr(column, key) for key in keys}} for column in self.columns]

    def to_plain(self) -> dict[str, Any]:
        """Values that JSON can hold."""
        columns = [column.to_plain() for column in self.columns]
        plain = {"version": _VERSION, "columns": columns, "missing": list(self.missing), "sparse": list(self.sparse)}
        if not self.header:
            plain["header"] = False
        if self.image_column:
            plain["image_column"] = self.image_column
        plain |= {key: value for key, value in vars(self.choices).items() if value is not None}
        return plain if self.image is None else {**plain, "image": list(self.image)}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Schema:
        """The schema that `to_plain` described; InputError where it did not."""
        if plain.get("version") != _VERSION:
            raise InputError(f"A schema of version {_VERSION} can be read; got version {quoted(plain.get('version'))}.")
        parts: list[Any] = [plain.get(key) for key in ("columns", "missing", "sparse")]
        texts = all(isinstance(part, list) and all(isinstance(item, str) for item in part) for part in parts[1:])
        if not isinstance(parts[0], list) or not texts:
            raise InputError(
                "A saved schema holds columns, missing marks and sparse names as lists; this one does not."
            )
        columns, missing, sparse = parts
        made = tuple(Column.from_plain(column) for column in columns)
        image = plain_image(plain.get("image"), bool(columns or sparse))
        choices = Choices(*(plain.get(key) for key in ("decimal", "dates", "usual_decimal")))
        header = plain.get("header") is not False
        column = plain.get("image_column", "")
        if not isinstance(column, str):
            raise InputError(f"A saved schema names the column of images as text; got {str(column)[:80]}.")
        return cls(made, tuple(missing), tuple(sparse), image, choices, header, column)


def _names(names: str | Iterable[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)
