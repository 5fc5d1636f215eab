"""LightGBM's default on every row of a large table: `large.py` runs it in a process of its own."""

from __future__ import annotations

import importlib.util
import json
import sys
import time
from typing import Any

import numpy as np
import polars as pl
from large_error import errors
from numpy.typing import NDArray


def features(frame: pl.DataFrame, levels: dict[str, pl.Enum]) -> NDArray[np.float32]:
    """Numbers as they are and categories as codes (rows, columns), float32; NaN where missing."""
    columns = frame.drop("target").with_columns(
        pl.col(name).cast(kind, strict=False).to_physical() for name, kind in levels.items()
    )
    return np.stack([column.cast(pl.Float32).to_numpy() for column in columns.get_columns()], axis=1)


def main() -> None:
    """Train, predict the test rows, and print the errors and the seconds; nothing without LightGBM."""
    if importlib.util.find_spec("lightgbm") is None:
        print("{}")
        return
    import lightgbm

    started = time.monotonic()
    train, test = pl.read_parquet(sys.argv[1]), pl.read_parquet(sys.argv[2])
    words = [name for name in train.columns if train.schema[name] == pl.String and name != "target"]
    levels = {name: pl.Enum(train[name].unique().drop_nulls().sort()) for name in words}
    truth: Any = train["target"].to_numpy()
    x, places = features(train, levels), [train.columns.index(name) for name in words]
    del train
    read = time.monotonic() - started
    kind = lightgbm.LGBMRegressor if truth.dtype.kind == "f" else lightgbm.LGBMClassifier
    model = kind(verbose=-1).fit(x, truth if truth.dtype.kind == "f" else truth.astype(str), categorical_feature=places)
    fitted = time.monotonic() - started
    known = features(test, levels)
    answers = test["target"].to_numpy()
    predicted = model.predict(known) if answers.dtype.kind == "f" else model.predict_proba(known)[:, 1]
    found = errors(np.asarray(predicted), answers)
    print(json.dumps({**found, "read": read, "fitted": fitted, "drawn": None}))


if __name__ == "__main__":
    main()
