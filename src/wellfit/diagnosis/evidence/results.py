"""What an earlier fit or training kept in its folder, as a case."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from wellfit.diagnosis.base import Case, Series, TrainedNetwork
from wellfit.diagnosis.evidence.networks import networks_of
from wellfit.engines.contract.segments import TRAINED_ROLES
from wellfit.errors import InputError
from wellfit.models.model import Model
from wellfit.parsing import NONSENSE
from wellfit.recipe import Recipe
from wellfit.studies.base import StudyTable
from wellfit.tables.arrays import View
from wellfit.tables.split import LabelledRows
from wellfit.training import Population
from wellfit.training.checkpoint.plan_file import PLAN
from wellfit.training.train import load

RESULT, HISTORY, PROBES, MODEL = "result.json", "history.parquet", "probes.parquet", "model.wellfit"


def of_result(folder: str | Path) -> Case:
    """The networks of an earlier fit as they were measured; nothing is trained or predicted.

    Of a search they are those of the candidate with the largest weight. Which rows a network trained on is not kept:
    its view says only how many, by numbers that are not those of the table's rows, which is left out.

    folder: that `wellfit fit` wrote, or that `wellfit.train(folder=...)` or `Population.save` wrote, which holds its
        table.

    Raises:
        InputError: it holds neither.
    """
    folder = Path(folder)
    if (folder / PLAN).exists():
        return of_population(load(folder))
    try:
        result = json.loads((folder / RESULT).read_bytes())
        history = pl.read_parquet(folder / HISTORY)
        probes = pl.read_parquet(folder / PROBES) if (folder / PROBES).exists() else None
        recipe, members = _best(result)
        layers = (*(f"hidden{place}" for place in range(len(recipe.hidden))), "output")
        parameters = _parameters(folder, recipe)
        networks = tuple(
            _network(one, recipe, place, layers, parameters, history, probes) for place, one in enumerate(members)
        )
    except (OSError, pl.exceptions.PolarsError, *NONSENSE) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{str(folder)!r} holds no result of wellfit fit: name its output folder.") from None
    return Case(recipe, None, networks, search=result.get("record"))


def of_population(population: Any) -> Case:
    """The networks of the first recipe of a population, and its table.

    Raises:
        InputError: it is a model, which keeps nothing of its training.
    """
    if not isinstance(population, Population):
        raise InputError("A model keeps nothing of its training: name the folder of a fit or of a population.")
    run, recipe = population.engine, population.engine.members[0].recipe
    members = [index for index, one in enumerate(run.members) if one.recipe == recipe]
    table = StudyTable(population.schema, LabelledRows(run.arrays, run.target, run.weight))
    return Case(recipe, table, networks_of(run, members))


def _best(result: Mapping[str, Any]) -> tuple[Recipe, list[dict[str, Any]]]:
    """The recipe of the largest weight and its networks; of one recipe all."""
    members = {int(one["member"]): one for one in result["members"]}
    if not result.get("ensemble"):
        return Recipe.from_dict(result["recipe"]), list(members.values())
    part = max(result["ensemble"], key=lambda one: float(one["weight"]))
    candidate = result["record"]["search"]["candidates"][part["candidate"]]
    return Recipe.from_dict(candidate["recipe"]), [members[index] for index in candidate["members"]]


def _parameters(folder: Path, recipe: Recipe) -> int:
    """How many numbers a network of the recipe trains, as the model has it; else of its first."""
    networks = Model.load(folder / MODEL).networks
    own = next((one for one in networks if one.recipe == recipe), networks[0])
    return sum(one.end - one.begin for one in own.segments if one.role in TRAINED_ROLES)


def _network(
    kept: Mapping[str, Any], recipe: Recipe, place: int, layers: tuple[str, ...], parameters: int,
    history: pl.DataFrame, probes: pl.DataFrame | None,
) -> TrainedNetwork:  # fmt: skip
    own = history.filter(pl.col("member") == kept["member"])
    trained, held = int(kept["training_rows"]), int(kept["validation_rows"])
    batch = trained if recipe.batch_size == "all" else min(recipe.batch_size, trained)
    columns = {name: own[name].cast(pl.Float64).to_numpy() for name in own.columns if name != "member"}
    return TrainedNetwork(
        recipe=recipe, seed=int(kept["seed"]), view=View(np.arange(trained), np.arange(trained, trained + held)),
        place=place, status=str(kept["status"]), updates=int(kept["updates"]), kept_update=int(kept["best_update"]),
        updates_per_epoch=math.ceil(trained / batch), parameters=parameters, layers=layers, history=columns,
        probes=_probes(kept["member"], probes),
    )  # fmt: skip


def _probes(member: int, probes: pl.DataFrame | None) -> dict[tuple[str, str], Series]:
    if probes is None:
        return {}
    own = probes.filter(pl.col("member") == member)
    return {
        (str(layer), str(quantity)): Series(part["update"].to_numpy(), part["value"].to_numpy())
        for (layer, quantity), part in own.group_by("layer", "quantity", maintain_order=True)
    }
