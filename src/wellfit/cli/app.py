"""The commands and their options."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

INTERRUPTED = 130

app = typer.Typer(
    help="Trains neural networks that generalise, on a table.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
recipe_app = typer.Typer(help="Show, check and describe recipes.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(recipe_app, name="recipe")

# "\b" keeps the lines of a paragraph as they are.
FIT_EXAMPLES = """\b
Examples:
  wellfit fit snails.csv --target rings
  wellfit fit people.parquet --target income --drop id --metric mae --out run1
  wellfit fit snails.csv --target rings --replay run1/result.json --out again
  wellfit fit snails.csv --target rings --recipe mine.toml --folds 10
  wellfit fit visits.csv --target cured --group patient --test later.csv
  wellfit fit few.csv --target cured --start-from many.wellfit --layers 2
  wellfit fit train-images-idx3-ubyte.gz --target train-labels-idx1-ubyte.gz
"""
PREDICT_EXAMPLES = """\b
Examples:
  wellfit predict wellfit-snails/model.wellfit new.csv
  wellfit predict wellfit-snails/model.wellfit new.csv --out predicted.parquet
"""
EXPORT_EXAMPLES = """\b
Examples:
  wellfit export wellfit-snails/model.wellfit snails.onnx
  wellfit export wellfit-snails/model.wellfit snails.onnx --check new.csv
"""
RECIPE_EXAMPLES = """\b
Examples:
  wellfit recipe show > mine.toml
  wellfit recipe practice --hidden 64,64 > practice.toml
  wellfit recipe check mine.toml
  wellfit fit snails.csv --target rings --recipe mine.toml
"""
Jobs = Annotated[
    int | None, typer.Option(metavar="N", help="Threads (default: all cores this process may use).", min=1)
]


def command() -> Any:
    """The command as click sees it."""
    return typer.main.get_command(app)


@contextmanager
def _interruptible(when: str) -> Iterator[None]:
    """Ctrl-C inside ends the command with a word and exit code 130."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo(f"wellfit: interrupted {when}.", err=True)
        raise typer.Exit(INTERRUPTED) from None


def _version(asked: bool) -> None:
    if asked:
        import wellfit

        typer.echo(f"wellfit {wellfit.__version__}")
        raise typer.Exit


@app.callback(epilog="Start with: wellfit fit TABLE --target COLUMN")
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Trains neural networks that generalise, on a table."""


@app.command(epilog=FIT_EXAMPLES, short_help="Find the best networks for a table, and measure them.")
def fit(
    context: typer.Context,
    table: Annotated[
        str, typer.Argument(metavar="TABLE", help="CSV, TSV, Parquet or idx (images) file, gzipped or not.")
    ],
    target: Annotated[
        list[str],
        typer.Option(metavar="COLUMN", help="Column to predict, may be repeated; of images, a file with their labels."),
    ],
    recipe: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help='Train a bag of this recipe, a .toml or .json file or "practice".'),
    ] = None,
    folds: Annotated[
        int | None,
        typer.Option(metavar="N", help="Folds of cross-validation, a network each (default: 5, or 8).", min=2),
    ] = None,
    bootstrap: Annotated[
        int | None,
        typer.Option(metavar="N", help="Of a bag: bootstrap samples in place of folds (bagging).", min=2),
    ] = None,
    seeds: Annotated[
        int, typer.Option(metavar="N", help="Of a bag: networks on each fold, from so many initialisations.", min=1)
    ] = 1,
    average: Annotated[
        str,
        typer.Option(metavar="KIND", help="Of a bag: mean (default), logits or majority of classes, median."),
    ] = "mean",
    refit: Annotated[
        str,
        typer.Option(metavar="WAY", help="Then train on all rows: from_scratch or continue (default: none)."),
    ] = "none",
    time: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Limit, such as 30s, 5m or 1h30m (default: 60s; of a bag: none)."),
    ] = None,
    budget: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="In place of --time: updates of all networks; gives the same every time.", min=1
        ),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="What is chosen by: log_loss, error, auc, rmse, mae, r2, ... (see README)."),
    ] = None,
    replay: Annotated[
        Path | None, typer.Option(metavar="RESULT", help="Repeat the search that a result.json tells of.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the interrupted search in the folder, with a new --time.")
    ] = False,
    small: Annotated[
        bool, typer.Option("--small", help="Save one small network, taught by the ensemble; the loss of both is shown.")
    ] = False,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of everything random.", min=0)] = 0,
    task: Annotated[
        str | None,
        typer.Option(metavar="KIND", help="Predict a class, number or count (of several, for all or COLUMN=KIND)."),
    ] = None,
    drop: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN", help="Column to leave out; may be repeated.")
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN=KIND", help="Read a column as number, category, date or text; may be repeated."),
    ] = None,
    start_from: Annotated[
        Path | None, typer.Option(metavar="MODEL", help="Saved model whose hidden layers the networks start from.")
    ] = None,
    layers: Annotated[
        int | None, typer.Option(metavar="N", help="How many of its layers, from below (default: all).", min=1)
    ] = None,
    weight: Annotated[str | None, typer.Option(metavar="COLUMN", help="Column of row weights, 0 or more.")] = None,
    group: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Column whose equal values stay on one side of every split.")
    ] = None,
    test: Annotated[
        str | None,
        typer.Option(metavar="TABLE|none", help="Table to measure on, or none (default: 10 % of the rows, set aside)."),
    ] = None,
    test_target: Annotated[
        str | None, typer.Option(metavar="FILE", help="File with the labels of the images of --test.")
    ] = None,
    jobs: Jobs = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder to write to (default: wellfit-<name of the table>).")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier result in the folder.")] = False,
) -> None:
    """Find the best networks for a table within a time limit, measure them on rows that nothing has seen, save them.

    With --recipe, or another setting of a bag, networks of one recipe are trained instead, one on each fold. Writes
    model.wellfit, result.json and history.parquet to a folder. Ctrl-C ends the training and keeps what there is.
    """
    with _interruptible("before there was anything to save"):
        from wellfit.cli.fit import FitOptions, fit_table
        from wellfit.cli.search import asks_for_search, search_table

        given = FitOptions(
            table, ",".join(target), recipe, folds, bootstrap, seeds, average, refit, time, seed, task,
            tuple(drop or ()), tuple(kind or ()), weight, group, test,
            test_target, jobs, out, overwrite, start_from, layers, budget, metric, replay, resume, small,
        )  # fmt: skip
        run = search_table if asks_for_search(given) else fit_table
        raise typer.Exit(run(given, context.obj))


@app.command(epilog=PREDICT_EXAMPLES, short_help="Predict each row of a table with a saved model.")
def predict(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Model file that wellfit fit wrote.")],
    table: Annotated[
        str, typer.Argument(metavar="TABLE", help="Table with the columns of the training table, or images.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A .csv, .tsv or .parquet file (default: CSV on standard output)."),
    ] = None,
    jobs: Jobs = None,
) -> None:
    """Predict each row of a table, in order.

    The result has a column "prediction", and for classes a column "probability_<class>" each.
    """
    with _interruptible("before anything was written"):
        from wellfit.cli.predict import predict_table

        predict_table(model, table, out, jobs)


@app.command(epilog=EXPORT_EXAMPLES, short_help="Write a saved model as an ONNX file.")
def export(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Model file that wellfit fit wrote.")],
    out: Annotated[Path, typer.Argument(metavar="FILE", help="File to write, whose name ends in .onnx.")],
    member: Annotated[
        int | None, typer.Option(metavar="N", help="One of its networks alone, counted from 0 (default: all).", min=0)
    ] = None,
    check: Annotated[
        str | None, typer.Option(metavar="TABLE", help="Table whose rows go through the file in onnxruntime, too.")
    ] = None,
) -> None:
    """Write a saved model as an ONNX file, which predicts without wellfit: preprocessing, networks and their average.

    Needs the extra: pip install "wellfit[onnx]". What cannot be exported (columns of text) is refused by name.
    """
    with _interruptible("before anything was written"):
        from wellfit.cli.export import export_model

        typer.echo("\n".join(export_model(model, out, member, check)))


@recipe_app.callback(epilog=RECIPE_EXAMPLES)
def recipe_options() -> None:
    """Show, check and describe recipes: every choice about training one network, as a TOML or JSON file."""


@recipe_app.command("show", short_help="Print a recipe with all its settings as TOML.")
def show_recipe(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help='Recipe, or "practice" (default: the built-in one).')
    ] = None,
) -> None:
    """Print a recipe with all its settings as TOML."""
    from wellfit.recipe import as_recipe

    typer.echo(as_recipe(file).to_toml(), nl=False)


@recipe_app.command("practice", short_help="Print the default of practice as TOML.")
def practice_recipe(
    hidden: Annotated[
        str | None, typer.Option(metavar="N,N,...", help="Units of each hidden layer; 5 layers or more are normalised.")
    ] = None,
) -> None:
    """Print the default of practice as TOML: He, ELU, momentum, 1cycle, the best weights; batch norm if deep."""
    from wellfit.cli.recipes import layers_of
    from wellfit.recipe import Recipe

    typer.echo(Recipe.named("practice", layers_of(hidden)).to_toml(), nl=False)


@recipe_app.command("check", short_help="Say whether a recipe is well formed, and what it changes.")
def check_recipe(file: Annotated[Path, typer.Argument(metavar="FILE", help="Recipe to check.")]) -> None:
    """Say whether a recipe is well formed, and how it differs from the default."""
    from wellfit.cli.recipes import changes_of, penalised
    from wellfit.recipe import read_recipe

    recipe = read_recipe(file)
    typer.echo(f"{file} is a well-formed recipe. {changes_of(recipe)}")
    typer.echo(penalised(recipe))


@recipe_app.command("schema", short_help="Describe every setting that a recipe may have.")
def schema_of_recipes(
    as_json: Annotated[bool, typer.Option("--json", help="The JSON schema, for editors and programs.")] = False,
) -> None:
    """Describe every setting that a recipe may have, with its default and range."""
    from wellfit.cli.recipes import describe_recipes
    from wellfit.recipe import Recipe

    typer.echo(json.dumps(Recipe.model_json_schema(), indent=2) if as_json else describe_recipes())
