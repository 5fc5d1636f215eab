"""A model at the prompt and in notebooks: what it predicts from what, its networks and its score; no weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wellfit.engines.contract.network import Network
from wellfit.reprs import counted, html_facts, html_table, names

if TYPE_CHECKING:
    from wellfit.models.model.predictor import Predictor


def model_line(model: Predictor) -> str:
    """A model in a line."""
    networks = counted(len(model.networks), "network")
    score = f"; {model.score_sentence}" if model.score_sentence else ""
    return f"<{type(model).__name__}: {_target(model)}, from {_inputs(model)}, by {networks}{score}>"


def model_html(model: Predictor) -> str:
    """A model in a notebook: facts, then its networks."""
    several = len(model.networks) > 1
    facts = {
        "predicts": _target(model),
        "from": _inputs(model),
        "networks": f"{len(model.networks):,}, average: {model.average}" if several else "1",
        "parameters": f"{sum(len(network.parameters) for network in model.networks):,}",
        "temperature": model.temperature,
        "score": model.score_sentence,
        "kept in info": names(model.info, 6),
    }
    weights = np.asarray(model.weights).tolist()
    rows = [network_row(network, weight) for network, weight in zip(model.networks, weights, strict=True)]
    return html_facts(type(model).__name__, facts) + html_table(rows)


def network_row(network: Network, weight: float) -> dict[str, Any]:
    """A network's line in the table of networks."""
    return {
        "weight": float(weight),
        "hidden layers": "-".join(map(str, network.recipe.hidden)) or "none",
        "parameters": len(network.parameters),
        "recipe": repr(network.recipe),
    }


def _target(model: Predictor) -> str:
    """What is predicted, with the classes or the columns."""
    labels = names(model.labels)
    if model.kind in ("numbers", "counts") and len(model.labels) == 1:
        return model.kind
    return {
        "binary": f"classes {labels}",
        "classes": f"{len(model.labels)} classes {labels}",
        "tasks": f"{counted(len(model.labels), 'task')} {labels}",
    }.get(model.kind, f"{len(model.labels)} {model.kind} {labels}")


def _inputs(model: Predictor) -> str:
    """What it reads."""
    schema = model.schema
    if schema.image is not None:
        return "images of " + " x ".join(map(str, schema.image))
    columns = len(schema.sparse) or sum(column.used for column in schema.columns)
    return counted(columns, "sparse column" if schema.sparse else "column")
