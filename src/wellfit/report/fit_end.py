"""The last sections of a fit's report: the recipe to copy, and how to repeat it."""

from __future__ import annotations

from pathlib import Path

from wellfit.errors import clean, quoted
from wellfit.recipe import Recipe
from wellfit.recipe.brief import changed_slots
from wellfit.report.commands import fit_words, join, next_to, option_words, options_of, read_once
from wellfit.report.content import Block, Code, ReportTable, Section
from wellfit.report.recipes import recipe_of
from wellfit.report.saved_fit import SavedFit
from wellfit.reprs import cut
from wellfit.shell import path_word
from wellfit.statistics.summary import target_in_words

MOST_COLUMNS = 60  # in the table of columns
USUAL = {"seeds": 1, "average": "mean", "refit": "none"}  # of options, which are not written out
MOST_NAME, MOST_WORDS = 40, 140  # letters


def recipe_section(fit: SavedFit) -> Section:
    """The recipe to copy: of a search that of the candidate that weighs most."""
    search = fit.result.search
    plain = fit.result.recipe if search is None or not search.ensemble else search.recipe_of(search.ensemble[0])
    recipe = recipe_of(plain)
    of = "" if search is None else f" of candidate {search.ensemble[0].candidate}, which weighs most"
    saved = Code(f"The recipe{of}: save it as recipe.toml. What it leaves out is the default.", _toml(recipe), "toml")
    return Section("recipe", "Which recipe is worth keeping?", (saved, _training(fit)), folded=True)


def _training(fit: SavedFit) -> Block:
    """How the recipe alone is trained, and tested, on the same rows."""
    if not fit.table or fit.folder is None:
        return Code("Train it by itself:", 'wellfit.train("recipe.toml", X, y)', "python")
    if read_once(fit):
        return f"{quoted(read_once(fit))} cannot be read again: save the table to train the recipe on it by itself."
    command = [*fit_words(fit, "folds", "bootstrap", "start_from", "layers"), *_drawing(fit)]
    return Code("Train it by itself:", join([*command, "--recipe", "recipe.toml", "--out", next_to(fit, "recipe")]))


def _drawing(fit: SavedFit) -> list[str]:
    """What draws the same rows, and networks as the fit's: seeds, averaging, and how many rows a search drew itself."""
    options = {**options_of(fit), "seed": fit.result.seed}  # of a repeated search that of the first
    given = {name: value for name, value in options.items() if value != USUAL.get(name)}
    words = list(option_words(given, ("seed", "seeds", "average", "refit")))
    drawn = fit.facts.get("drawn")
    return [*words, "--rows", str(drawn["rows"])] if drawn and not options.get("rows") else words


def _toml(recipe: Recipe) -> str:
    """What differs from the default recipe."""
    import tomli_w

    changed = changed_slots(recipe)
    return tomli_w.dumps(changed) if changed else "# the default recipe\n"


def repeat_section(fit: SavedFit) -> Section:
    """How the table was read, where the time went, and how to repeat it."""
    blocks: list[Block] = [f"Predicted: {clean(target_in_words(fit.result.target))}."]
    if fit.command:
        blocks.append(Code("The command of this fit:", fit.command))
    if fit.folder is not None:
        command = ["wellfit", "predict", path_word(str(fit.folder / "model.wellfit")), _new_table(fit.table)]
        blocks.append(Code("Predict new rows:", join([*command, *option_words(options_of(fit), ("sheet",))])))
    if fit.result.search is not None and fit.folder is not None and not read_once(fit):
        again = [*fit_words(fit, "small"), "--replay", str(fit.folder / "result.json"), "--out", next_to(fit, "again")]
        blocks.append(Code("Repeat this search to the same networks:", join(again)))
    blocks += [*_columns(fit), *_seconds(fit)]
    blocks += [clean(note) for note in fit.result.notes]
    return Section("repeat", "How was it made, and how is it repeated?", tuple(blocks), folded=True)


def _new_table(table: str) -> str:
    """What a table of new rows could be called: a file, or a folder of images, of the same kind."""
    if table.endswith("/") or Path(table).is_dir():
        return "new/"
    return f"new{''.join(Path(table).suffixes[-2:]) if table.endswith('.gz') else Path(table).suffix or '.csv'}"


def _columns(fit: SavedFit) -> list[Block]:
    columns = fit.result.columns
    rows = tuple(
        (cut(clean(str(one.get("column", ""))), MOST_NAME), str(one.get("kind", "")), _words(one)) for one in columns
    )[:MOST_COLUMNS]
    if not rows:
        return []
    of = f" The first {len(rows)} of {len(columns)}." if len(columns) > len(rows) else ""
    return [ReportTable(f"How the columns are read.{of}", ("column", "kind", "what is known of it"), rows)]


def _words(column: dict[str, object]) -> str:
    told = {name: value for name, value in column.items() if name not in ("column", "kind") and value not in (None, "")}
    known = [f"{name} {value}" for name, value in told.items()]
    return cut(clean(", ".join(known)), MOST_WORDS)


def _seconds(fit: SavedFit) -> list[Block]:
    seconds = {name: value for name, value in fit.result.seconds.items() if name not in ("all", "until_trained")}
    report = dict(fit.evidence.get("seconds") or {}).get("spent")
    if report is not None:
        seconds["measuring for the report"] = float(report)
    rows = tuple((name, f"{value:.1f} s") for name, value in seconds.items() if value >= 0.05)
    return [ReportTable("Where the time went.", ("stage", "time"), rows, (1,))] if rows else []
