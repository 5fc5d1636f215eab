"""Which network another one starts from, and how much of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.contract.network import Network
from wellfit.errors import InputError, quoted
from wellfit.models.model import Model
from wellfit.models.model.file import FORMAT
from wellfit.reprs import short_repr
from wellfit.tables import Schema

PICKLES = (".pt", ".pth", ".pkl", ".pickle", ".bin", ".ckpt")


@dataclass(frozen=True, eq=False)
class Transfer:
    """Lower layers of another network to start from: `train(recipe, X, y, start_from=Transfer(model, layers=2))`.

    With hidden0 the donor's schema and encoding come along, fitted on ITS training rows: layers only make sense on the
    inputs they were trained on. The new table must have the donor's columns, and no others, and the recipe the donor's
    scaling and number_embedding. Layers that would compute something else with the same weights (activation,
    normalization, skip, sharing, the share that classic dropout keeps) are refused. Arrays by name bring no encoding:
    the recipe's own scaling applies, and you make sure that the inputs are those of the donor, in their order. The
    output layer starts from random weights. Frozen layers, or slow ones: the recipe's `layer_rates`.

    source: a model, a member of a population, a network, or the path of a saved model; or arrays by name: a mapping, or
        the path of a .safetensors file, such as `{k: v.numpy() for k, v in module.state_dict().items()}`. Pickled files
        (.pt) are never read.
    layers: of a wellfit network, int, how many hidden layers from below (None, the default: all), or a mapping from the
        new network's layers to the donor's, such as {"hidden0": "hidden0"}. Of arrays, a mapping is needed:
        {"hidden0": "fc1"}, or {"hidden0": ("fc1", "bn1")} with the normalisation that follows.
    network: int, which network of a model with several, from 0 on (default 0).
    layout: of arrays by name: "torch" (default), W is (out, in) and is transposed, or "wellfit", (in, out).

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

    __repr__ = short_repr

    def __sklearn_clone__(self) -> Transfer:
        """What scikit-learn's `clone` makes of it: itself, for it never changes."""
        return self


StartLike = Transfer | Model | str | Path | None


def as_transfer(value: Any) -> Transfer | None:
    """A transfer as it is, of all hidden layers of a donor, or None for none."""
    return value if value is None or isinstance(value, Transfer) else Transfer(value)


def read_donor(transfer: Transfer) -> tuple[Network | Mapping[str, Any], Schema | None]:
    """The network, or the arrays by name, that a transfer names, and the schema that a network comes with.

    Raises:
        InputError: it names neither, or what cannot be read.
    """
    source = transfer.source
    if isinstance(source, (str, Path)):
        source = _read(Path(source))
    source = getattr(source, "model_", getattr(source, "model", source))  # a fitted estimator, a population's member
    if isinstance(source, Model):
        if not (is_whole(transfer.network) and 0 <= transfer.network < len(source.networks)):
            raise InputError(
                f"The model to start from has networks 0 to {len(source.networks) - 1}; "
                f"got network = {quoted(transfer.network)}."
            )
        return source.networks[transfer.network], source.schema
    if isinstance(source, (Network, Mapping)):
        return source, None
    raise InputError(
        "What to start from is a model (a fitted estimator's model_), a network, a path or a mapping of arrays by "
        f"name; got {type(source).__name__}."
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
        raise InputError(f"The model to start from, {str(path)!r}, is not a file: check the path.")
    try:
        with safe_open(str(path), framework="np") as file:
            if (file.metadata() or {}).get("format") == FORMAT:
                return Model.load(path)
            return {name: file.get_tensor(name) for name in file.keys()}
    except (SafetensorError, OSError, TypeError) as error:
        raise InputError(f"The model to start from, {str(path)!r}, cannot be read: {error}.") from None


def is_whole(value: Any) -> bool:
    """Whether a value is a whole number."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
