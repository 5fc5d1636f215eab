"""The commands and their options."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(
    help="Trains neural networks that generalise, on a table.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
recipe_app = typer.Typer(help="Show, check and describe recipes.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(recipe_app, name="recipe")


def command() -> Any:
    """The command as click sees it."""
    return typer.main.get_command(app)


def _version(asked: bool) -> None:
    if asked:
        import wellfit

        typer.echo(f"wellfit {wellfit.__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Trains neural networks that generalise, on a table."""


@app.command(epilog="Example: wellfit fit snails.csv --target rings --time 60s")
def fit(
    table: Annotated[str, typer.Argument(help="CSV, TSV or Parquet file, gzipped or not.", show_default=False)],
    target: Annotated[str, typer.Option(help="Column to predict.", show_default=False)],
    recipe: Annotated[Path | None, typer.Option(help="Recipe (.toml or .json); see `wellfit recipe show`.")] = None,
    folds: Annotated[int, typer.Option(help="Networks in the bag, one a fold of cross-validation.", min=2)] = 5,
    time: Annotated[str | None, typer.Option(help="Time limit, such as 60s, 5m or 1h30m.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of everything random.", min=0)] = 0,
    task: Annotated[
        str | None, typer.Option(help="class, number or count, where the guess from the target is wrong.")
    ] = None,
    drop: Annotated[list[str] | None, typer.Option(help="Column to leave out; may be repeated.")] = None,
    kind: Annotated[
        list[str] | None, typer.Option(help="COLUMN=number, category, date or text; may be repeated.")
    ] = None,
    weight: Annotated[str | None, typer.Option(help="Column of row weights, at least 0.")] = None,
    group: Annotated[str | None, typer.Option(help="Column whose equal values stay together in a fold.")] = None,
    test: Annotated[str | None, typer.Option(help="Table to measure on, or none (default: 10 % held out).")] = None,
    jobs: Annotated[int | None, typer.Option(help="Threads (default: all cores this process may use).", min=1)] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write to (default: wellfit-<table>).")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier result in the folder.")] = False,
) -> None:
    """Train a bag of networks, measure it on rows that nothing saw, and save it."""
    from wellfit.cli.fit import FitOptions, fit_table

    given = FitOptions(
        table, target, recipe, folds, time, seed, task, tuple(drop or ()), tuple(kind or ()), weight, group, test, jobs,
        out, overwrite,
    )  # fmt: skip
    raise typer.Exit(fit_table(given))


@app.command(epilog="Example: wellfit predict wellfit-snails/model.wellfit new.csv --out predicted.csv")
def predict(
    model: Annotated[Path, typer.Argument(help="Model file that `wellfit fit` wrote.", show_default=False)],
    table: Annotated[str, typer.Argument(help="Table with the columns of the training table.", show_default=False)],
    out: Annotated[Path | None, typer.Option(help="CSV or .parquet file (default: CSV on standard output).")] = None,
    jobs: Annotated[int | None, typer.Option(help="Threads (default: all cores this process may use).", min=1)] = None,
) -> None:
    """Predict each row of a table: a column `prediction`, and for classes a column `probability_<class>` each."""
    from wellfit.cli.predict import predict_table

    predict_table(model, table, out, jobs)


@recipe_app.command("show")
def show_recipe(
    file: Annotated[Path | None, typer.Argument(help="Recipe (default: the built-in one).")] = None,
) -> None:
    """Print a recipe with all its settings as TOML."""
    from wellfit.recipe import as_recipe

    typer.echo(as_recipe(file).to_toml(), nl=False)


@recipe_app.command("check")
def check_recipe(file: Annotated[Path, typer.Argument(help="Recipe to check.", show_default=False)]) -> None:
    """Say whether a recipe is well formed, and how it differs from the default."""
    from wellfit.recipe import Recipe, read_recipe

    recipe = read_recipe(file)
    changes = Recipe().diff(recipe)
    typer.echo(f"{file} is a well-formed recipe; it changes {len(changes)} settings of the default.")
    for name, (default, own) in changes.items():
        typer.echo(f"  {name}: {default} -> {own}")


@recipe_app.command("schema")
def schema_of_recipes(
    as_json: Annotated[bool, typer.Option("--json", help="The JSON schema, for editors and programs.")] = False,
) -> None:
    """Describe every setting that a recipe may have."""
    from wellfit.cli.recipes import describe_recipes
    from wellfit.recipe import Recipe

    typer.echo(json.dumps(Recipe.model_json_schema(), indent=2) if as_json else describe_recipes())
