"""`wellfit recipe explain`: the step fits a terminal of 80 columns, on an example and on a table."""

from __future__ import annotations

from pathlib import Path

import pytest

from wellfit.cli import run
from wellfit.cli.explain import explain_recipe
from wellfit.engines.compiled.step.text import step_lines
from wellfit.recipe import Recipe

RICH = {
    "number_embedding": "periodic_bias", "normalization": {"name": "batch", "position": "after"}, "activation": "prelu",
    "activation_mix": 0.1, "layer_rates": [0.1, 0.5, 1.0, 1.0], "mixup": 0.2, "weight_noise": 0.1, "l1": 0.1,
    "clipping": "percentile", "max_norm": 3.0, "averaging": "ema", "sharpness_aware": 0.05, "adversarial": 0.1,
}  # fmt: skip


def test_the_built_in_recipe_on_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["recipe", "explain"]) == 0
    text = capsys.readouterr().out
    assert [line.text for line in step_lines()] == [line for line in text.splitlines() if " <- " in line]
    assert "on an example table: 1,000 rows of 8" in text and "hidden2.add" in text
    assert max(map(len, text.splitlines())) <= 80


def test_a_rich_recipe_on_a_table_fits_the_terminal(tmp_path: Path) -> None:
    recipe, table = tmp_path / "rich.toml", tmp_path / "shops.csv"
    Recipe(**RICH).save(recipe)
    rows = [f"{k / 7},{'abc'[k % 3]},{'yes' if k % 2 else 'no'}" for k in range(60)]
    table.write_text("\n".join(["size,town,sells", *rows]))
    text = explain_recipe(recipe, str(table), "sells")
    assert "60 rows," in text and "predicting sells" in text.replace("\n", " ")
    assert "input.embed" in text and "clipping percentile" in text and "moving statistics" in text
    assert max(len(line) for line in text.splitlines() if str(tmp_path) not in line) <= 80


def test_a_table_needs_its_target(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["recipe", "explain", "--table", "shops.csv"]) != 0
    assert "--table and --target belong together" in capsys.readouterr().err
