"""The commands `wellfit recipe ...` and their options."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from wellfit.cli import options as option
from wellfit.cli.output import write_out

recipe_app = typer.Typer(help="Show, check and describe recipes.", no_args_is_help=True, rich_markup_mode=None)

RECIPE_EXAMPLES = """\b
Examples:
  wellfit recipe show > mine.toml
  wellfit recipe practice --hidden 64,64 > practice.toml
  wellfit recipe check mine.toml
  wellfit recipe check mine.toml --table snails.csv --target rings
  wellfit recipe explain mine.toml --table snails.csv --target rings
  wellfit fit snails.csv --target rings --recipe mine.toml
"""


@recipe_app.callback(epilog=RECIPE_EXAMPLES)
def recipe_options() -> None:
    """Show, check and describe recipes: every choice about training one network, as a TOML or JSON file."""


@recipe_app.command("show", short_help="Print a recipe with all its settings as TOML.")
def show_recipe(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help='Recipe, or "practice" (without one: the default recipe).')
    ] = None,
) -> None:
    """Print a recipe with all its settings as TOML."""
    from wellfit.recipe import as_recipe

    write_out(as_recipe(file).to_toml())


@recipe_app.command("practice", short_help='Print the recipe "practice" as TOML.')
def practice_recipe(
    hidden: Annotated[
        str | None,
        typer.Option(metavar="N,N,...", help="Units of each hidden layer; from 5 layers on with batch norm."),
    ] = None,
) -> None:
    """Print the recipe "practice": He initialisation, ELU, momentum, 1cycle, best weights; batch norm in deep ones."""
    from wellfit.cli.recipes import layers_of
    from wellfit.recipe import Recipe

    write_out(Recipe.named("practice", layers_of(hidden)).to_toml())


@recipe_app.command("check", short_help="Check a recipe, and a table with it, before training.")
def check_the_recipe(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Recipe to check.")],
    table: Annotated[str | None, typer.Option(metavar="TABLE", help="Table that it is to be trained on.")] = None,
    target: Annotated[str | None, typer.Option(metavar="COLUMN", help="Its column to predict.")] = None,
    test: Annotated[
        str | None, typer.Option(metavar="TABLE", help="Table of rows to predict: has it drifted? It needs no target.")
    ] = None,
    drop: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN", help="Column to leave out; may be repeated.")
    ] = None,
    mute: option.Mute = None,
    fail_on: Annotated[
        str | None,
        typer.Option(metavar="SEVERITY", help="End with exit code 1 where a problem (or a warning, a hint) is found."),
    ] = None,
) -> None:
    """Check whether a recipe is valid, show how it differs from the default, and judge it, with a table if one is
    given, by the rules that need no training: what is found, with what to do, what is fine, and what was not judged.
    """
    from wellfit.cli.check_recipe import check_recipe

    code = check_recipe(file, table, target, test, drop or (), option.codes_given(mute), fail_on)
    if code:
        raise typer.Exit(code)


@recipe_app.command("explain", short_help="Print a recipe's training step, line by line.")
def explain_the_recipe(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help='Recipe, or "practice" (without one: the default recipe).')
    ] = None,
    table: Annotated[
        str | None, typer.Option(metavar="TABLE", help="Table whose columns it is for (default: an example).")
    ] = None,
    target: Annotated[str | None, typer.Option(metavar="COLUMN", help="Its column to predict.")] = None,
) -> None:
    """Print a recipe's training step: each line of it with its operations, shapes and numbers of parameters."""
    from wellfit.cli.explain import explain_recipe

    write_out(explain_recipe(file, table, target) + "\n")


@recipe_app.command("schema", short_help="Describe every setting that a recipe may have.")
def schema_of_recipes(
    as_json: Annotated[bool, typer.Option("--json", help="The JSON schema, for editors and programs.")] = False,
) -> None:
    """Describe every setting that a recipe may have, with its default and range."""
    from wellfit.cli.recipes import describe_recipes
    from wellfit.recipe import Recipe

    write_out((json.dumps(Recipe.model_json_schema(), indent=2) if as_json else describe_recipes()) + "\n")
