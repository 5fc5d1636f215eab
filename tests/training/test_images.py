"""Images through every door: estimators, `wellfit.train`, models, checkpoints and the command."""

from __future__ import annotations

import functools
import gzip
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import wellfit
from tests.cli.conftest import Command
from tests.cli.conftest import wellfit as command
from tests.models.model.changed_files import forge, setting, tensor
from tests.tables.reading.test_images import idx_bytes
from tests.training.checkpoint.runs import resume_run
from wellfit.errors import InputError
from wellfit.training.checkpoint.run_folder import load_run

__all__ = ["command"]  # the fixture
RECIPE = wellfit.Recipe(hidden=(8,), epochs=4, batch_size=16, scaling="standard")


@functools.cache
def bars(rows: int = 120, channels: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Images of 6 x 5 pixels with a bright row (class 0) or a bright column (1)."""
    rng = np.random.default_rng(0)
    images, y = rng.integers(0, 60, (rows, 6, 5, max(channels, 1))), rng.integers(0, 2, rows)
    for i in range(rows):
        where = (i, rng.integers(6)) if y[i] == 0 else (i, slice(None), rng.integers(5))
        images[where] += 180
    return (images if channels else images[..., 0]).astype(np.uint8), y


@pytest.mark.parametrize("channels", [0, 1, 3])
def test_classifier_takes_images(channels: int, tmp_path: Path) -> None:
    X, y = bars(channels=channels)
    network = wellfit.NetworkClassifier(RECIPE.vary(epochs=30), random_state=0).fit(X, y)
    assert network.score(X, y) > 0.9
    assert network.n_features_in_ == 30 * max(channels, 1) and not hasattr(network, "feature_names_in_")
    for same in (X.astype(np.float64), list(X), X[..., None] if channels < 1 else X):
        assert np.array_equal(network.predict_proba(same), network.predict_proba(X))
    network.save(tmp_path / "model")
    again = wellfit.NetworkClassifier.load(tmp_path / "model")
    assert np.array_equal(again.predict_proba(X), network.predict_proba(X))
    model = wellfit.Model.load(tmp_path / "model")
    assert model.schema.image == model.networks[0].encoding.image == (6, 5, max(channels, 1))
    np.testing.assert_allclose(model.predict_proba(X, compiled=False), network.predict_proba(X), rtol=1e-4, atol=1e-6)


def test_images_are_flat_rows_of_one_unit() -> None:
    """The same weights as from the flat table scaled by hand, where no pixel is constant."""
    X, y = bars()
    flat = (X.reshape(len(X), -1).astype(np.float64) - X.mean()) / X.std()
    a = wellfit.NetworkClassifier(RECIPE, validation_share=0, random_state=0).fit(X, y)
    b = wellfit.NetworkClassifier(RECIPE.vary(scaling="none"), validation_share=0, random_state=0).fit(flat, y)
    np.testing.assert_allclose(a.predict_proba(X), b.predict_proba(flat), rtol=1e-4, atol=1e-5)


def test_regressor_eval_set_folds_and_warm_start() -> None:
    X, y = bars(channels=3)
    target = X.mean(axis=(1, 2, 3)) + y
    network = wellfit.NetworkRegressor(RECIPE, folds=3, random_state=0).fit(X, target)
    assert network.predict(X).shape == (120,) and np.isfinite(network.out_of_fold_).all()
    network = wellfit.NetworkRegressor(RECIPE, warm_start=True, random_state=0)
    network.fit(X, target, eval_set=(X[:30], target[:30])).fit(X, target)
    with pytest.raises(
        InputError, match="trained on images of 6 x 5 pixels of 3 channels, and those of the array have"
    ):
        network.fit(X, target, eval_set=(X[:30, :5], target[:30]))


def test_another_shape_at_prediction() -> None:
    X, y = bars()
    network = wellfit.NetworkClassifier(RECIPE, random_state=0).fit(X, y)
    for wrong in (X[:, :5], X.reshape(-1, 5, 6), X.reshape(120, 30), X[0], np.repeat(X[..., None], 3, axis=3)):
        with pytest.raises(InputError, match="The networks were trained on images of 6 x 5 pixels, and"):
            network.predict(wrong)
    flat = wellfit.NetworkClassifier(RECIPE, random_state=0).fit(X.reshape(120, 30), y)
    with pytest.raises(InputError, match="trained on a table, and the array holds images"):
        flat.predict(X)
    assert flat.fit(X, y).score(X, y) > 0.4  # fitted anew, on images


def test_arrays_of_another_shape_are_refused_by_the_model() -> None:
    X, y = bars()
    population = wellfit.train(RECIPE, X, y)
    model, arrays = population[0].model, population.engine.arrays
    from dataclasses import replace

    with pytest.raises(InputError, match="trained on images of 6 x 5 pixels; got arrays of a table"):
        model.member_outputs(replace(arrays, image=None))
    with pytest.raises(InputError, match="got arrays of images of 5 x 6 pixels"):
        model.member_outputs(replace(arrays, image=(5, 6, 1)))


def test_killed_and_resumed_equals_uninterrupted(tmp_path: Path) -> None:
    X, y = bars(channels=3)
    whole = wellfit.train(RECIPE, X, y)
    wellfit.train(RECIPE, X, y, folder=tmp_path / "run", budget=7)
    assert load_run(tmp_path / "run")[0].arrays.image == (6, 5, 3)
    from wellfit.engines.contract.budget import Budget

    resumed = resume_run(tmp_path / "run", budget=Budget())
    assert np.array_equal(resumed.members[0].parameters, whole.engine.members[0].parameters)
    assert wellfit.load(tmp_path / "run").schema.image == (6, 5, 3)


def test_a_forged_shape_is_refused(tmp_path: Path) -> None:
    X, y = bars()
    wellfit.train(RECIPE, X, y)[0].save(tmp_path / "honest")
    whole = (tmp_path / "honest").read_bytes()
    forge(whole, tmp_path, lambda content, tensors: None)
    changes: list[Any] = [setting("schema.image", value) for value in ([6, 5], [6, 6, 1], [10**9] * 3, "6x5", None)]
    changes += [tensor("0.centre", lambda c: c[:-1]), tensor("0.marked", lambda m: np.arange(40))]
    for change in changes:
        with pytest.raises(InputError, match="is not a complete wellfit model"):
            forge(whole, tmp_path, change)


def write(folder: Path, rows: int = 120) -> tuple[Path, Path]:
    X, y = bars(rows)
    images, labels = folder / f"images-{rows}.idx3-ubyte.gz", folder / f"labels-{rows}.idx1-ubyte"
    images.write_bytes(gzip.compress(idx_bytes(X)))
    labels.write_bytes(idx_bytes(y))
    return images, labels


def test_the_command_fits_and_predicts(command: Command, tmp_path: Path) -> None:
    images, labels = write(tmp_path)
    later, its_labels = write(tmp_path, 40)
    RECIPE.vary(epochs=20).save(tmp_path / "quick.toml")
    arguments = ("fit", images, "--target", labels, "--recipe", tmp_path / "quick.toml", "--folds", 2)
    done = command(*arguments, "--test", later, "--test-target", its_labels)
    assert done.code == 0, done.err
    assert "images of 6 x 5 pixels" in done.out and "2 classes" in done.out and "On 40 test rows" in done.out
    said = command("predict", "wellfit-images-120/model.wellfit", later)
    assert said.code == 0, said.err
    table = pl.read_csv(said.out.encode())
    assert table.columns == ["prediction", "probability_0", "probability_1"]
    assert (table["prediction"].to_numpy() == bars(40)[1]).mean() > 0.8
    assert command(*arguments, "--overwrite", "--task", "number").code == 0


def test_the_command_says_what_is_wrong(command: Command, tmp_path: Path) -> None:
    images, labels = write(tmp_path)
    other = write(tmp_path, 40)[1]
    for arguments, words in (
        ((images, "--target", "y"), "There is no file y"),
        ((images, "--target", images), "takes a file with one value an image"),
        ((images, "--target", other), "40 for 120 images"),
        ((images, "--target", labels, "--drop", "x"), "--drop names a column"),
        ((images, "--target", labels, "--test", images), "give --test-target FILE"),
        ((images, "--target", labels, "--test-target", labels), "give both or neither"),
        ((labels, "--target", "x0", "--test-target", labels), "--test-target is for images"),
    ):
        done = command("fit", *arguments)
        assert done.code == 2 and words in done.err, done.err
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == []


def test_scikit_learns_splitters_take_images() -> None:
    from sklearn.model_selection import GridSearchCV, cross_val_score

    X, y = bars(channels=1)
    network = wellfit.NetworkClassifier(RECIPE.vary(epochs=20), validation_share=0, random_state=0)
    assert cross_val_score(network, X, y, cv=3).mean() > 0.7
    grid = {"recipe__augmentation__translation": [0.0, 0.1]}
    assert GridSearchCV(network, grid, cv=2).fit(X, y).best_estimator_.model_.schema.image == (6, 5, 1)


def test_averages_over_augmentation_at_prediction() -> None:
    """Where every image is flipped, the average is the prediction of the flipped images; a sure shift, of shifted ones.
    Otherwise the mean over draws is that of augmented images, each row with the draws of the first row of a batch.
    """
    from tests.engines.compiled.augmented import augmented
    from wellfit.engines.numpy.encode import encode

    X, y = bars(channels=3)
    flipping = wellfit.train(RECIPE.vary({"augmentation.horizontal_flip": 1.0}), X, y)[0].model
    said = flipping.averaged(X, over="augmentation", draws=3)
    np.testing.assert_allclose(said.mean, flipping.predict_proba(X[:, :, ::-1]), rtol=1e-5, atol=1e-6)
    assert said.spread.max() < 1e-6
    recipe = RECIPE.vary({"augmentation.rotation": 40, "augmentation.cutout": 0.5, "dropout": 0.2})
    model = wellfit.train(recipe, X, y)[0].model
    said, encoding = model.averaged(X[:10], over="augmentation", draws=4, seed=9), model.networks[0].encoding
    x = encode(encoding, model.arrays(X[:10])).reshape(10, 6, 5, 3).astype(float)
    shown = np.stack([[augmented(x[i : i + 1], recipe.augmentation, 9, k)[0] for i in range(10)] for k in range(4)])
    raw = shown * 1.0 / encoding.scale.reshape(6, 5, 3) + encoding.centre.reshape(6, 5, 3)
    each = np.stack([model.predict_proba(raw[k]) for k in range(4)])
    np.testing.assert_allclose(said.mean, each.mean(axis=0), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(said.spread, each.std(axis=0), rtol=1e-3, atol=1e-4)
    with pytest.raises(InputError, match="Predictions are averaged over what training drew at random"):
        wellfit.train(RECIPE, X, y)[0].model.averaged(X, over="augmentation")
