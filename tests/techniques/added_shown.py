"""What a package shows of the techniques in added.py, as JSON: run with the copy that has them first on the path."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

NEW = {"activation": "softsign", "log_penalty": "log_penalty"}


def trained() -> dict[str, NDArray[Any]]:
    """The weights of a plain recipe, and of that with the techniques: on, and the penalty at strength 0."""
    import wellfit

    X = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
    plain = wellfit.Recipe(hidden=(6,), epochs=3, batch_size=16, activation="tanh")
    changes: dict[str, dict[str, Any]] = {
        "without": {}, "activation": {"activation": "softsign"}, "on": {"log_penalty": 0.05},
        "off": {"log_penalty": 0.0},
    }  # fmt: skip
    population = wellfit.train([plain.vary(change) for change in changes.values()], X, X[:, 0] * X[:, 1])
    return {name: population.engine.network(k).parameters for k, name in enumerate(changes)}


def command(*arguments: str) -> str:
    """What `wellfit` prints."""
    from typer.testing import CliRunner

    from wellfit.cli.app import app

    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == 0, done.output
    return str(done.output)


def refusal() -> str:
    """What a recipe says to two techniques of which one refuses the other."""
    import wellfit

    try:
        wellfit.Recipe(log_penalty=0.1, max_norm=1.0)
    except wellfit.InputError as error:
        return str(error)
    return ""


def by_keyword() -> float:
    """The strength after an estimator was told it as scikit-learn's `set_params` and searches do."""
    import wellfit

    estimator = wellfit.NetworkRegressor(recipe=wellfit.Recipe())
    assert "recipe__log_penalty__strength" in estimator.get_params()
    estimator.set_params(recipe__log_penalty__strength=0.25)
    return float(estimator.recipe.log_penalty.strength)


def pages() -> dict[str, str]:
    """The documentation page of each technique."""
    from docs.generator.technique_pages import technique_page
    from docs.generator.techniques import entries

    return {entry.key: technique_page(entry, "A caption.") for entry in entries() if entry.name in NEW.values()}


def demanded() -> list[str]:
    """What the contract suite says is missing."""
    from tests.contract.cases import all_cases
    from tests.contract.enrolment import NO_CASE, not_exempt, without_case

    return not_exempt(without_case(all_cases()), NO_CASE)


def numerical_contract() -> tuple[int, str]:
    """The exit code and the last line of the numerical contract's tests of the new activation."""
    import pytest

    with contextlib.redirect_stdout(io.StringIO()) as told:
        tests = Path(__file__).resolve().parents[1] / "contract" / "test_numerics.py"
        code = pytest.main(["-q", "-p", "no:cacheprovider", "-k", "softsign", str(tests)])
    return int(code), told.getvalue().strip().splitlines()[-1]


def shown(folder: Path) -> dict[str, Any]:
    import wellfit
    from wellfit.techniques.base import REGISTRY
    from wellfit.techniques.index import members

    recipe = folder / "recipe.toml"
    recipe.write_text('activation = "softsign"\nlog_penalty = 0.01\n')
    weights = trained()
    return {
        "package": str(Path(wellfit.__file__).parent),
        "registered": {family: name in REGISTRY.get(family, {}) for family, name in NEW.items()},
        "finite": all(bool(np.isfinite(w).all()) for w in weights.values()),
        "moved": {name: float(np.abs(w - weights["without"]).max()) for name, w in weights.items()},
        "explained": command("recipe", "explain", str(recipe)),
        "schema": command("recipe", "schema"),
        "refusal": refusal(),
        "keyword": by_keyword(),
        "pages": pages(),
        "answers": members(symptom="overfits").get("log_penalty"),
        "demanded": demanded(),
        "numerics": numerical_contract(),
    }


if __name__ == "__main__":
    Path("shown.json").write_text(json.dumps(shown(Path.cwd())))
