"""What members start from, and how their tables are then read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wellfit.engines.contract.network import Network
from wellfit.engines.contract.start import Start
from wellfit.errors import InputError, quoted
from wellfit.recipe import Recipe
from wellfit.tables import Schema, Table, read_table
from wellfit.training.transfer.donor import Transfer, as_transfer, read_donor
from wellfit.training.transfer.from_arrays import from_arrays
from wellfit.training.transfer.from_network import from_network


def make_start(transfer: Transfer | None, recipe: Recipe) -> tuple[Start | None, Schema | None]:
    """What a member with this recipe starts from, and the schema that its table must then be read by, if any.

    Raises:
        InputError: the donor cannot be read, or its layers do not fit the recipe's.
    """
    if transfer is None:
        return None, None
    donor, schema = read_donor(transfer)
    if isinstance(donor, Network):
        start = from_network(donor, transfer, recipe)
        return start, None if start.encoding is None else schema
    return Start(from_arrays(donor, transfer, recipe)), None


def make_starts(given: Any, recipes: Sequence[Recipe]) -> tuple[list[Start | None], Schema | None]:
    """A start for each recipe from `start_from`: one for all, or a list with one each; and the schema they share.

    Raises:
        InputError: a donor does not fit, or two of them read their tables differently.
    """
    each = list(given) if isinstance(given, (list, tuple)) else [given] * len(recipes)
    if len(each) != len(recipes):
        raise InputError(
            f"start_from lists {len(each)} networks for {len(recipes)} recipes: give one, or one for each."
        )
    made: list[Start | None] = []
    schemas: list[Schema] = []
    known: dict[tuple[int, str], tuple[Start | None, Schema | None]] = {}
    for one, recipe in zip(each, recipes, strict=True):
        key = (id(one), recipe.to_json())
        known[key] = known[key] if key in known else make_start(as_transfer(one), recipe)
        start, schema = known[key]
        made.append(start)
        schemas += [] if schema is None else [schema]
    if any(schema != schemas[0] for schema in schemas):
        raise InputError(
            "The networks that members of one population start from must have been trained on tables with the same "
            "columns, and these were not: train one population for each."
        )
    return made, schemas[0] if schemas else None


def table_of(X: Any, shared: Schema | None, missing: Any, decimal: Any, dates: Any) -> Table:
    """The table, read as the donors' was, or as the user chooses.

    Raises:
        InputError: choices beside a donor's, or a table that cannot be read.
    """
    if shared is None:
        return read_table(X, missing, decimal, dates)
    if missing is not None or decimal is not None or dates is not None:
        raise InputError("With start_from the table is read as the donor's was: leave missing, decimal and dates out.")
    return shared.read(X)


def check_columns(schema: Schema, table: Table, left_out: Sequence[str] = ()) -> None:
    """Refuse a table with columns that the donor does not have; `Schema.arrays` refuses one that lacks columns.

    left_out: columns that are no inputs (targets, weights).
    """
    if schema.image is not None or table.images is not None:
        return
    known = {*(column.name for column in schema.columns), *schema.sparse, *left_out}
    strangers = [name for name in table.names if name not in known]
    if strangers:
        raise InputError(
            "The network that this one starts from has no column "
            f"{quoted(strangers[0])} ({len(strangers)} such in {table.source}): leave it out, or transfer no first "
            "layer."
        )
