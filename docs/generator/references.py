"""The references made from the code: the recipe's slots, the command line, the Python names."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import wellfit
from docs.generator.markdown import code, escape, label_of, link, page, table
from docs.generator.techniques import Entry, entries
from wellfit.cli.app import command
from wellfit.cli.recipes import OF_RECIPES, inline
from wellfit.recipe import Recipe
from wellfit.recipe.brief import brief_slot

API_FIRST = (
    "WellfitClassifier",
    "WellfitRegressor",
    "train",
    "resume",
    "load",
    "Recipe",
    "View",
    "Population",
    "Model",
    "NetworkClassifier",
    "NetworkRegressor",
)
API_MORE = (
    "wellfit.search.search", "wellfit.search.SearchSettings", "wellfit.search.ChosenEnsemble",
    "wellfit.search.refit_ensemble", "wellfit.search.distil", "wellfit.search.SmallNetwork",
    "wellfit.models.ensemble.bag", "wellfit.models.ensemble.best_recipes", "wellfit.models.ensemble.out_of_fold",
    "wellfit.training.TrainedMember", "wellfit.training.cross_validation.CrossValidation",
    "wellfit.training.cross_validation.Score",
    "wellfit.models.bagging.OutOfBag", "wellfit.training.refit.Refitted", "wellfit.studies.base.study.Study",
    "wellfit.diagnosis.examination.Examination", "wellfit.diagnosis.examination.examine",
    "wellfit.diagnosis.base.Finding", "wellfit.diagnosis.base.Judgement", "wellfit.diagnosis.base.Remedy",
    "wellfit.diagnosis.base.TableChange", "wellfit.diagnosis.doctor.examine_result",
    "wellfit.models.export.onnx_inputs", "wellfit.models.export.largest_difference",
    "wellfit.statistics.metrics.metric_of", "wellfit.statistics.metrics.Metric",
    "wellfit.statistics.scores.measured", "wellfit.statistics.scores.scores",
    "wellfit.statistics.selection.select", "wellfit.statistics.selection.Selection",
    "wellfit.statistics.calibration.fit_temperature", "wellfit.statistics.calibration.fit_intervals",
    "wellfit.statistics.calibration.Intervals", "wellfit.statistics.intervals.Estimate",
    "wellfit.statistics.result.FitResult", "wellfit.statistics.result.SearchResult",
    "wellfit.figures.Figure", "wellfit.figures.Display", "wellfit.figures.Axis", "wellfit.figures.line_figure",
    "wellfit.figures.interval_figure", "wellfit.figures.scatter_figure", "wellfit.figures.density_figure",
    "wellfit.figures.bar_figure", "wellfit.figures.heat_figure", "wellfit.figures.path_figure",
    "wellfit.figures.Points", "wellfit.tables.holdout", "wellfit.tables.k_fold", "wellfit.tables.bootstrap",
    "wellfit.tables.by_time",
)  # fmt: skip
# Classes whose own methods the reference of an estimator leaves to scikit-learn's documentation.
SCIKIT_LEARN = ("BaseEstimator", "ClassifierMixin", "RegressorMixin", "MultiOutputMixin")


LONGEST = 90  # characters of a default in the first table


def recipe_reference() -> str:
    """Every slot of a recipe, with its default and what it takes."""
    default = Recipe()
    by_slot: dict[str, list[Entry]] = {}
    for entry in entries():
        for slot in entry.slots():
            by_slot.setdefault(slot, []).append(entry)
    rows = [(f"[`{slot}`](#slot-{label_of(slot)})", _in_table(_default(default, slot))) for slot in Recipe.model_fields]
    parts = [_slot(slot, _default(default, slot), by_slot.get(slot, [])) for slot in Recipe.model_fields]
    return page(
        "# The recipe",
        "Every choice about training one network is a slot of its recipe. What is left out takes its default. The "
        "same text is printed by `wellfit recipe schema`.",
        table(("slot", "default"), rows),
        "A technique without settings of its own is written by its name alone. A strength (a rate, a penalty, a decay) "
        "may change over the run:",
        code('dropout = {rate = {value = 0.15, schedule = {name = "flat_cosine"}}}', "toml"),
        *parts,
        "## The default recipe in full",
        "As `wellfit recipe show` prints it:",
        code(default.to_toml(), "toml"),
    )


def _default(recipe: Recipe, slot: str) -> str:
    return inline(brief_slot(recipe, slot))


def _in_table(default: str) -> str:
    return f"`{default}`" if len(default) <= LONGEST else "its own defaults, see below"


def _slot(slot: str, default: str, taken: list[Entry]) -> str:
    rows = [(link(escape(entry.title), entry.label), f"`{entry.name}`", escape(entry.sense)) for entry in taken]
    described = table(("technique", "name", "in one sentence"), rows) if rows else ""
    text = escape(OF_RECIPES.get(slot, ""))
    return page(f"(slot-{label_of(slot)})=\n## `{slot}`", text, f"Default: `{default}`", described).rstrip()


def command_reference() -> str:
    """Every command with its arguments and options, as typer has them."""
    root = command()
    parts = [_command(root, "wellfit", 2)]
    for name, sub in root.commands.items():
        parts.append(_command(sub, f"wellfit {name}", 2))
        for inner, leaf in getattr(sub, "commands", {}).items():
            parts.append(_command(leaf, f"wellfit {name} {inner}", 3))
    return page(
        "# All commands and options",
        "Made from the command itself; `--help` after any command prints the same. [The command](command.md) shows "
        "each at work.",
        *parts,
    )


def _command(found: Any, name: str, level: int) -> str:
    rows = []
    for parameter in found.params:
        names = ", ".join(f"`{option}`" for option in parameter.opts) or f"`{parameter.name}`"
        if parameter.param_type_name == "argument":
            names = f"`{parameter.metavar or parameter.name}`"
        elif parameter.metavar:
            names = f"`{max(parameter.opts, key=len)} {parameter.metavar}`"
        rows.append((names.replace("|", "\\|"), _fallback(parameter), escape(parameter.help or "")))
    help_text = "\n\n".join(escape(" ".join(part.split())) for part in (found.help or "").split("\n\n"))
    examples = (found.epilog or "").replace("\b", "").strip().removeprefix("Examples:")
    lines = "\n".join(line.strip() for line in examples.splitlines() if line.strip())
    shown = code(lines, "console") if "wellfit" in lines and "Start with" not in lines else ""
    return page(
        f"{'#' * level} {name}",
        help_text,
        table(("argument or option", "default", "meaning"), rows) if rows else "",
        shown,
    ).rstrip()


def _fallback(parameter: Any) -> str:
    if parameter.required:
        return "required"
    value = parameter.default
    return "" if value is None or value is False or callable(value) or value in ((), "") else f"`{value}`"


def api_reference() -> str:
    """Every public name of the package."""
    names = [name for name in API_FIRST if name in wellfit.__all__]
    names += [name for name in wellfit.__all__ if name not in names and not name.startswith("__")]
    return page(
        "# Python",
        "Everything that `import wellfit` offers. Each name is loaded when it is first used.",
        *(f"## {name}\n\n{_documented(f'wellfit.{name}')}" for name in names),
        "## Further names",
        "What the calls above return, and what belongs to them.",
        *(f"### {path.removeprefix('wellfit.')}\n\n{_documented(path)}" for path in API_MORE),
    )


def _documented(path: str) -> str:
    module, _, name = path.rpartition(".")
    kind = "autoclass" if isinstance(getattr(import_module(module), name), type) else "autofunction"
    members = ["   :members:", "   :member-order: bysource"] if kind == "autoclass" else []
    if name == "Model":
        members.append("   :inherited-members: object")
    if name.startswith(("Network", "Wellfit")):
        members.append(f"   :inherited-members: {', '.join(SCIKIT_LEARN)}")
    return "\n".join(["```{eval-rst}", f".. {kind}:: {path}", *members, "```"])
