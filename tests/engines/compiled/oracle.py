"""The slow reference of a whole run: tests/reference chained update by update, handed our row order and our masks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.engines.compiled.bench import Bench
from tests.engines.compiled.encoded import encode, scaled_target
from tests.engines.compiled.encoded import numbers as scaled_numbers
from tests.engines.compiled.masks import batch_rows, masks_of, threshold
from tests.reference import bins, clipping, network, optimizers, penalties, schedules
from tests.reference.embeddings import Embedding
from wellfit.engines.contract.losses import resolve_loss
from wellfit.recipe import Recipe

Arrays = dict[str, NDArray[np.float64]]


@dataclass
class Replay:
    """What the reference says: parameters and moving statistics after the run, and of the last update its gradient."""

    parameters: Arrays
    gradient: Arrays
    objectives: list[float]
    rates: list[float]


def describe(recipe: Recipe, inputs: int, outputs: int, embedding: Embedding | None = None) -> network.Description:
    """The recipe in the reference's words; dropout rates as they are rounded to 16 bits."""
    activations, settings = recipe.activations(), {}
    for activation in activations:
        if not activation.learned:
            settings |= {k: getattr(activation, k) for k in ("slope", "alpha") if hasattr(activation, k)}
    if recipe.normalization.name == "batch":
        settings["momentum"] = recipe.normalization.momentum
    if recipe.normalization.name != "none":
        settings["epsilon"] = recipe.normalization.epsilon
    return network.Description(
        inputs=inputs,
        hidden=recipe.hidden,
        outputs=outputs,
        activation=tuple(activation.name for activation in activations),
        normalization=recipe.normalization.name,
        position=recipe.normalization.position,
        skip=recipe.skip,
        rates=tuple(threshold(rate) / 65536 for rate in recipe.dropout_rates()),
        input_rate=threshold(recipe.dropout.input_rate) / 65536,
        dropout_form=recipe.dropout.form,
        slopes=tuple(getattr(activation, "per", "layer") for activation in activations),
        mixed=recipe.activation_mix.rate != 0,
        scaled=recipe.input_scale.rate != 0,
        embedding=embedding,
        owners=owners_of(recipe),
        group=recipe.sharing.group if recipe.sharing.name == "tied_units" else 1,
        **settings,
    )


def owners_of(recipe: Recipe) -> tuple[int, ...]:
    """Of each hidden layer the one whose weights it uses: of those after the first with its shape the first."""
    if recipe.sharing.name != "tied_layers":
        return ()
    shapes = [("first",), *zip(recipe.hidden[:-1], recipe.hidden[1:], strict=True)]
    return tuple(shapes.index(shape) for shape in shapes)


def closeness(recipe: Recipe, strength: float, p: Arrays) -> Arrays:
    """The gradient of (strength / 2) sum over pairs of squared differences, pair by pair."""
    found = {name: np.zeros_like(part) for name, part in p.items()}
    hidden, name = recipe.hidden, recipe.sharing.name
    if name == "close_layers":
        for k in range(1, len(hidden)):
            for j in range(1, k):
                if hidden[j - 1 : j + 1] == hidden[k - 1 : k + 1]:
                    for part in ("weight", "bias"):
                        if f"hidden{k}.{part}" in p:
                            difference = strength * (p[f"hidden{k}.{part}"] - p[f"hidden{j}.{part}"])
                            found[f"hidden{k}.{part}"] += difference
                            found[f"hidden{j}.{part}"] -= difference
    elif name == "close_units":
        for k, units in enumerate(hidden):
            for part in ("weight", "bias"):
                for u, v in ((u, v) for u in range(units) for v in range(units)):
                    if u // recipe.sharing.group == v // recipe.sharing.group and f"hidden{k}.{part}" in p:
                        w = p[f"hidden{k}.{part}"]
                        found[f"hidden{k}.{part}"][..., u] += strength * (w[..., u] - w[..., v])
    return found


def embedding_of(bench: Bench) -> Embedding | None:
    """The member's embeddings in the reference's words; bins' edges are sought anew in the raw columns."""
    recipe, encoding, rows = bench.recipe, bench.member.prepared.encoding, bench.member.prepared.training
    chosen = recipe.number_embedding
    edges = []
    if chosen.name == "piecewise":
        for column in bench.arrays.numbers[rows.numbers].T.astype(np.float64):
            seen = ~np.isnan(column)
            weights = rows.weights[seen].astype(np.float64)
            edges.append(np.array(bins.edges(column[seen].tolist(), weights.tolist(), chosen.bins)))
        table = np.full((chosen.bins + 1, len(edges)), np.nan)
        for j, column in enumerate(edges):
            table[: len(column), j] = column
        scaled = scaled_numbers(encoding, table)
        edges = [scaled[: len(column), j] if len(column) > 1 else column[:0] for j, column in enumerate(edges)]
    if chosen.name == "none" and not any(encoding.tables):
        return None
    begins = len(encoding.centre) + len(encoding.marked) + np.cumsum((0, *encoding.units))
    tables = {int(begins[j]): rows for j, rows in enumerate(encoding.tables) if rows}
    words = {name: getattr(chosen, name) for name in ("frequencies", "size") if hasattr(chosen, name)}
    return Embedding(
        encoded=encoding.width, numbers=len(encoding.centre), form=chosen.name, edges=tuple(edges), tables=tables,
        table_size=recipe.categories.embedding, **words,
    )  # fmt: skip


def schedule_words(schedule: Any, value: float, total: int, per_epoch: int) -> tuple[str, dict[str, Any]]:
    """A schedule of ours as the reference's name and settings."""
    name, words = schedule.name, {"value": value}
    words["warmup"] = schedule.warmup * total if schedule.warmup < 1 else schedule.warmup
    if name == "linear":
        words |= {"end": value * schedule.end, "tau": schedule.tau or total}
    elif name == "power":
        words |= {"steps": schedule.s or total / 10, "exponent": schedule.c}
    elif name == "exponential":
        words |= {"steps": schedule.s or total / 2}
    elif name == "step":
        words |= {"steps": schedule.epochs * per_epoch, "factor": schedule.gamma}
    elif name == "switch":
        words |= {"start": schedule.share * total if schedule.epoch is None else schedule.epoch * per_epoch}
    elif name == "cosine":
        words |= {"end": value * schedule.end}
        if schedule.cycles > 1:
            name = "cosine_restarts"
            words |= {
                "growth": schedule.growth,
                "first_cycle": total / sum(schedule.growth**k for k in range(schedule.cycles)),
            }
    elif name == "range":
        words |= {"low": schedule.low}
    elif name == "one_cycle":
        words |= {"rise": schedule.rise, "start_divisor": schedule.start, "end_divisor": schedule.end}
        words |= {"shape": schedule.shape}
        words |= {"high_momentum": schedule.momentum_high, "low_momentum": schedule.momentum_low}
    return name, words


def scheduled(schedule: Any, value: float, t: int, total: int, per_epoch: int) -> float:
    """A strength at update t."""
    name, words = schedule_words(schedule, value, total, per_epoch)
    return schedules.value(name, t, total, per_epoch, words)


def rate_factor(recipe: Recipe, name: str, fan_in: int = 1) -> Any:
    """By what the learning rate of a part is multiplied: a number or a schedule."""
    embedded = getattr(recipe.number_embedding, "rate", 1.0)
    factors = {
        **dict.fromkeys(("frequencies", "phases", "map", "offset"), embedded),
        "bias": recipe.bias_rate.factor,
        "mix": recipe.activation_mix.rate,
        "scale": recipe.input_scale.rate,
        **dict.fromkeys(("weight", "projection"), 1 / fan_in**recipe.fan_in_rate.power),
    }
    return factors.get(name.split(".")[1], 1.0)


def strength_at(strength: Any, t: int, total: int, per_epoch: int) -> float:
    """A strength that is a number or carries a schedule, at update t."""
    if isinstance(strength, int | float):
        return float(strength)
    return scheduled(strength.schedule, strength.value, t, total, per_epoch)


def of_layer(strength: Any, name: str) -> Any:
    """Of a list of strengths, the one of a parameter's layer."""
    if not isinstance(strength, tuple):
        return strength
    layer = name.split(".")[0]
    return strength[{"input": 0, "output": -1}[layer] if layer in ("input", "output") else int(layer[6:])]


def size_of(slot: str, penalty: Any) -> Callable[[Any], Any]:
    """A penalty of ours at strength 1, as the reference's function of a tensor."""
    if slot == "elastic_net":
        return lambda w: penalties.elastic_net(w, penalty.beta, penalty.form)
    if slot == "power":
        return lambda w: penalties.power(w, penalty.exponent, penalty.smoothing)
    return {"l2": penalties.l2, "l1": penalties.l1}[slot]


def optimizer_settings(recipe: Recipe, t: int, total: int, per_epoch: int) -> dict[str, Any]:
    """The reference's settings of the recipe's optimiser at update t."""
    given = recipe.optimizer.model_dump(exclude={"name", "learning_rate"})
    words = {{"decay": "momentum_decay"}.get(name, name): value for name, value in given.items()}
    if (
        recipe.schedule.name == "one_cycle" and recipe.optimizer.name != "nadam_dozat"
    ):  # which has a schedule of its own
        _, told = schedule_words(recipe.schedule, 1.0, total, per_epoch)
        cycled = schedules.one_cycle_momentum(t, total, per_epoch, told)
        words |= {name: cycled for name in ("momentum", "beta1") if name in words}
    return words


class Oracle:
    """The reference's state of one member, advanced an update at a time."""

    def __init__(self, bench: Bench) -> None:
        member, recipe = bench.member, bench.recipe
        self.recipe, self.seed = recipe, member.plan.seed
        encoding = member.prepared.encoding
        rows = member.prepared.training
        self.x = encode(encoding, bench.arrays)[rows.numbers]
        self.y = scaled_target(encoding, bench.target)[rows.numbers]
        if bench.target.kind == "classes":
            self.y = self.y[:, 0].astype(np.int64)
        self.weights = rows.weights.astype(np.float64)
        loss = resolve_loss(recipe, bench.target.kind)
        self.loss = "multi_label" if bench.target.kind == "binary" else loss.name
        self.loss_settings = loss.model_dump(exclude={"name"})
        embedding = embedding_of(bench)
        inputs = embedding.width if embedding else self.x.shape[1]
        self.d = describe(recipe, inputs, bench.target.outputs, embedding)
        self.per_epoch, self.total, self.batch = member.horizon.per_epoch, member.horizon.updates, member.batch
        start = {name: part.astype(np.float64) for name, part in bench.parameters.items()}
        self.p = {name: part for name, part in start.items() if name in network.shapes(self.d)}
        self.moving = {name: part for name, part in start.items() if name not in self.p}
        optimizer = recipe.optimizer.name
        self.state = {name: optimizers.initial_state(optimizer, part.size) for name, part in self.p.items()}
        self.t = 0

    def gradients(self) -> network.Result:
        """Of the next update's objective, where the optimiser wants them taken."""
        t, recipe = self.t, self.recipe
        picked = batch_rows(self.seed, t, len(self.x), self.batch, self.per_epoch)
        settings = optimizer_settings(recipe, t, self.total, self.per_epoch)
        there = {
            name: optimizers.look_ahead(recipe.optimizer.name, part.ravel(), self.state[name], settings).reshape(
                part.shape
            )
            for name, part in self.p.items()
        }
        there = self.moved(there)
        x, y, weights = self.prepared(picked)
        activity = tuple(self.now(strength) for strength in recipe.activity_strengths())
        result = network.train_pass(
            replace(self.d, activity=activity), there, x, y, self.loss, weights=weights, moving=self.moving,
            masks=masks_of(recipe, self.d.inputs, len(picked), self.seed, t), loss_settings=self.loss_settings,
        )  # fmt: skip
        objective, gradients = result.objective, dict(result.gradients)
        for name, size, strength, in_gradient in self.penalties():
            value, slope = penalties.value_and_slope(size, there[name])
            objective += strength * value
            gradients[name] = gradients[name] + strength * slope * in_gradient
        near = self.now(getattr(recipe.sharing, "strength", 0.0))
        for name, part in closeness(recipe, near, there).items():
            gradients[name] = gradients[name] + part
        return replace(result, objective=objective, gradients=gradients)

    def now(self, strength: Any) -> float:
        """A strength at the next update."""
        return strength_at(strength, self.t, self.total, self.per_epoch)

    def penalties(self) -> Iterator[tuple[str, Callable[[Any], Any], float, bool]]:
        """Parameter, penalty, strength, and whether it is in the gradient."""
        for slot in ("l2", "l1", "elastic_net", "power"):
            penalty = getattr(self.recipe, slot)
            for name in self.p:
                if penalty.biases or network.is_penalised(name):
                    strength = self.now(of_layer(penalty.strength, name))
                    yield name, size_of(slot, penalty), strength, not getattr(penalty, "proximal", False)

    def shrink(self, name: str, w: Any, before: Any, rate: float, words: dict[str, Any]) -> Any:
        """Proximal L1 after the step of one parameter; with momentum, the velocity takes part."""
        l1, after = self.recipe.l1, self.state[name]
        if not l1.proximal or not (l1.biases or network.is_penalised(name)):
            return w
        optimizer = self.recipe.optimizer.name
        by = penalties.divisor(optimizer, before, after, self.t, {**optimizers.DEFAULTS[optimizer], **words})
        new = penalties.soft_threshold(w, rate * self.now(of_layer(l1.strength, name)) / by)
        if "velocity" in after:
            self.state[name] = {**after, "velocity": after["velocity"] + new - w}
        return new

    def constrain(self) -> None:
        """Max-norm or unit norm of each unit, then circle or diamond."""
        chosen = self.recipe.constraint
        for name in filter(network.is_penalised, self.p):
            for given, exact in ((self.recipe.max_norm.limit, False), (self.recipe.unit_norm.norm, True)):
                limit = self.now(of_layer(given, name))
                if limit:
                    self.p[name] = penalties.limited_columns(self.p[name], limit, exact)
        held = [name for name in self.p if chosen.biases or network.is_penalised(name)]
        layers = {name.split(".")[0] for name in held}
        groups = [held] if chosen.scope == "network" else [[n for n in held if n.split(".")[0] == k] for k in layers]
        for group in groups:
            radius = self.now(of_layer(chosen.radius, group[0]))
            if radius:
                project = {"l2": penalties.onto_circle, "l1": penalties.onto_diamond}[chosen.norm]
                moved = project(np.concatenate([self.p[name].ravel() for name in group]), radius)
                for name in group:
                    part, moved = moved[: self.p[name].size], moved[self.p[name].size :]
                    self.p[name] = part.reshape(self.p[name].shape)

    def prepared(self, picked: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[Any], NDArray[np.float64]]:
        """Inputs, targets and weights of the picked rows, as the network gets them."""
        return self.x[picked], self.y[picked], self.weights[picked]

    def moved(self, there: Arrays) -> Arrays:
        """The parameters at which the gradient is taken, from where the optimiser wants it."""
        return there

    def clip(self, gradients: Arrays) -> Arrays:
        """The whole gradient clipped as one vector."""
        chosen = self.recipe.clipping
        flat = np.concatenate([part.ravel() for part in gradients.values()])
        if chosen.name == "value":
            flat, _ = clipping.by_value(flat, chosen.low, chosen.high)
        elif chosen.name == "norm":
            flat, _ = clipping.by_norm(flat, chosen.limit)
        ends = np.cumsum([part.size for part in gradients.values()])
        parts = np.split(flat, ends[:-1])
        return {name: part.reshape(gradients[name].shape) for name, part in zip(gradients, parts, strict=True)}

    def step(self) -> tuple[Arrays, float, float]:
        """One update; returns its clipped gradient, its objective and its learning rate."""
        recipe, t = self.recipe, self.t
        result = self.gradients()
        gradient = self.clip(result.gradients)
        rate = scheduled(recipe.schedule, recipe.optimizer.learning_rate, t, self.total, self.per_epoch)
        words = optimizer_settings(recipe, t, self.total, self.per_epoch)
        for name, part in self.p.items():
            decayed = recipe.weight_decay.biases or network.is_penalised(name)
            settings = {
                **words,
                "decay": self.now(of_layer(recipe.weight_decay.strength, name)) if decayed else 0.0,
                "decay_follows_rate": recipe.weight_decay.with_rate,
            }
            own_rate = rate * strength_at(rate_factor(recipe, name, part.shape[0]), t, self.total, self.per_epoch)
            before = self.state[name]
            new, self.state[name] = optimizers.update(
                recipe.optimizer.name, part.ravel(), gradient[name].ravel(), before, t, own_rate, settings
            )
            self.p[name] = self.shrink(name, new, before, own_rate, words).reshape(part.shape)
        self.constrain()
        self.moving = result.moving
        self.t += 1
        return gradient, result.objective, rate


def replay(bench: Bench, updates: int, kind: type[Oracle] = Oracle) -> Replay:
    """So many updates from where the bench's member stands before its first one."""
    oracle = kind(bench)
    steps = [oracle.step() for _ in range(updates)]
    gradient, objectives, rates = steps[-1][0], [s[1] for s in steps], [s[2] for s in steps]
    return Replay({**oracle.p, **oracle.moving}, gradient, objectives, rates)


def largest_difference(ours: Arrays, theirs: Arrays) -> tuple[float, str]:
    """The largest difference of one part, over that part's largest number, and the part's name.

    A part that is 0 but for rounding is measured against a thousandth of the largest number of all parts.
    """
    if set(ours) != set(theirs):
        raise AssertionError(f"parts differ: {sorted(set(ours) ^ set(theirs))}")
    worst, floor = (0.0, ""), 1e-3 * max(1.0, *(float(np.abs(part).max()) for part in theirs.values()))
    for name, part in theirs.items():
        size = max(float(np.abs(part).max()), floor)
        difference = np.abs(ours[name].astype(np.float64) - part).max() / size
        worst = max(worst, (float(difference) if np.isfinite(difference) else np.inf, name))
    return worst


def assert_agrees(bench: Bench, updates: int, tolerance: float, kind: type[Oracle] = Oracle) -> None:
    """Train, and compare gradient and parameters with the reference."""
    expected = replay(bench, updates, kind)
    bench.train(updates)
    for what, ours, theirs in (
        ("gradient", bench.gradient, expected.gradient),
        ("parameters", bench.parameters, expected.parameters),
    ):
        difference, where = largest_difference(ours, theirs)
        assert difference <= tolerance, f"{what} of {where} differs by {difference:.3g} after {updates} updates"
