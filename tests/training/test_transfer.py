"""Layers of one network as the start of another, through every door."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from safetensors.numpy import save_file
from sklearn.base import clone
from sklearn.datasets import load_digits

import wellfit
from tests.training.trained import table, targets, train
from wellfit import NetworkClassifier, NetworkRegressor, Recipe, Transfer, View
from wellfit.errors import InputError
from wellfit.training import Population

SMALL = Recipe(hidden=(8, 6), epochs=2, batch_size=32)


def weights_of(member: Any) -> dict[str, Any]:
    return dict(member.model.networks[0].weights())


def frozen(*rates: float) -> Recipe:
    return SMALL.vary(layer_rates=list(rates))


def test_frozen_layers_are_the_donors_on_the_donors_inputs() -> None:
    donor = train("binary")[0]
    rows = np.arange(40, 120)
    new = wellfit.train(frozen(0, 0, 1), table()[40:], targets("numbers")[rows], start_from=Transfer(donor, layers=2))[
        0
    ]
    ours, theirs = weights_of(new), weights_of(donor)
    assert [name for name in ours if np.array_equal(ours[name], theirs.get(name, np.zeros(0)))] == [
        "hidden0.weight", "hidden1.weight", "hidden1.projection", "hidden0.bias", "hidden1.bias",
    ]  # fmt: skip
    mine, his = (m.model.networks[0].encoding for m in (new, donor))
    assert np.array_equal(mine.centre, his.centre) and mine.places is his.places
    assert mine.target_scale != his.target_scale  # the target's part is fitted on the new rows
    assert np.isfinite(new.predict(table())).all()
    assert wellfit.Model.load(saved(new)).schema == donor.model.schema


def saved(member: Any) -> Path:
    import tempfile

    path = Path(tempfile.mkdtemp()) / "model.wellfit"
    member.save(path)
    return path


@pytest.mark.parametrize("door", ["member", "model", "path", "network", "named"])
def test_a_donor_may_come_in_any_form(door: str) -> None:
    donor = train("binary")[0]
    given = {
        "member": donor,
        "model": donor.model,
        "path": saved(donor),
        "network": Transfer(donor.model.networks[0]),
        "named": Transfer(donor, layers={"hidden0": "hidden0", "hidden1": "hidden1"}),
    }[door]
    new = wellfit.train(frozen(0, 0, 1), table(), targets("numbers"), start_from=given)[0]
    assert np.array_equal(weights_of(new)["hidden1.weight"], weights_of(donor)["hidden1.weight"])


def test_upper_layers_alone_bring_no_encoding() -> None:
    donor = train("binary")[0]
    half = table()[:60]
    start = Transfer(donor, layers={"hidden1": "hidden1"})
    new = wellfit.train(frozen(1, 0, 1), half, targets("numbers")[:60], start_from=start)[0]
    assert np.array_equal(weights_of(new)["hidden1.weight"], weights_of(donor)["hidden1.weight"])
    assert not np.array_equal(new.model.networks[0].encoding.centre, donor.model.networks[0].encoding.centre)


def population(start: Any, folder: Path | None = None, budget: Any = None) -> Population:
    recipes = [frozen(0, 1, 1), SMALL, frozen(1, {"value": 1.0, "schedule": {"name": "switch", "epoch": 1}}, 1)]
    return wellfit.train(recipes, table(), targets("numbers"), start_from=start, folder=folder, budget=budget, n_jobs=2)


def test_mixed_starts_alone_in_a_population_and_resumed(tmp_path: Path) -> None:
    donor = train("binary")[0]
    starts = [Transfer(donor, layers=1), None, Transfer(donor)]
    together = population(starts)
    for k, recipe in enumerate([frozen(0, 1, 1), SMALL]):
        # A member without a start reads the table as the donors do, too.
        alone = wellfit.train([recipe, SMALL], table(), targets("numbers"), start_from=[starts[k], Transfer(donor)])
        assert np.array_equal(alone.engine.network(0).parameters, together.engine.network(k).parameters)
    population(starts, tmp_path / "run", budget=9)
    resumed = wellfit.resume(tmp_path / "run", budget=10_000)
    for k in range(3):
        assert np.array_equal(resumed.engine.network(k).parameters, together.engine.network(k).parameters)


def test_a_bag_of_a_population_with_a_start_saves_and_loads(tmp_path: Path) -> None:
    donor = train("binary")[0]
    together = population(Transfer(donor, layers=2))
    from wellfit.models.ensemble import bag

    model = bag(together)
    model.save(tmp_path / "bag.wellfit")
    assert np.array_equal(wellfit.Model.load(tmp_path / "bag.wellfit").predict(table()), model.predict(table()))


class Torch(torch.nn.Module):
    def __init__(self, norm: bool) -> None:
        super().__init__()
        self.fc1, self.fc2, self.norm = torch.nn.Linear(4, 8), torch.nn.Linear(8, 6), norm
        self.bn1, self.bn2 = torch.nn.BatchNorm1d(8), torch.nn.BatchNorm1d(6)
        for bn in (self.bn1, self.bn2):
            torch.nn.init.uniform_(bn.running_mean)
            torch.nn.init.uniform_(bn.running_var, 0.5, 1.5)
            torch.nn.init.uniform_(bn.weight, 0.5, 1.5)

    def forward(self, x: Any) -> Any:
        for fc, bn in ((self.fc1, self.bn1), (self.fc2, self.bn2)):
            x = fc(x)
            x = torch.tanh(bn(x) if self.norm else x)
        return x


@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("door", ["mapping", "tensors", "safetensors"])
def test_layers_of_pytorch_compute_what_they_did(door: str, norm: bool, tmp_path: Path) -> None:
    torch.manual_seed(0)
    module = Torch(norm).eval()
    state: Any = dict(module.state_dict())
    if door != "tensors":
        state = {name: part.numpy() for name, part in state.items()}
    if door == "safetensors":
        save_file(state, tmp_path / "net.safetensors")
        state = tmp_path / "net.safetensors"
    X = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    layers = {"hidden0": ("fc1", "bn1"), "hidden1": ("fc2", "bn2")} if norm else {"hidden0": "fc1", "hidden1": "fc2"}
    recipe = SMALL.vary(
        activation="tanh", scaling={"name": "none"}, layer_rates=[0, 0, 1], skip="none",
        normalization="batch" if norm else "none",
    )  # fmt: skip
    if "smooth_clip" in type(recipe.scaling).model_fields:
        recipe = recipe.vary({"scaling.smooth_clip": False})
    new = wellfit.train(recipe, X, X[:, 0] * 7, start_from=Transfer(state, layers=layers))[0]
    w, encoding = weights_of(new), new.model.networks[0].encoding
    with torch.no_grad():
        h = module(torch.tensor(X)).numpy()
    expected = (h @ w["output.weight"] + w["output.bias"])[:, 0] * encoding.target_scale + encoding.target_centre
    np.testing.assert_allclose(
        new.predict(X), np.clip(expected, encoding.target_low, encoding.target_high), rtol=2e-5, atol=2e-5
    )


def test_what_cannot_be_transferred_is_refused_in_a_sentence(tmp_path: Path) -> None:
    donor = train("binary")[0]
    y = targets("numbers")

    def refused(match: str, start: Any, recipe: Recipe = SMALL, X: Any = None) -> None:
        with pytest.raises(InputError, match=match) as told:
            wellfit.train(recipe, table() if X is None else X, y, start_from=start)
        assert str(told.value).count("\n") == 0

    refused(
        r"'hidden1.weight' has shape \(8, 6\), and this recipe's network takes \(8, 5\)",
        donor,
        SMALL.vary(hidden=(8, 5)),
    )
    refused("1 to 2 hidden layers.* got layers = 3", Transfer(donor, layers=3))
    refused("activation 'silu', and the recipe has 'relu'", donor, SMALL.vary(activation="relu"))
    refused("normalization 'none', and the recipe has 'batch'", donor, SMALL.vary(normalization="batch"))
    refused("skip 'residual', and the recipe has 'none'", donor, SMALL.vary(skip="none"))
    refused("has no column 'more'", donor, X=table().with_columns(pl.lit(1.0).alias("more")))
    refused("must have a column 'colour'", donor, X=table().drop("colour"))
    refused("networks 0 to 0; got network = 1", Transfer(donor, network=1))
    refused("map hidden0 to hidden0", Transfer(donor, layers={"hidden0": "hidden1"}))
    refused("recipe has the hidden layers 0 to 1, and 'hidden5'", Transfer(donor, layers={"hidden5": "hidden0"}))
    refused("need a mapping of layers", Transfer({"fc1.weight": np.zeros((8, 7))}))
    refused(
        "no array 'fc2.weight' to start from; the arrays are fc1.weight",
        Transfer({"fc1.weight": 1}, layers={"hidden0": "fc2"}),
    )
    refused(
        r"'hidden0.weight' has shape \(3, 8\)", Transfer({"fc1.weight": np.zeros((8, 3))}, layers={"hidden0": "fc1"})
    )
    refused("not finite", Transfer({"f.weight": np.full((6, 8), np.nan)}, layers={"hidden1": "f"}))
    refused("got int", Transfer(3))
    (tmp_path / "net.pt").write_bytes(b"cos\nsystem\n(S'exit 1'\ntR.")
    refused("pickled file, which can run any code and is never loaded", tmp_path / "net.pt")
    (tmp_path / "net.safetensors").write_bytes(b"nonsense")
    refused("cannot be read", tmp_path / "net.safetensors")
    with pytest.raises(InputError, match="lists 2 networks for 1 recipes"):
        wellfit.train(SMALL, table(), y, start_from=[donor, donor])
    with pytest.raises(InputError, match="columns keep the kinds"):
        wellfit.train(SMALL, table(), y, start_from=donor, column_kinds={"size": "category"})
    other = wellfit.train(SMALL, table().drop("words"), targets("binary"))[0]
    with pytest.raises(InputError, match="tables with the same columns"):
        wellfit.train([SMALL, SMALL], table(), y, start_from=[donor, other])


def test_estimators_start_from_donors() -> None:
    donor = NetworkClassifier(SMALL, random_state=0).fit(table(), targets("binary"))
    network = NetworkRegressor(frozen(0, 0, 1), start_from=donor.model_, random_state=1)
    fitted = clone(network).fit(table(), targets("numbers"))
    ours, theirs = fitted.model_.networks[0].weights(), donor.model_.networks[0].weights()
    assert np.array_equal(ours["hidden1.weight"], theirs["hidden1.weight"])
    bagged = NetworkRegressor(frozen(0, 0, 1), start_from=Transfer(donor, layers=1), folds=3, random_state=1)
    networks = bagged.fit(table(), targets("numbers")).model_.networks
    assert len(networks) == 3
    for one in networks:
        assert np.array_equal(one.weights()["hidden0.weight"], theirs["hidden0.weight"])
    assert copy.deepcopy(bagged).get_params()["start_from"] is not None
    with pytest.raises(InputError, match="keep the kinds"):
        NetworkRegressor(SMALL, start_from=Transfer(donor), column_kinds={"size": "category"}).fit(
            table(), targets("numbers")
        )


def test_every_call_reads_the_table_as_the_donors_was() -> None:
    y, country = [f"{i},5" for i in range(40)], ["NA", "DE"] * 20
    first = pl.DataFrame({"x": [f"{6000 + i},5" for i in range(40)], "country": country})
    donor = wellfit.train(SMALL, first, y, missing="none", decimal="comma")[0].model
    later = pl.DataFrame({"x": [f"6.{914 + i}" for i in range(40)], "country": country})
    wanted = wellfit.train(SMALL, later, y, start_from=donor).engine
    assert wanted.arrays.numbers[0].tolist() == [6914] and len(set(wanted.arrays.codes[:, 0].tolist())) == 2
    for skip in (False, True):
        got = wellfit.cross_validate(
            SMALL, later, y, folds=np.arange(40) % 2, start_from=donor, skip_unknown_targets=skip
        ).population.engine
        assert np.array_equal(got.arrays.numbers, wanted.arrays.numbers)
        assert np.array_equal(got.arrays.codes, wanted.arrays.codes)
        assert np.array_equal(got.target.values, wanted.target.values)

    def weights(table: pl.DataFrame) -> dict[str, Any]:
        fitted = NetworkRegressor(SMALL, start_from=donor, random_state=0).fit(table, np.arange(40) / 2)
        return dict(fitted.model_.networks[0].weights())

    got, whole = weights(later), weights(later.with_columns(pl.Series("x", np.arange(6914.0, 6954.0))))
    unknown = weights(later.with_columns(country=pl.Series([None, "DE"] * 20)))
    assert all(np.array_equal(got[name], whole[name]) for name in got)
    assert not all(np.array_equal(got[name], unknown[name]) for name in got)
    for choice in ({"missing": "none"}, {"decimal": "comma"}, {"dates": "day-first"}):
        with pytest.raises(InputError, match="as the donor's was: leave missing, decimal and dates out"):
            NetworkRegressor(SMALL, start_from=donor, **choice).fit(later, np.arange(40) / 2)


def test_an_auxiliary_task_with_many_labels_helps_where_labels_are_few() -> None:
    """Which digit, on 900 rows, before "at least 5" on 50 others: against from scratch on the same rows and seeds."""
    X, digits = load_digits(return_X_y=True)
    X, y = X / 16, np.where(digits >= 5, "high", "low")
    recipe = Recipe(
        hidden=(64, 32), epochs=30, batch_size=32, dropout=0.0, weight_decay=0.0, skip="none", scaling="none"
    )
    donor = wellfit.train(recipe, X[:900], digits[:900])[0]
    scratch = recipe.vary(epochs=60)
    gains = []
    for seed in range(6):
        order = 900 + np.random.default_rng(seed).permutation(len(X) - 900)
        picked, test = order[:50], order[50:]
        recipes, starts = [scratch.vary(layer_rates=[0, 1, 1]), scratch], [Transfer(donor, layers=1), None]
        members = wellfit.train(recipes, X[picked], y[picked], views=View(np.arange(50)), seeds=seed, start_from=starts)
        right = [np.mean(member.predict(X[test]) == y[test]) for member in members]
        gains.append(right[0] - right[1])
    error = np.std(gains, ddof=1) / np.sqrt(len(gains))
    assert np.mean(gains) - 2.57 * error > 0, gains  # Student's t with five degrees of freedom, 95 %


def test_inputs_are_scaled_and_embedded_as_the_donors() -> None:
    """The donor's inputs come along: what the recipe says of them must be what they are, or the file cannot be read."""
    y = targets("numbers")
    piecewise = {"name": "piecewise", "bins": 8}
    for slot, theirs, ours in [
        ("scaling", "quantile", "robust"),
        ("scaling", "robust", "standard"),
        ("number_embedding", piecewise, "none"),
        ("number_embedding", piecewise, {"name": "piecewise", "bins": 4}),
    ]:
        donor = train("binary", **{slot: theirs})[0]
        with pytest.raises(InputError, match=f"made with {slot} .* give the recipe the same {slot}"):
            wellfit.train(SMALL.vary({slot: ours}), table(), y, start_from=donor)
    rate = {"name": "piecewise", "bins": 8, "rate": 0.5}  # how it learns may differ
    new = wellfit.train(SMALL.vary(number_embedding=rate), table(), y, start_from=donor)[0]
    assert np.array_equal(wellfit.Model.load(saved(new)).predict(table()), new.predict(table()))


def test_tied_layers_are_transferred_whole_or_refused() -> None:
    X = np.random.default_rng(0).normal(size=(60, 3))
    plain = Recipe(hidden=(8, 8, 8), epochs=1, skip="none")
    tied = plain.vary(sharing="tied_layers")
    donors = {one: wellfit.train(one, X, X[:, 0])[0] for one in (plain, tied)}
    for donor, new, layers in [
        (tied, plain, None),
        (plain, tied, None),
        (tied, tied, {"hidden2": "hidden2"}),
        (plain, plain.vary(sharing={"name": "tied_units", "group": 2}), 1),
    ]:
        with pytest.raises(InputError, match="give the recipe the same sharing"):
            wellfit.train(new, X, X[:, 1], start_from=Transfer(donors[donor], layers=layers))
    new = wellfit.train(tied.vary(layer_rates=[0, 0, 0, 1]), X, X[:, 1], start_from=donors[tied])[0]
    assert np.array_equal(weights_of(new)["hidden1.weight"], weights_of(donors[tied])["hidden1.weight"])
    wellfit.train(tied, X, X[:, 1], start_from=Transfer(donors[plain], layers=2))


def test_layers_with_another_classic_dropout_are_refused() -> None:
    """In evaluation the classic form hands on a share of each value: the same weights would compute something else."""
    y = targets("numbers")
    classic = SMALL.vary(dropout={"rate": 0.5, "form": "classic"})
    donor = train("binary", dropout={"rate": 0.5, "form": "classic"})[0]
    with pytest.raises(InputError, match="trained with dropout"):
        wellfit.train(SMALL, table(), y, start_from=donor)
    wellfit.train(classic, table(), y, start_from=donor)
    inputs = train("binary", dropout={"rate": 0.0, "input_rate": 0.5, "form": "classic"})[0]
    with pytest.raises(InputError, match="made with dropout"):
        wellfit.train(SMALL, table(), y, start_from=inputs)


def test_weights_that_start_from_data_see_the_transferred_layers() -> None:
    """Above transferred layers, pre-activations have variance 1 over the rows; the transferred stay as they came."""
    X = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
    plain = Recipe(hidden=(8, 6), epochs=1, skip="none", activation="tanh", scaling="none", layer_rates=[0, 0, 1])
    donor = wellfit.train(plain.vary(initialization={"name": "glorot_normal", "gain": 5.0}), X, X[:, 0])[0]
    start = Transfer(donor, layers=1)
    view = View(np.arange(60), np.array([], int))
    new = wellfit.train(plain.vary(data_initialization="unit_variance"), X, X[:, 1], views=[view], start_from=start)[0]
    w = weights_of(new)
    assert np.array_equal(w["hidden0.weight"], weights_of(donor)["hidden0.weight"])
    assert np.array_equal(w["hidden0.bias"], weights_of(donor)["hidden0.bias"])
    z = np.tanh(X @ w["hidden0.weight"] + w["hidden0.bias"]) @ w["hidden1.weight"]
    np.testing.assert_allclose(z.std(axis=0), 1, rtol=1e-4)


def test_malformed_transfers_are_refused_in_a_sentence() -> None:
    donor = train("binary")[0]
    for start, match in [
        (Transfer(donor, layers="2"), "1 to 2 hidden layers.* got layers = '2'"),
        (Transfer(donor, network="0"), "got network = '0'"),
        (Transfer({"f.weight": np.zeros((8, 3))}, layers={"hidden0": ()}), "got 0 names"),
        (Transfer({"f.weight": np.float64(1)}, layers={"hidden0": "f"}), "is a single number"),
    ]:
        with pytest.raises(InputError, match=match):
            wellfit.train(SMALL, table(), targets("numbers"), start_from=start)
