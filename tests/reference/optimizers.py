"""One update of every optimiser, in plain NumPy float64.

Symbols: w parameters, g gradient, lr the scheduled rate of this update, v velocity or second moment, m first moment,
k = t + 1 the number of updates made when this one is done (t counts from 0).

Every update ends as w <- (1 - lr * decay) w + delta with the OLD w in the product (decoupled decay, 0 unless asked).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
State = dict[str, Any]
Settings = Mapping[str, Any]

DEFAULTS: dict[str, dict[str, Any]] = {
    "sgd": {},
    "momentum": {"momentum": 0.9},
    "nesterov": {"momentum": 0.9},
    "adagrad": {"epsilon": 1e-7},
    "rmsprop": {"rho": 0.9, "epsilon": 1e-6},
    "adadelta": {"rho": 0.95, "epsilon": 1e-6},
    "adam": {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
    "amsgrad": {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
    "adamax": {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
    "nadam": {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
    "nadam_dozat": {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "momentum_decay": 0.004, "average": "constant"},
}

SLOTS: dict[str, tuple[str, ...]] = {
    "sgd": (),
    "momentum": ("velocity",),
    "nesterov": ("velocity",),
    "adagrad": ("squares",),
    "rmsprop": ("squares",),
    "adadelta": ("squares", "moves"),
    "adam": ("first", "second"),
    "amsgrad": ("first", "second", "maximum"),
    "adamax": ("first", "largest"),
    "nadam": ("first", "second"),
    "nadam_dozat": ("first", "second"),
}

NAMES = tuple(DEFAULTS)


def initial_state(name: str, n: int) -> State:
    """The state before the first update: zeros for n parameters in each slot."""
    state: State = {slot: np.zeros(n) for slot in SLOTS[name]}
    if name == "nadam_dozat":
        state["momentum_product"] = 1.0
    return state


def look_ahead(name: str, parameters: Vector, state: State, settings: Settings | None = None) -> Vector:
    """The point at which this update's gradient is to be taken: w + a v for Nesterov, else w itself.

    a is the momentum of the update about to be made, which matters where momentum has a schedule.
    """
    if name != "nesterov":
        return parameters
    a = {**DEFAULTS[name], **(settings or {})}["momentum"]
    return parameters + a * state["velocity"]


def update(
    name: str,
    parameters: Vector,
    gradient: Vector,
    state: State,
    t: int,
    learning_rate: float,
    settings: Settings | None = None,
) -> tuple[Vector, State]:
    """The parameters and the state after update number t (counted from 0); neither argument is changed.

    settings: see DEFAULTS; besides `decay` (0) and `decay_follows_rate` (True: lr * decay, False: decay alone).
    """
    chosen = {"decay": 0.0, "decay_follows_rate": True, **DEFAULTS[name], **(settings or {})}
    delta, new_state = RULES[name](gradient, state, t, learning_rate, chosen)
    shrink = chosen["decay"] * (learning_rate if chosen["decay_follows_rate"] else 1.0)
    return (1.0 - shrink) * parameters + delta, new_state


def sgd(g: Vector, state: State, t: int, lr: float, settings: Settings) -> tuple[Vector, State]:
    return -lr * g, {}


def momentum(g: Vector, state: State, t: int, lr: float, settings: Settings) -> tuple[Vector, State]:
    """v <- a v - lr g; w <- w + v: the rate is inside the velocity."""
    v = settings["momentum"] * state["velocity"] - lr * g
    return v, {"velocity": v}


def adagrad(g: Vector, state: State, t: int, lr: float, settings: Settings) -> tuple[Vector, State]:
    r = state["squares"] + g**2
    return -lr * g / (settings["epsilon"] + np.sqrt(r)), {"squares": r}


def rmsprop(g: Vector, state: State, t: int, lr: float, settings: Settings) -> tuple[Vector, State]:
    """delta stands INSIDE the root."""
    r = settings["rho"] * state["squares"] + (1 - settings["rho"]) * g**2
    return -lr * g / np.sqrt(settings["epsilon"] + r), {"squares": r}


def adadelta(g: Vector, state: State, t: int, lr: float, settings: Settings) -> tuple[Vector, State]:
    """Zeiler 2012, algorithm 1, whose rate is 1: the averaged squares of the MOVES are those before lr multiplies."""
    rho, delta = settings["rho"], settings["epsilon"]
    squares = rho * state["squares"] + (1 - rho) * g**2
    move = -np.sqrt(state["moves"] + delta) / np.sqrt(squares + delta) * g
    moves = rho * state["moves"] + (1 - rho) * move**2
    return lr * move, {"squares": squares, "moves": moves}


def moments(g: Vector, state: State, settings: Settings) -> tuple[Vector, Vector]:
    """Running means of the gradient and of its square, not yet corrected for starting at zero."""
    b1, b2 = settings["beta1"], settings["beta2"]
    return b1 * state["first"] + (1 - b1) * g, b2 * state["second"] + (1 - b2) * g**2


def adam(g: Vector, state: State, t: int, lr: float, settings: Settings) -> tuple[Vector, State]:
    k = t + 1
    m, v = moments(g, state, settings)
    m_hat = m / (1 - settings["beta1"] ** k)
    v_hat = v / (1 - settings["beta2"] ** k)
    return -lr * m_hat / (np.sqrt(v_hat) + settings["epsilon"]), {"first": m, "second": v}


def amsgrad(g: Vector, state: State, t: int, lr: float, settings: Settings) -> tuple[Vector, State]:
    """The maximum is taken over the CORRECTED second moments, and used as it is."""
    k = t + 1
    m, v = moments(g, state, settings)
    m_hat = m / (1 - settings["beta1"] ** k)
    maximum = np.maximum(state["maximum"], v / (1 - settings["beta2"] ** k))
    delta = -lr * m_hat / (np.sqrt(maximum) + settings["epsilon"])
    return delta, {"first": m, "second": v, "maximum": maximum}


def adamax(g: Vector, state: State, t: int, lr: float, settings: Settings) -> tuple[Vector, State]:
    """Kingma and Ba 2015, algorithm 2; delta beside the largest gradient, for a parameter that has had none."""
    b1, b2 = settings["beta1"], settings["beta2"]
    m = b1 * state["first"] + (1 - b1) * g
    u = np.maximum(b2 * state["largest"], np.abs(g))
    return -lr * (m / (1 - b1 ** (t + 1))) / (u + settings["epsilon"]), {"first": m, "largest": u}


def nadam(g: Vector, state: State, t: int, lr: float, settings: Settings) -> tuple[Vector, State]:
    """Dozat's rule with a constant momentum b1: the mean gradient looks one update ahead."""
    k, b1 = t + 1, settings["beta1"]
    m, v = moments(g, state, settings)
    ahead = b1 * m / (1 - b1 ** (k + 1)) + (1 - b1) * g / (1 - b1**k)
    v_hat = v / (1 - settings["beta2"] ** k)
    return -lr * ahead / (np.sqrt(v_hat) + settings["epsilon"]), {"first": m, "second": v}


def dozat_momentum(k: int, settings: Settings) -> float:
    """mu_k = b1 (1 - 0.96^(k psi) / 2), k counted from 1, psi = 0.004: rises from about b1 / 2 to b1."""
    return float(settings["beta1"] * (1 - 0.5 * 0.96 ** (k * settings["momentum_decay"])))


def nadam_dozat(g: Vector, state: State, t: int, lr: float, settings: Settings) -> tuple[Vector, State]:
    """Dozat 2016 with the scheduled momentum mu_k, corrected by the products of all mu so far.

    average "constant": the first moment is averaged with b1 (Dozat's report of 2015, PyTorch and Keras);
    "scheduled": with mu_k (the workshop paper of 2016), so that the weights sum to one after the correction.
    """
    k = t + 1
    mu, mu_next = dozat_momentum(k, settings), dozat_momentum(k + 1, settings)
    share = settings["beta1"] if settings["average"] == "constant" else mu
    m, v = moments(g, state, {**settings, "beta1": share})
    product = state["momentum_product"] * mu
    ahead = mu_next * m / (1 - product * mu_next) + (1 - mu) * g / (1 - product)
    v_hat = v / (1 - settings["beta2"] ** k)
    delta = -lr * ahead / (np.sqrt(v_hat) + settings["epsilon"])
    return delta, {"first": m, "second": v, "momentum_product": product}


# Nesterov's velocity is momentum's; only the point where the gradient is taken differs.
RULES: dict[str, Callable[[Vector, State, int, float, Settings], tuple[Vector, State]]] = {
    "sgd": sgd,
    "momentum": momentum,
    "nesterov": momentum,
    "adagrad": adagrad,
    "rmsprop": rmsprop,
    "adadelta": adadelta,
    "adam": adam,
    "amsgrad": amsgrad,
    "adamax": adamax,
    "nadam": nadam,
    "nadam_dozat": nadam_dozat,
}
