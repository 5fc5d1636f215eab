"""From the options of `wellfit fit` to arrays: reading the table or images, and setting the test rows aside."""

from __future__ import annotations

from dataclasses import replace

from wellfit.cli.checked import checked
from wellfit.cli.options import FitOptions
from wellfit.cli.prepare_images import prepare_images, read_image_files
from wellfit.cli.reading import read_given, reading_notes, with_known_targets
from wellfit.cli.row_lists import left_out, together
from wellfit.cli.rows import check_order, groups_of, order_of, set_aside, view_of, weights_of
from wellfit.cli.scratch import Scratch, mapped_source
from wellfit.cli.targets import (
    target_of,
    target_of_later_rows,
)
from wellfit.errors import InputError, quoted
from wellfit.tables import Schema, Table
from wellfit.tables.arrays import Target
from wellfit.tables.columns.unlike import in_lines, notes_on
from wellfit.tables.mapped import HeldTable, MappedTable
from wellfit.tables.reading.drawn_rows import Draw
from wellfit.tables.reading.images import image_of
from wellfit.tables.reading.tables import nearest, shorten
from wellfit.tables.split import DrawnRows, LabelledRows, SplitTable
from wellfit.tables.views.copies import equal_rows, join_groups
from wellfit.tables.views.views import ViewWithNotes
from wellfit.training.transfer import check_columns

COLUMNS_NAMED = 12


def prepare(
    o: FitOptions, donor: Schema | None = None, draw: Draw | None = None, scratch: Scratch | None = None
) -> SplitTable:
    """The table or the images that the options name, split into rows to train on and rows to test on.

    donor: how the columns are read, where layers are taken from a saved model.
    draw: how many rows of the table are used (default None: all).
    scratch: where the columns of a table lie that does not fit in memory (default None: every table is held in memory).

    Raises:
        InputError: what is wrong with the table, its target, its weights or an option.
    """
    check_order(o)
    table = read_image_files(o) if donor is None else None
    source = None if table is not None else mapped_source(o, donor, draw, scratch)
    if source is not None:
        return _prepare_table(source, o, donor)
    table = table or read_given(o, donor, draw)
    if donor is not None and donor.image != (None if table.images is None else image_of(table.images)):
        raise InputError(f"{o.start_from} was trained on other images, or on a table: start from a model of such rows.")
    if table.images is not None:
        if o.leave_out is not None or o.keep_together is not None:
            raise InputError("--leave-out and --keep-together are about rows of a table, and these are images.")
        if o.rows is not None:
            raise InputError("--rows draws rows of a table, and these are images: leave it out.")
        return prepare_images(table, o)
    if o.test_target is not None:
        raise InputError("--test-target is for images: the table of --test has the target among its own columns.")
    return _prepare_table(HeldTable(table), o, donor)


def _prepare_table(source: HeldTable | MappedTable, o: FitOptions, donor: Schema | None) -> SplitTable:
    """Split a table. The schema is found without looking at the test rows, or is that of a donor of layers."""
    table, targets, given_kinds = source.table, o.targets, _kinds(o.kind)
    if not targets:
        raise InputError(f"--target names the column to predict; the columns of {o.table} are {shorten(table.names)}.")
    for name in targets:
        _require_columns(table, name, o, given_kinds)
    drawn = None if table.drawn_from is None else DrawnRows(table.rows, table.drawn_from)
    table, skipped = with_known_targets(table, targets, o)
    source = replace(source, table=table)
    target, task = target_of(table, targets, o.task, o.skip_unknown_targets)
    groups = together(table, groups_of(table, o.group), o.keep_together)
    order = order_of(table, o.time_column)
    aside = [column for column in (*o.drop, o.weight, o.group) if column is not None]
    if donor is not None:
        _check_donor(donor, table, (*targets, *aside), given_kinds)

    def understood(view: ViewWithNotes) -> Schema:
        found = donor or source.infer(view.training, targets, aside, given_kinds)
        return _with_roles(found, o.weight, o.group)

    view = view_of(target, o, groups, order=order)
    schema = understood(view)
    # Of all rows at once, so that errors name the row of the file.
    whole = LabelledRows(source.arrays(schema), target, weights_of(table, o.weight), groups, order=order)
    whole = replace(whole, numbers=table.row_numbers)
    copies = equal_rows(whole.arrays)
    whole = replace(whole, copies=copies, splits_copies=o.split_equal_rows)
    if whole.together is not None:
        groups = None if groups is None else join_groups(groups, whole.together)
        view = view_of(target, o, groups, copies, order)
        schema = understood(view)
        whole = replace(whole, arrays=source.arrays(schema), groups=groups)
    test, tested_on = whole.take(view.test), set_aside(view, order)
    train, unlearned = left_out(source.take(whole, view.training), o.leave_out)
    table = source.table
    others = [*targets, *(name for name in (o.weight, o.group) if name is not None)]
    notes = [*table.notes, *skipped, *reading_notes(table, schema, others, o), *view.notes, *unlearned]
    if o.test not in (None, "none"):
        test, unlike = _test_table(schema, targets, target, o)
        tested_on, notes = str(o.test), [*notes, *(f"{o.test}: {note}" for note in unlike)]
    tested = test if test.weight.any() else None  # no test rows, or none that counts
    split_by = o.time_column if o.test is None else None
    data = SplitTable(o.target, schema, train, tested, tested_on, task, notes, drawn=drawn, split_by=split_by)
    return checked(data, copies, o)


def _check_donor(donor: Schema, table: Table, left_out: tuple[str, ...], kinds: dict[str, str]) -> None:
    """Refuse a donor of layers that reads a column which is no input here, or lacks one that is."""
    for name in left_out:
        if name in donor.required:
            raise InputError(
                f"The first layer of the saved model reads the column {quoted(name)}, which is no input here: "
                "train one without it."
            )
    if kinds:
        raise InputError("With --start-from the columns keep the kinds of the saved model: leave --kind out.")
    check_columns(donor, table, left_out)


def _require_columns(table: Table, target: str, o: FitOptions, kinds: dict[str, str]) -> None:
    """InputError for a name that an option gives and the table does not have; and for a target that is dropped."""
    columns = [("--target", target), ("--weight", o.weight), ("--group", o.group), ("--time-column", o.time_column)]
    columns += [("--drop", column) for column in o.drop] + [("--kind", column) for column in kinds]
    for option, column in columns:
        if column is None or column in table.names:
            continue
        near = nearest(column, table.names)
        first = ", ".join(table.names[:COLUMNS_NAMED]) + (", ..." if len(table.names) > COLUMNS_NAMED else "")
        hint = f"did you mean {near!r}? Its columns are: {first}" if near else f"its columns are: {first}"
        hint = table.hint or hint
        raise InputError(f"{o.table} has no column {quoted(column)} ({option}); {hint}.")
    for option, column in columns[1:]:
        if column == target:
            raise InputError(f"The target {quoted(target)} cannot be the column of {option} as well: give another.")


def _with_roles(schema: Schema, weight: str | None, group: str | None) -> Schema:
    """The schema, with notes that say why the columns of weights and groups are left out."""
    roles = {weight: "not learned from: the weight of each row", group: "not learned from: the group of each row"}
    columns = (replace(c, note=roles[c.name]) if c.name in roles else c for c in schema.columns)
    return replace(schema, columns=tuple(columns))


def _kinds(given: tuple[str, ...]) -> dict[str, str]:
    kinds = {}
    for entry in given:
        column, equals, kind = entry.rpartition("=")
        if not equals:
            raise InputError(f"--kind takes COLUMN=KIND, such as zip=category; got {quoted(entry)}.")
        kinds[column] = kind
    return kinds


def _test_table(
    schema: Schema, columns: tuple[str, ...], train: Target, o: FitOptions
) -> tuple[LabelledRows, list[str]]:
    """Another table to test on, and what of it is unlike training; its weights and groups count where it has those
    columns.
    """
    table = schema.read(str(o.test))
    for column in columns:
        if column not in table.names:
            raise InputError(f"{o.test} has no column {quoted(column)}, which is needed to test on it.")
    table, _ = with_known_targets(table, columns, o)
    target = target_of_later_rows(table, columns, train, o.skip_unknown_targets)
    groups = groups_of(table, o.group if o.group in table.names else None, f" of {o.test}")
    weights = weights_of(table, o.weight if o.weight in table.names else None)
    arrays, reports = schema.apply(table)
    return LabelledRows(arrays, target, weights, groups, numbers=table.row_numbers), in_lines(notes_on(reports))
