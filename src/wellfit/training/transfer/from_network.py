"""A start from the layers of a wellfit network, which must compute the same there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from wellfit.engines.contract.network import Network
from wellfit.engines.contract.start import Start
from wellfit.errors import InputError, quoted
from wellfit.recipe import Recipe
from wellfit.training.transfer.donor import Transfer, is_whole


def from_network(donor: Network, transfer: Transfer, recipe: Recipe) -> Start:
    """The parts of the chosen layers; with the first hidden layer, what comes before it and the encoding."""
    weights: dict[str, NDArray[Any]] = {}
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
            f"hidden0 takes encoded inputs, and {first} of the network it starts from the units below it: "
            "map hidden0 to hidden0."
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
        for name, most, whose in [(n, own, "recipe") for n in pairs] + [
            (n, depth, "network it starts from") for n in pairs.values()
        ]:
            if name not in [f"hidden{k}" for k in range(most)]:
                raise InputError(f"The {whose} has the hidden layers 0 to {most - 1}, and {quoted(name)} was named.")
        return pairs
    count = min(depth, own) if layers is None else layers
    if not (is_whole(count) and 1 <= count <= min(depth, own)):
        raise InputError(
            f"Transfer takes 1 to {min(depth, own)} hidden layers, since the network it starts from has {depth} and "
            f"the recipe {own}; got layers = {quoted(count)}."
        )
    return {f"hidden{k}": f"hidden{k}" for k in range(count)}


def _check_alike(donor: Recipe, recipe: Recipe, new: str, old: str) -> None:
    """Refuse layers that would compute something else with the same weights."""
    k, j = int(new[6:]), int(old[6:])
    pairs: list[tuple[str, Any, Any]] = [("activation", donor.activations()[j], recipe.activations()[k])]
    pairs.append(("normalization", donor.normalization, recipe.normalization))
    if k > 0:
        pairs.append(("skip", donor.skip, recipe.skip))
    if any(one.sharing.hard and one.sharing.units for one in (donor, recipe)):
        pairs.append(("sharing", donor.sharing, recipe.sharing))
    kept = donor.dropout.kept_share(donor.dropout_rates()[j]), recipe.dropout.kept_share(recipe.dropout_rates()[k])
    if kept[0] != kept[1]:
        pairs.append(("dropout", donor.dropout, recipe.dropout))
    for slot, theirs, ours in pairs:
        if theirs != ours:
            was, wanted = (getattr(value, "name", value) for value in (theirs, ours))
            detail = f"{was!r}, and the recipe has {wanted!r}" if was != wanted else f"other settings of {was!r}"
            raise InputError(
                f"{old} of the network it starts from was trained with {slot} {detail}: "
                f"give the recipe the same {slot}."
            )


def _check_owners(donor: Recipe, recipe: Recipe, pairs: dict[str, str], new: str) -> None:
    """Refuse a layer whose weights are those of another layer, unless that one is transferred with it."""
    ours = f"hidden{recipe.sharing.owner(recipe.hidden, int(new[6:]))}"
    theirs = f"hidden{donor.sharing.owner(donor.hidden, int(pairs[new][6:]))}"
    if pairs.get(ours) != theirs:
        raise InputError(
            f"{pairs[new]} of the network it starts from has the weights of its {theirs}, and the recipe's {new} those "
            f"of its {ours}: give the recipe the same sharing, and transfer these layers as well."
        )


def _check_inputs_alike(donor: Recipe, recipe: Recipe) -> None:
    """Refuse a recipe that would scale or embed inputs in another way than the donor, whose encoding comes along."""
    kept = [one.dropout.kept_share(one.dropout.input_rate) for one in (donor, recipe)]
    for slot in ("scaling", "number_embedding", *(["dropout"] if kept[0] != kept[1] else [])):
        learning = {"rate", "sd"}  # how an embedding starts and learns, not what it computes
        theirs, ours = (getattr(one, slot).model_dump(exclude=learning) for one in (donor, recipe))
        if theirs != ours:
            raise InputError(
                f"The first hidden layer brings the inputs of the network it starts from, made with {slot} {theirs}, "
                f"and the recipe has {ours}: give the recipe the same {slot}."
            )
