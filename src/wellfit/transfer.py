"""Transfer: a new network starts from the lower layers of another one, of wellfit or of PyTorch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from wellfit.data import Schema, Table
from wellfit.engine.layers import layers_of
from wellfit.engine.member import Network
from wellfit.engine.reference import kept_share
from wellfit.engine.start import Start
from wellfit.errors import InputError
from wellfit.model import Model
from wellfit.recipe import Recipe

Weights = dict[str, NDArray[Any]]
PICKLES = (".pt", ".pth", ".pkl", ".pickle", ".bin", ".ckpt")
# What PyTorch calls the arrays of BatchNorm and LayerNorm, and what they are called here.
_NORMS = {"weight": "gain", "bias": "shift"}
_MOVING = ("running_mean", "running_var")


@dataclass(frozen=True, eq=False)
class Transfer:
    """Lower layers of another network to start from: `train(recipe, X, y, start_from=Transfer(model, layers=2))`.

    source: a model, a member of a population, a network, or the path of a saved model; or arrays by name: a mapping, or
        the path of a .safetensors file, such as `{k: v.numpy() for k, v in module.state_dict().items()}`. Pickled files
        (.pt) are never read.
    layers: of a wellfit network, how many hidden layers from below (default: all), or a mapping from the new network's
        layers to the donor's, such as {"hidden0": "hidden0"}. Of arrays, a mapping is needed: {"hidden0": "fc1"}, or
        {"hidden0": ("fc1", "bn1")} with the normalisation that follows.
    network: which network of a model with several, from 0.
    layout: of arrays by name: "torch" (default), W is (out, in) and is transposed, or "wellfit", (in, out).

    With hidden0 the donor's schema and encoding come along, fitted on ITS training rows: layers only make sense on the
    inputs they were trained on. The new table must have the donor's columns, and no others, and the recipe the donor's
    scaling and number_embedding. Layers that would compute something else with the same weights (activation,
    normalization, skip, sharing, the share that classic dropout keeps) are refused. Arrays by name bring no encoding:
    the recipe's own scaling applies, and it is for you to see that the inputs are those of the donor, in their order.
    The output layer starts afresh. Frozen layers, or slow ones: the recipe's `layer_rates`.

    >>> import numpy as np, wellfit
    >>> X = np.random.default_rng(0).normal(size=(60, 3))
    >>> recipe = wellfit.Recipe(hidden=(8, 4), epochs=1)
    >>> donor = wellfit.train(recipe, X, X[:, 0] > 0)[0]
    >>> frozen = recipe.vary(layer_rates=[0.0, 0.0, 1.0])
    >>> new = wellfit.train(frozen, X, X[:, 0] + X[:, 1], start_from=wellfit.Transfer(donor, layers=2))[0]
    >>> theirs, ours = (member.model.networks[0].weights() for member in (donor, new))
    >>> bool(np.all(theirs["hidden1.weight"] == ours["hidden1.weight"]))
    True

    Source: Goodfellow, Bengio & Courville, "Deep learning", 2016, 15.2; Yosinski, Clune, Bengio & Lipson, "How
    transferable are features in deep neural networks?", 2014.
    """

    source: Any
    layers: int | Mapping[str, str | Sequence[str]] | None = None
    network: int = 0
    layout: Literal["torch", "wellfit"] = "torch"

    def __sklearn_clone__(self) -> Transfer:
        """What scikit-learn's `clone` makes of it: itself, for it never changes."""
        return self


StartLike = Transfer | Model | str | Path | None


def as_transfer(value: Any) -> Transfer | None:
    """A transfer from one, from a donor (all of its hidden layers), or from nothing."""
    return value if value is None or isinstance(value, Transfer) else Transfer(value)


def start_of(transfer: Transfer | None, recipe: Recipe) -> tuple[Start | None, Schema | None]:
    """What a member with this recipe starts from, and the schema that its table must then be read by, if any.

    Raises:
        InputError: the donor cannot be read, or its layers do not fit the recipe's.
    """
    if transfer is None:
        return None, None
    donor, schema = _donor_of(transfer)
    if isinstance(donor, Network):
        start = _from_network(donor, transfer, recipe)
        return start, None if start.encoding is None else schema
    return Start(_from_arrays(donor, transfer, recipe)), None


def starts_of(given: Any, recipes: Sequence[Recipe]) -> tuple[list[Start | None], Schema | None]:
    """A start for each recipe from `start_from`: one for all, or a list with one each; and the schema they share.

    Raises:
        InputError: a donor does not fit, or two of them read their tables differently.
    """
    each = list(given) if isinstance(given, (list, tuple)) else [given] * len(recipes)
    if len(each) != len(recipes):
        raise InputError(f"start_from lists {len(each)} donors for {len(recipes)} recipes: give one, or one for each.")
    made: list[Start | None] = []
    schemas: list[Schema] = []
    known: dict[tuple[int, str], tuple[Start | None, Schema | None]] = {}
    for one, recipe in zip(each, recipes, strict=True):
        key = (id(one), recipe.to_json())
        known[key] = known[key] if key in known else start_of(as_transfer(one), recipe)
        start, schema = known[key]
        made.append(start)
        schemas += [] if schema is None else [schema]
    if any(schema != schemas[0] for schema in schemas):
        raise InputError(
            "Donors that are started from together must have been trained on tables with the same columns, and these "
            "were not: train one population for each."
        )
    return made, schemas[0] if schemas else None


def check_columns(schema: Schema, table: Table, left_out: Sequence[str] = ()) -> None:
    """Refuse a table with columns that the donor does not know; those that it lacks the schema names itself.

    left_out: columns that are no inputs (targets, weights).
    """
    if schema.image is not None or table.images is not None:
        return
    known = {*(column.name for column in schema.columns), *schema.sparse, *left_out}
    strangers = [name for name in table.names if name not in known]
    if strangers:
        raise InputError(
            f"The donor's first layer knows no column {strangers[0]!r} ({len(strangers)} such in {table.source}): "
            "leave it out, or transfer no first layer."
        )


def _donor_of(transfer: Transfer) -> tuple[Network | Mapping[str, Any], Schema | None]:
    source = transfer.source
    if isinstance(source, (str, Path)):
        source = _read(Path(source))
    source = getattr(source, "model_", getattr(source, "model", source))  # a fitted estimator, a population's member
    if isinstance(source, Model):
        if not (_whole(transfer.network) and 0 <= transfer.network < len(source.networks)):
            raise InputError(
                f"The donor has networks 0 to {len(source.networks) - 1}, and network {transfer.network!r} was asked "
                "for."
            )
        return source.networks[transfer.network], source.schema
    if isinstance(source, (Network, Mapping)):
        return source, None
    raise InputError(
        "A donor is a model (a fitted estimator's model_), a network, a path or a mapping of arrays by name, and a "
        f"{type(source).__name__} came."
    )


def _read(path: Path) -> Model | dict[str, NDArray[Any]]:
    from safetensors import SafetensorError, safe_open

    if path.suffix in PICKLES:
        raise InputError(
            f"{str(path)!r} is a pickled file, which can run any code and is never loaded: load it where you trust it, "
            "and give the arrays by name, {k: v.numpy() for k, v in state_dict.items()}, or save them as .safetensors."
        )
    if path.suffix != ".safetensors":
        return Model.load(path)
    if not path.is_file():
        raise InputError(f"The donor {str(path)!r} is no file: check the path.")
    try:
        with safe_open(str(path), framework="np") as file:
            if (file.metadata() or {}).get("format") == "wellfit.model":
                return Model.load(path)
            return {name: file.get_tensor(name) for name in file.keys()}
    except (SafetensorError, OSError, TypeError) as error:
        raise InputError(f"The donor {str(path)!r} cannot be read: {error}.") from None


def _from_network(donor: Network, transfer: Transfer, recipe: Recipe) -> Start:
    """The parts of the chosen layers; with the first hidden layer, what comes before it and the encoding."""
    weights: Weights = {}
    pairs = _chosen_layers(donor, transfer, recipe)
    for new, old in pairs.items():
        _check_alike(donor.recipe, recipe, new, old)
        _check_owners(donor.recipe, recipe, pairs, new)
        weights |= {
            new + name.removeprefix(old): part for name, part in donor.weights().items() if name.startswith(f"{old}.")
        }
    first = pairs.get("hidden0")
    if first is not None and first != "hidden0":
        raise InputError(
            f"hidden0 takes encoded inputs, but the donor's {first} its own units: map hidden0 to hidden0."
        )
    if first is not None:
        _check_inputs_alike(donor.recipe, recipe)
        weights |= {name: part for name, part in donor.weights().items() if name.startswith("input.")}
    return Start(weights, donor.encoding if first is not None else None)


def _chosen_layers(donor: Network, transfer: Transfer, recipe: Recipe) -> dict[str, str]:
    """The new network's layers and the donor's that each starts from."""
    depth, own, layers = len(donor.recipe.hidden), len(recipe.hidden), transfer.layers
    if isinstance(layers, Mapping):
        pairs = {str(new): str(old) for new, old in layers.items()}
        for name, most, whose in [(n, own, "recipe") for n in pairs] + [(n, depth, "donor") for n in pairs.values()]:
            if name not in [f"hidden{k}" for k in range(most)]:
                raise InputError(f"The {whose} has the hidden layers 0 to {most - 1}, and {name!r} was named.")
        return pairs
    count = min(depth, own) if layers is None else layers
    if not (_whole(count) and 1 <= count <= min(depth, own)):
        raise InputError(
            f"Transfer takes 1 to {min(depth, own)} hidden layers, since the donor has {depth} and the recipe {own}, "
            f"and {count!r} were asked for."
        )
    return {f"hidden{k}": f"hidden{k}" for k in range(count)}


def _whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _check_alike(donor: Recipe, recipe: Recipe, new: str, old: str) -> None:
    """Refuse layers that would compute something else with the same weights."""
    k, j = int(new[6:]), int(old[6:])
    pairs: list[tuple[str, Any, Any]] = [("activation", donor.activations()[j], recipe.activations()[k])]
    pairs.append(("normalization", donor.normalization, recipe.normalization))
    if k > 0:
        pairs.append(("skip", donor.skip, recipe.skip))
    if any(one.sharing.hard and one.sharing.units for one in (donor, recipe)):
        pairs.append(("sharing", donor.sharing, recipe.sharing))
    kept = kept_share(donor, donor.dropout_rates()[j]), kept_share(recipe, recipe.dropout_rates()[k])
    if kept[0] != kept[1]:
        pairs.append(("dropout", donor.dropout, recipe.dropout))
    for slot, theirs, ours in pairs:
        if theirs != ours:
            was, wanted = (getattr(value, "name", value) for value in (theirs, ours))
            detail = f"{was!r}, and the recipe has {wanted!r}" if was != wanted else f"other settings of {was!r}"
            raise InputError(f"The donor's {old} was trained with {slot} {detail}: make the recipe's like the donor's.")


def _check_owners(donor: Recipe, recipe: Recipe, pairs: dict[str, str], new: str) -> None:
    """Refuse a layer whose weights are those of another layer, unless that one is transferred with it."""
    ours = f"hidden{recipe.sharing.owner(recipe.hidden, int(new[6:]))}"
    theirs = f"hidden{donor.sharing.owner(donor.hidden, int(pairs[new][6:]))}"
    if pairs.get(ours) != theirs:
        raise InputError(
            f"The donor's {pairs[new]} has the weights of its {theirs}, and the recipe's {new} those of its {ours}: "
            "make the recipe's sharing like the donor's, and transfer these layers as well."
        )


def _check_inputs_alike(donor: Recipe, recipe: Recipe) -> None:
    """Refuse a recipe that would scale or embed inputs in another way than the donor, whose encoding comes along."""
    kept = [kept_share(one, one.dropout.input_rate) for one in (donor, recipe)]
    for slot in ("scaling", "number_embedding", *(["dropout"] if kept[0] != kept[1] else [])):
        learning = {"rate", "sd"}  # how an embedding starts and learns, not what it computes
        theirs, ours = (getattr(one, slot).model_dump(exclude=learning) for one in (donor, recipe))
        if theirs != ours:
            raise InputError(
                f"The first hidden layer brings the donor's inputs, made with {slot} {theirs}, and the recipe has "
                f"{ours}: make the recipe's {slot} like the donor's."
            )


def _from_arrays(state: Mapping[str, Any], transfer: Transfer, recipe: Recipe) -> Weights:
    """Parts of layers from arrays by name."""
    if not isinstance(transfer.layers, Mapping):
        raise InputError(
            'Arrays by name need a mapping of layers, such as layers={"hidden0": "fc1", "hidden1": "fc2"}; the arrays '
            f"are {', '.join(map(str, list(state)[:8]))}."
        )
    layers = {f"hidden{layer.index}": layer for layer in layers_of(recipe, 1)}
    weights: Weights = {}
    for new, names in transfer.layers.items():
        if new not in layers:
            raise InputError(f"The recipe has the hidden layers {', '.join(layers)}, and {new!r} was named.")
        parts = (names,) if isinstance(names, str) else tuple(names)
        if not 1 <= len(parts) <= 2:
            raise InputError(
                f"{new} starts from a linear layer, or one and its normalisation, and {len(parts)} names came."
            )
        linear, *norm = parts
        w = _array(state, f"{linear}.weight")
        weights[f"{new}.weight"] = w.T if transfer.layout == "torch" else w
        bias = (
            _array(state, f"{linear}.bias")
            if f"{linear}.bias" in state
            else np.zeros(weights[f"{new}.weight"].shape[-1])
        )
        if norm:
            _add_norm(weights, state, new, norm[0], recipe)
        if layers[new].bias:
            weights[f"{new}.bias"] = bias
        elif f"{new}.statistics" in weights:  # the mean that batch norm takes off takes the bias off, too
            weights[f"{new}.statistics"] = weights[f"{new}.statistics"] - np.stack([bias, np.zeros_like(bias)])
    return weights


def _add_norm(weights: Weights, state: Mapping[str, Any], layer: str, norm: str, recipe: Recipe) -> None:
    if recipe.normalization.name == "none":
        raise InputError(f'{layer} has no normalisation to start from {norm!r}: set normalization="batch" or "layer".')
    weights |= {f"{layer}.{ours}": _array(state, f"{norm}.{theirs}") for theirs, ours in _NORMS.items()}
    if recipe.normalization.has_statistics:
        weights[f"{layer}.statistics"] = np.stack([_array(state, f"{norm}.{name}") for name in _MOVING])


def _array(state: Mapping[str, Any], name: str) -> NDArray[Any]:
    if name not in state:
        raise InputError(f"The donor has no array {name!r}; its arrays are {', '.join(map(str, list(state)[:12]))}.")
    value = state[name]
    plain = value.detach().cpu().numpy() if hasattr(value, "detach") else np.asarray(value)
    if plain.dtype.kind not in "fiu":
        raise InputError(f"The donor's array {name!r} holds no numbers.")
    if plain.ndim == 0:
        raise InputError(
            f"The donor's array {name!r} is a single number: a layer's weights have two axes, its others one."
        )
    return np.asarray(plain, dtype=np.float64)
