"""Undamaged files and folders of each kind for robustness.py."""

from __future__ import annotations

import gzip
import json
import shutil
import struct
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from PIL import Image

import wellfit
from wellfit.cli import run
from wellfit.engines.compiled.run.member_state import member_state
from wellfit.engines.compiled.run.training_run import make_training_run, train_run
from wellfit.engines.contract.budget import Budget
from wellfit.engines.contract.plan import Plan
from wellfit.numerics.cache import KernelFiles
from wellfit.recipe import Recipe
from wellfit.search.race.run import run_search
from wellfit.search.race.settings import SearchSettings
from wellfit.tables import Schema, k_fold, make_target, read_table
from wellfit.training.checkpoint.saved_members import SavedMembers

KEY = "signature"
ROWS = 300
TABLES = {
    "csv": "table.csv",
    "cells": "cells.csv",
    "strangers": "strangers.csv",
    "csv.gz": "table.csv.gz",
    "parquet": "table.parquet",
    "feather": "table.feather",
    "idx": "images.idx3-ubyte",
    "jsonl": "table.jsonl",
    "records": "table.json",
    "xlsx": "table.xlsx",
    "xlsx parts": "parts.xlsx",
    "arff": "table.arff",
    "png": "image.png",
    "jpeg": "image.jpg",
}
OTHERS = {
    "model": "model.wellfit",
    "forged": "forged.wellfit",
    "toml": "recipe.toml",
    "json": "recipe.json",
    "result": "result.json",
    "cache": "kernel",
}
FOLDERS = {"search": "search", "bag": "training", "run": "run"}
FILES = {**TABLES, **OTHERS, **FOLDERS}
RECIPE = Recipe(hidden=(8,), epochs=4, batch_size=64)


def make_originals(folder: Path) -> None:
    """Write an undamaged file or folder of each kind."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _make_tables(_frame(), folder)
    (folder / FILES["toml"]).write_text(RECIPE.to_toml())
    (folder / FILES["json"]).write_text(RECIPE.to_json())
    files = KernelFiles(folder, "robustness")
    files.save(KEY, list(range(1000)))
    files.path(KEY).rename(folder / FILES["cache"])
    fit = ["fit", str(folder / FILES["csv"]), "--target", "answer", "--budget", "300", "--folds", "2", "--jobs", "1"]
    if run([*fit, "--overwrite", "--out", str(folder)]):
        raise SystemExit("the original search failed")
    shutil.copy(folder / FILES["model"], folder / FILES["forged"])
    search_in(folder, folder / FILES["search"], updates=60)
    plans, run_of_bag = bag_in(folder)
    members = SavedMembers(folder / FILES["bag"], "rows", plans)
    for index, member in enumerate(train_run(run_of_bag, Budget(None, (5, 5))).members):
        members.save_member(index, member_state(member))
    frame = _frame()
    wellfit.train([RECIPE] * 2, frame.drop("answer"), frame["answer"].to_list(), budget=5, folder=folder / FILES["run"])


def _frame() -> pl.DataFrame:
    """A table of numbers, categories, dates and numbers as people write them."""
    rng = np.random.default_rng(0)
    size = rng.normal(size=ROWS)
    return pl.DataFrame(
        {
            "size": size,
            "price": [f"{value:,.2f} EUR" for value in rng.uniform(500, 5000, ROWS)],
            "colour": rng.choice(["red", "green", "blue"], ROWS),
            "day": np.datetime64("2024-01-01") + rng.integers(0, 300, ROWS).astype("timedelta64[D]"),
            "answer": np.where(size + 0.3 * rng.normal(size=ROWS) > 0, "yes", "no"),
        }
    )


def _make_tables(frame: pl.DataFrame, folder: Path) -> None:
    """The same table in each format, and images."""
    for kind in ("csv", "cells", "strangers"):
        frame.write_csv(folder / FILES[kind])
    (folder / FILES["csv.gz"]).write_bytes(gzip.compress((folder / FILES["csv"]).read_bytes(), mtime=0))
    frame.write_parquet(folder / FILES["parquet"])
    frame.write_ipc(folder / FILES["feather"])
    frame.write_ndjson(folder / FILES["jsonl"])
    plain = frame.with_columns(pl.col("day").cast(pl.String))
    (folder / FILES["records"]).write_text(json.dumps(plain.to_dicts()))
    for kind in ("xlsx", "xlsx parts"):
        frame.write_excel(folder / FILES[kind])
    (folder / FILES["arff"]).write_text(_arff(plain))
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (20, 28, 28)).astype(np.uint8)
    (folder / FILES["idx"]).write_bytes(struct.pack(">4i", 0x803, 20, 28, 28) + pixels.tobytes())
    image = Image.fromarray(rng.integers(0, 255, (24, 32, 3)).astype(np.uint8))
    for kind in ("png", "jpeg"):
        buffer = BytesIO()
        image.save(buffer, kind)
        (folder / FILES[kind]).write_bytes(buffer.getvalue())


def _arff(frame: pl.DataFrame) -> str:
    kinds = ["numeric", "string", "{red,green,blue}", "string", "{yes,no}"]
    numbers = frame.with_columns(pl.col("price").str.replace_all("[^0-9.]", "")).drop("day")
    head = [
        f"@attribute {name} {'numeric' if name == 'price' else kind}"
        for name, kind in zip(frame.columns, kinds, strict=True)
    ]
    body = numbers.write_csv(include_header=False)
    return "\n".join(["% a table", "@relation table", *head[:3], head[4], "@data", body])


def search_in(folder: Path, saved: Path, updates: int, resume: bool = False) -> list[bytes]:
    """A small search on the original table, saved in a folder; returns the weights of its networks."""
    table = read_table(folder / FILES["csv"])
    target = make_target(table.column("answer"))
    arrays = Schema.infer(table, ["answer"]).arrays(table)
    long = RECIPE.vary(epochs=16)
    recipes = [long.vary(hidden=(units,)) for units in (8, 4, 5, 6, 7, 3)]
    settings = SearchSettings(
        updates=updates, folds=2, recipes=recipes, most_candidates=6 if resume else 3, folder=saved,
        data_fingerprint="rows", resume=resume,
    )  # fmt: skip
    searched = run_search(arrays, target, None, settings)
    if not resume:
        searched.save()
    return [member.parameters.tobytes() for member in searched.race.members]


def bag_in(folder: Path) -> tuple[list[Plan], Any]:
    """The plans of a small bag on the original table, and its run before the first update."""
    table = read_table(folder / FILES["csv"])
    target = make_target(table.column("answer"))
    arrays = Schema.infer(table, ["answer"]).arrays(table)
    plans = [Plan(RECIPE, view, 0) for view in k_fold(target, 2, 0)]
    return plans, make_training_run(plans, arrays, target)
