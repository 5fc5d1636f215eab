"""Sections of a fit's report on its networks: learning curves, the ensemble and its diversity, layers over depth."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import polars

from wellfit.figures import Axis, Figure, heat_figure, interval_figure, line_figure
from wellfit.figures.results import curve_figures
from wellfit.figures.results.depth import depth_figures
from wellfit.frames import ResultFrame
from wellfit.recipe import Recipe
from wellfit.recipe.brief import differences
from wellfit.report.content import Block, ReportTable, Section
from wellfit.report.frames import frame_of
from wellfit.report.saved_fit import SavedFit
from wellfit.reprs import counted, cut
from wellfit.statistics.inspection.curves import learning_curves
from wellfit.statistics.scores import score_title, shown_score

MOST_CURVES = 4  # candidates whose curves are drawn
MOST_EPOCHS = 120  # places on a curve
MOST_FOLDS = 10  # networks whose curves are drawn one by one
MOST_CORRELATED = 20  # parts in a picture of correlations
ALIKE = 0.97  # mean correlation of residuals, from which on averaging can gain little
RECIPE = 160  # letters


def shown_members(fit: SavedFit) -> list[int]:
    """The networks of the recipe that stands for the others."""
    chosen = dict(fit.evidence.get("chosen") or {})
    return list(map(int, chosen.get("members", range(len(fit.result.members)))))


def curves_section(fit: SavedFit) -> Section:
    """Learning curves of the networks of the ensemble, with bands over folds."""
    names = _names(fit)
    kept = [index for index, name in enumerate(names) if name is not None]
    history = fit.history.filter(polars.col("member").is_in(kept)) if fit.history.height else fit.history
    if not history.height:
        return Section("curves", "How did training go?", ("Not examined: there is no history of the training.",))
    every = [name or "" for name in names]
    blocks: list[Block] = [
        "Both curves are measured in evaluation mode, without dropout, noise and augmentation, so that they can be "
        "compared. Bands are the middle half of the folds; a network that has stopped counts with its "
        "last measurement."
    ]
    blocks += curve_figures(thinned(learning_curves(history, every, "loss")), "loss")
    if not _same(history):
        blocks += curve_figures(thinned(learning_curves(history, every, "error")), "error")
    by_fold = _by_fold(fit, history)
    return Section("curves", "How did training go?", tuple([*blocks, *([by_fold] if by_fold else [])]))


def _names(fit: SavedFit) -> list[str | None]:
    """Of each network the name of its curve; None: it is not drawn."""
    count = len(fit.result.members)
    if fit.result.search is None:
        return [""] * count
    names: list[str | None] = [None] * count
    candidates = fit.result.search.record["search"]["candidates"]
    for part in fit.result.search.ensemble:
        for index in candidates[part.candidate]["members"]:
            if len({name for name in names if name}) < MOST_CURVES or f"candidate {part.candidate}" in names:
                names[index] = f"candidate {part.candidate}"
    return names


def _same(history: polars.DataFrame) -> bool:
    """Whether all errors are the losses (of squared errors)."""
    return all(history[f"{rows}_error"].equals(history[f"{rows}_loss"]) for rows in ("training", "validation"))


def thinned(curves: ResultFrame) -> ResultFrame:
    """Of long curves evenly taken places, the last one among them."""
    kept = []
    for _, own in curves.group_by("recipe", "rows", maintain_order=True):
        step = -(-own.height // MOST_EPOCHS)
        kept.append(own[[*range(own.height - 1, -1, -step)][::-1]])
    return ResultFrame(polars.concat(kept)) if kept else curves


def _by_fold(fit: SavedFit, history: polars.DataFrame) -> Figure | None:
    """The validation loss of each network of one recipe."""
    members = shown_members(fit)[:MOST_FOLDS]
    rows = history.filter(polars.col("member").is_in(members)).filter(polars.col("validation_loss").is_finite())
    if rows["member"].n_unique() < 2:
        return None
    labels = {index: _label(fit, index) for index in members}
    step = -(-rows.height // (MOST_EPOCHS * rows["member"].n_unique()))
    shown = rows.select(
        "epoch", "validation_loss",
        network=polars.col("member").replace_strict(labels, return_dtype=polars.String),
        place=polars.int_range(polars.len()).over("member"),
    ).filter(polars.col("place") % step == 0)  # fmt: skip
    candidate = dict(fit.evidence.get("chosen") or {}).get("candidate", -1)
    of = f" of candidate {candidate}, which weighs most" if candidate >= 0 else ""
    return line_figure(
        ResultFrame(shown), Axis("epoch", "epoch"), Axis("validation_loss", "validation loss"), series="network",
        name="validation-loss-by-network", title=f"The validation loss of each network{of}.",
    )  # fmt: skip


def _label(fit: SavedFit, index: int) -> str:
    one = fit.result.members[index]
    return f"{one['view']}, seed {one['seed']}" if fit.result.search is None else str(one["view"])


def ensemble_section(fit: SavedFit) -> Section:
    """What the model averages, and what that gains."""
    blocks: list[Block] = [*_parts(fit)]
    found = fit.evidence.get("diversity")
    if found:
        blocks += _diversity(found)
    elif _several(fit):
        blocks.append("The diversity of the networks was not examined.")
    return Section("ensemble", "What is the model made of?", tuple(blocks))


def _several(fit: SavedFit) -> bool:
    """Whether the model averages several networks."""
    search = fit.result.search
    return len(fit.result.members) > 1 if search is None else sum(part.networks for part in search.ensemble) > 1


def _parts(fit: SavedFit) -> list[Block]:
    search = fit.result.search
    if search is None:
        count = counted(len(fit.result.members), "network")
        if not _several(fit):
            return ["The model is one network."]
        return [f"The model averages {count} of one recipe, each trained on other rows or from another seed."]
    rows = tuple(
        (
            f"{part.weight:.1%}", str(part.candidate), str(part.networks), shown_score(search.metric, part.score),
            recipe_words(search.recipe_of(part)),
        )
        for part in search.ensemble
    )  # fmt: skip
    heads = ("weight", "candidate", "networks", f"held-out {score_title(search.metric)}", "recipe")
    words = "The ensemble: predictions of these candidates are averaged by their weights."
    found: list[Block] = [ReportTable(words, heads, rows, (0, 1, 2, 3))]
    if search.small is not None:
        found.insert(0, "The model that is kept is one small network, trained on this ensemble's predictions.")
    return found


def recipe_words(plain: Mapping[str, Any]) -> str:
    """How a recipe differs from the default, in a line. plain: the recipe as JSON holds it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of combinations: the search has warned of them
        recipe = Recipe.from_dict(plain)
    return cut(differences([Recipe(), recipe])[1] or "the default recipe", RECIPE)


def _diversity(found: Mapping[str, Any]) -> list[Block]:
    parts = found["parts"]
    single = [one["loss"] for one in parts]
    gain = 1 - found["average"]["loss"] / (sum(single) / len(single)) if sum(single) > 0 else 0.0
    pairs = found["correlation"]
    off = [pairs[i][j] for i in range(len(pairs)) for j in range(i)]
    alike = sum(off) / len(off)
    what = "candidate" if parts[0]["name"].startswith("candidate") else "network"
    words = (
        f"Averaging {counted(len(parts), what)} lowers the mean loss of a single one by {gain:.1%}, measured on "
        f"{found['rows']:,} {found['source']}. "
    )
    if found["disagreement"] is not None:
        words += f"Two of them decide {found['disagreement']:.1%} of the rows differently. "
    words += f"Their residuals correlate by {alike:.2f} on average: "
    words += "they make the same mistakes, and more of them would gain little." if alike > ALIKE else (
        "the lower, the more averaging gains."
    )  # fmt: skip
    bars = interval_figure(
        frame_of([*parts, {"name": "their average", **found["average"]}]), Axis("loss", "loss"), "name", zero=None,
        name="parts-by-loss", title="The loss of each part of the ensemble by itself, and of their average.",
    )  # fmt: skip
    few = parts[:MOST_CORRELATED]
    cells = [
        {"one": cut(few[i]["name"], 30), "other": cut(few[j]["name"], 30), "correlation": pairs[i][j]}
        for i in range(len(few)) for j in range(len(few))
    ]  # fmt: skip
    least = min(0.0, min((one["correlation"] for one in cells), default=0.0))
    heat = heat_figure(
        frame_of(cells), Axis("other", "part of the ensemble", scale="category"),
        Axis("one", "part of the ensemble", scale="category"),
        Axis("correlation", "correlation of residuals", format=".2f", ends=(least, 1.0)), text=len(few) <= 10,
        name="correlation-of-parts", title="How alike the mistakes of the ensemble's parts are: 1 is the same.",
    )  # fmt: skip
    return [words, bars, heat]


def layers_section(fit: SavedFit) -> Section:
    """Activations and gradients over depth, at the first and the last look."""
    title = "What happens inside the networks?"
    members = shown_members(fit)
    if fit.probes is None or not fit.probes.height:
        return Section("layers", title, ("Not examined: the networks were not probed (--no-probes).",), folded=True)
    own = fit.probes.filter(polars.col("member").is_in(members))
    figures = depth_figures(ResultFrame(own))
    if not figures:
        return Section("layers", title, ("Not examined: nothing was measured of these networks.",), folded=True)
    words = (
        f"Of {counted(len(members), 'network')} of one recipe the median, and the whole range as a band. Layers are "
        "counted from the input: the first is fed by the table's columns, the last gives the prediction. Signals that "
        "shrink or grow by orders of magnitude from layer to layer make deep networks hard to train."
    )
    return Section("layers", title, (words, *figures), folded=True)
