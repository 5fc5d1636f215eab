"""Hypothesis strategies for recipes: any mix of techniques, on networks small enough to check by hand."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from wellfit.recipe import Recipe
from wellfit.techniques.base import REGISTRY

# Differences of rounding grow along a run where the objective bends sharply: moderate rates keep 1e-9 in reach.
RATES = {"adadelta": 1.0, "sgd": 0.05, "momentum": 0.02, "nesterov": 0.02, "adagrad": 0.02}

# A gradient that is 0 but for rounding (a bias before batch normalisation) must not be divided by next to nothing.
DELTAS = {"adagrad": 1e-3, "adam": 1e-4, "amsgrad": 1e-4, "adamax": 1e-4, "nadam": 1e-4, "nadam_dozat": 1e-4}

strengths = st.one_of(st.just(0.0), st.floats(1e-4, 0.1))


number_embeddings = st.sampled_from(
    [
        "none",
        {"name": "piecewise", "bins": 3},
        {"name": "piecewise", "bins": 4, "size": 2, "rate": 0.5},
        {"name": "periodic", "frequencies": 2, "sd": 0.3, "size": 2},
        {"name": "periodic_bias", "frequencies": 3, "sd": 0.3},
    ]
)
factors = st.sampled_from([0.0, 0.0, 0.1, 6.0])


@st.composite
def changing(draw: Any, value: Any) -> Any:
    """A strength, with a schedule now and then."""
    strength = draw(value)
    name = draw(st.sampled_from(["none", "linear", "flat_cosine", "cosine", "growing_cycles"]))
    return strength if name == "none" else {"value": strength, "schedule": {"name": name}}


def layered(strength: Any, layers: int) -> Any:
    """A strength for all layers, or one for each hidden layer and the output."""
    return st.one_of(strength, strength, st.lists(strength, min_size=layers + 1, max_size=layers + 1))


@st.composite
def more_penalties(draw: Any, layers: int) -> Any:
    """Elastic net, power, activity, norms of units and balls: now and then, each by itself."""
    seldom = st.one_of(st.just(0.0), st.just(0.0), changing(strengths))
    limit = st.one_of(st.just(0.0), st.just(0.0), st.floats(0.3, 2.0))
    scope = draw(st.sampled_from(["network", "layer"]))
    return {
        "elastic_net": {
            "strength": draw(layered(seldom, layers)), "beta": draw(st.floats(0, 1)), "biases": draw(st.booleans()),
            "form": draw(st.sampled_from(["mixture", "added"])),
        },
        # A smoothing that is not tiny: the slope's bend near 0 would otherwise blow rounding up.
        "power": {"strength": draw(layered(seldom, layers)), "exponent": draw(st.floats(0.3, 3.0)), "smoothing": 0.1},
        "activity": draw(st.one_of(seldom, st.lists(seldom, min_size=layers, max_size=layers))),
        draw(st.sampled_from(["max_norm", "unit_norm"])): draw(layered(limit, layers)),
        "constraint": {
            "radius": draw(layered(limit, layers) if scope == "layer" else limit), "scope": scope,
            "norm": draw(st.sampled_from(["l2", "l1"])), "biases": draw(st.booleans()),
        },
    }  # fmt: skip


@st.composite
def normalizations(draw: Any) -> Any:
    name = draw(st.sampled_from(["none", "batch", "layer"]))
    if name == "none":
        return name
    # An epsilon that is not tiny: units that hardly vary would otherwise blow rounding up.
    return {"name": name, "position": draw(st.sampled_from(["before", "after"])), "epsilon": 1e-2}


@st.composite
def dropouts(draw: Any, layers: int) -> Any:
    rate = st.one_of(st.just(0.0), st.floats(0.01, 0.8))
    rates = draw(st.one_of(rate, st.lists(rate, min_size=layers, max_size=layers)))
    return {"rate": rates, "input_rate": draw(rate), "form": draw(st.sampled_from(["inverted", "classic"]))}


clippings = st.one_of(
    st.just("none"),
    st.fixed_dictionaries({"name": st.just("value"), "low": st.floats(-0.5, -0.01), "high": st.floats(0.01, 0.5)}),
    st.fixed_dictionaries({"name": st.just("norm"), "limit": st.floats(0.05, 2.0)}),
)


@st.composite
def changes_at_random(draw: Any, kind: str) -> dict[str, Any]:
    """Slots of noise on rows, targets and weights that suit a kind of target: each now and then."""

    def seldom(value: Any) -> Any:
        return draw(st.one_of(st.just(0.0), st.just(0.0), st.just(0.0), changing(value)))

    share = st.floats(0.05, 0.9)
    draws = st.sampled_from(["batch", "row"])
    noise = {"sd": seldom(st.floats(0.01, 0.3)), "relative": draw(st.booleans()), "biases": draw(st.booleans())}
    found: dict[str, Any] = {
        "input_noise": seldom(st.floats(0.01, 0.5)), "weight_noise": noise, "cutout": seldom(share),
        "mixup": {"alpha": seldom(st.floats(0.1, 3.0)), "draw": draw(draws)},
        "cutmix": {"alpha": seldom(st.floats(0.1, 3.0)), "draw": draw(draws)},
    }  # fmt: skip
    if kind in ("binary", "classes", "labels"):
        found |= {"swap": seldom(share), "label_noise": seldom(share)}
        found["label_smoothing"] = {"epsilon": seldom(share), "form": draw(st.sampled_from(["all", "others"]))}
    return found


@st.composite
def recipes(draw: Any) -> Recipe:
    """A recipe whose techniques the reference knows."""
    hidden = draw(st.lists(st.integers(2, 6), max_size=3))  # layer normalisation of one unit is constant
    one = st.sampled_from(sorted(REGISTRY["activation"]))
    optimizer = draw(st.sampled_from(sorted(REGISTRY["optimizer"])))
    schedules = sorted(set(REGISTRY["schedule"]) - {"plateau"})
    return Recipe(
        hidden=hidden,
        activation=draw(st.one_of(one, st.lists(one, min_size=len(hidden), max_size=len(hidden)))),
        activation_mix=draw(factors),
        input_scale=draw(factors),
        bias_rate=draw(st.sampled_from([1.0, 0.1])),
        fan_in_rate=draw(st.sampled_from([0.0, 0.0, 0.5])),
        normalization=draw(normalizations()),
        skip=draw(st.sampled_from(["none", "residual", "concatenate"])),
        dropout=draw(dropouts(len(hidden))),
        optimizer={"name": optimizer, "learning_rate": RATES.get(optimizer, 0.005)}
        | ({"epsilon": DELTAS[optimizer]} if optimizer in DELTAS else {}),
        schedule={"name": draw(st.sampled_from(schedules)), "warmup": draw(st.sampled_from([0, 0.2, 3]))},
        l2={"strength": draw(layered(changing(strengths), len(hidden))), "biases": draw(st.booleans())},
        l1={
            "strength": draw(layered(changing(strengths), len(hidden))),
            "biases": draw(st.booleans()),
            "proximal": draw(st.booleans()),
        },
        **draw(more_penalties(len(hidden))),
        weight_decay={
            "strength": draw(layered(changing(strengths), len(hidden))),
            "biases": draw(st.booleans()),
            "with_rate": draw(st.booleans()),
        },
        clipping=draw(clippings),
        batch_size=draw(st.sampled_from([4, 5, 12, "all"])),
        epochs=draw(st.integers(4, 7)),  # long enough for 1cycle to rise
        scaling=draw(st.sampled_from(["none", "standard", "robust", "min_max", "quantile"])),
        categories={"one_hot_up_to": draw(st.sampled_from([2, 3, 64])), "embedding": draw(st.sampled_from([0, 3]))},
        number_embedding=draw(number_embeddings),
    )


losses = st.sampled_from(
    [
        ("numbers", "auto"),
        ("numbers", "absolute"),
        ("numbers", {"name": "huber", "delta": 0.5}),
        ("numbers", {"name": "quantile", "quantile": 0.8}),
        ("counts", "auto"),
        ("counts", "squared"),
        ("binary", "auto"),
        ("classes", "auto"),
        ("labels", "auto"),
    ]
)
