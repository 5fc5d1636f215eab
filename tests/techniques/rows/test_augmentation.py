"""Image augmentation: against SciPy given our numbers, what each strength does alone, and how its numbers spread."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.engines.compiled.augmented import draws, expected_inputs, maps, network_inputs
from tests.engines.compiled.bench import Bench, make_arrays, make_bench, make_target, plain
from tests.reference import augmentation as reference
from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Arrays, View
from wellfit.techniques import layout as at
from wellfit.techniques.rows.augmentation import GEOMETRY, ImageAugmentation, grid_amplitude, spline_weights

SHAPES = [(9, 8, 1), (7, 10, 3), (1, 6, 2), (6, 1, 1)]
STRENGTHS: dict[str, float] = {
    "horizontal_flip": 0.5, "vertical_flip": 0.5, "rotation": 40, "zoom": 0.5, "shear": 30, "translation": 0.2,
    "padding": 2, "crop": 0.4, "elastic": 20, "cutout": 0.5,
}  # fmt: skip
EVERYTHING = {name: value for name, value in STRENGTHS.items()}


def images(rows: int = 12, shape: tuple[int, int, int] = (9, 8, 1), seed: int = 0) -> Arrays:
    numbers = np.random.default_rng(seed).normal(1, 2, (rows, int(np.prod(shape)))).astype(np.float32)
    return Arrays(numbers, np.zeros((rows, 0), np.int32), image=shape)


def bench_of(augmentation: dict[str, Any], shape: Any = (9, 8, 1), precision: str = "float64", **slots: Any) -> Bench:
    arrays = images(slots.pop("rows", 12), shape)
    recipe = plain(**{"hidden": (4,), "scaling": "standard", "augmentation": augmentation, "epochs": 1000, **slots})
    return make_bench(recipe, arrays, make_target("numbers", arrays.rows, 1), precision=precision)


@pytest.mark.parametrize("border", ["edge", "zero"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", [*STRENGTHS, "everything"])
def test_against_scipy(name: str, shape: Any, border: str) -> None:
    """Each alone and all together, at several updates and in a short last batch."""
    chosen = EVERYTHING if name == "everything" else {name: STRENGTHS[name]}
    bench = bench_of({**chosen, "elastic_sigma": 1.5, "border": border}, shape)
    for update in range(4):
        bench.train(1)
        wanted = expected_inputs(bench, update)
        np.testing.assert_allclose(network_inputs(bench, len(wanted)), wanted, rtol=1e-9, atol=1e-9)


def test_float32_agrees_with_float64() -> None:
    single, double = (bench_of(EVERYTHING, (9, 8, 2), precision) for precision in ("float32", "float64"))
    for bench in (single, double):
        bench.train(1)
    np.testing.assert_allclose(network_inputs(single, 5), network_inputs(double, 5), rtol=1e-4, atol=2e-4)


def picture(augmentation: dict[str, Any], numbers: dict[int, float], image: np.ndarray) -> np.ndarray:
    """The reference's picture where some draws are given and all others are in the middle."""
    given = np.full(12, 0.5)
    for place, value in numbers.items():
        given[place] = value
    matrix, offset = reference.affine(given, augmentation, *image.shape[:2])
    return reference.warped(image, matrix, offset, None, "zero")


def test_what_the_settings_mean() -> None:
    """Of the reference, by pictures that need no formula; the engine equals the reference above."""
    image = np.random.default_rng(1).normal(size=(5, 5, 2))
    near = np.testing.assert_allclose
    near(picture({"horizontal_flip": 1.0}, {}, image), image[:, ::-1])
    near(picture({"vertical_flip": 1.0}, {}, image), image[::-1])
    near(picture({"rotation": 90}, {2: 1.0}, image), np.rot90(image), atol=1e-12)  # counter-clockwise
    near(picture({"rotation": 90}, {2: 0.0}, image), np.rot90(image, -1), atol=1e-12)
    moved = picture({"translation": 0.2}, {5: 1.0, 6: 0.0}, image)  # one pixel down, one to the left
    near(moved[1:, :-1], image[:-1, 1:])
    assert not moved[0].any() and not moved[:, -1].any()
    near(picture({"padding": 1.4}, {7: 0.99, 8: 0.01}, image), moved)
    near(picture({"padding": 0.4}, {7: 0.99, 8: 0.01}, image), image)
    larger = picture({"zoom": 1.0}, {3: 1.0}, image)  # twice as large: every other pixel is an old one
    near(larger[::2, ::2], image[1:4, 1:4])
    smaller = picture({"zoom": 1.0}, {3: 0.0}, image)  # half as large
    near(smaller[1:4, 1:4], image[::2, ::2])
    leaning = picture({"shear": 45}, {4: 1.0}, image)  # x grows by y: the top goes left, the bottom right
    near(leaning[0, :3], image[0, 2:])
    near(leaning[2], image[2])
    near(leaning[4, 2:], image[4, :3])
    ramp = np.tile(np.arange(10.0), (10, 1))[..., None]
    window = picture({"crop": 0.5}, {9: 1.0, 10: 0.5, 11: 0.0}, ramp)  # the left half in full size
    near(window[5, :, 0], np.clip((np.arange(10) + 0.5) / 2 - 0.5, 0, None) * (np.arange(10) > 0), atol=0.26)
    near(np.diff(window[5, 1:, 0]), 0.5)


@pytest.mark.parametrize("shape", SHAPES[:2], ids=str)
def test_every_label_stays_and_evaluation_sees_the_pictures_as_they_are(shape: Any) -> None:
    on, off, labels = bench_of(EVERYTHING, shape), bench_of({}, shape), []
    for bench in (on, off):
        begin = bench.member.program.clock[at.TARGETS]
        bench.train(1)
        labels.append(bench.machine.work[begin : begin + 5].copy())
    assert np.array_equal(*labels)
    on.member.parameters[:] = off.member.parameters
    assert on.evaluate() == off.evaluate()


def test_draws_spread_as_the_card_says() -> None:
    """Over 20,000 rows: shares and means of what the map is made of, within 5 standard errors."""
    u = maps(20_000, 3, 5)
    assert np.abs(u.mean(axis=0) - 0.5).max() < 5 * np.sqrt(1 / 12 / 20_000)
    assert np.abs(u.var(axis=0) - 1 / 12).max() < 5 * np.sqrt(1 / 180 / 20_000)
    correlation = np.corrcoef(u.T) - np.eye(12)
    assert np.abs(correlation).max() < 5 / np.sqrt(20_000)
    for share in (0.1, 0.5, 0.9):
        assert abs((u[:, 0] < share).mean() - share) < 5 * np.sqrt(share * (1 - share) / 20_000)
    shifts = np.floor(u[:, 7] * 5)
    counts = np.bincount(shifts.astype(int), minlength=5)
    assert np.abs(counts - 4000).max() < 5 * np.sqrt(20_000 * 0.2 * 0.8)


def test_members_updates_and_salts_draw_apart() -> None:
    streams = [draws(4000, seed, salt, update) for seed in (1, 2) for salt in (0, 1, 2) for update in (0, 1)]
    for k, one in enumerate(streams):
        for other in streams[k + 1 :]:
            assert abs(np.corrcoef(one, other)[0, 1]) < 5 / np.sqrt(4000)


def test_flips_happen_as_often_as_asked() -> None:
    bench = bench_of({"horizontal_flip": 0.3}, rows=400, batch_size="all", precision="float32")
    plain_bench = bench_of({}, rows=400, batch_size="all", precision="float32")
    flipped = 0
    for _ in range(5):
        bench.train(1)
        plain_bench.train(1)
        ours, theirs = network_inputs(bench, 400), network_inputs(plain_bench, 400)
        same = (ours == theirs).all(axis=(1, 2, 3))
        assert np.array_equal(ours[~same], theirs[~same][:, :, ::-1])
        flipped += int((~same).sum())
    assert abs(flipped - 600) < 5 * np.sqrt(2000 * 0.3 * 0.7)


def test_bending_has_the_variance_of_its_source() -> None:
    """Against Simard's own field, a filtered one: the same standard deviation and the same smoothness."""
    from scipy import ndimage

    rng = np.random.default_rng(0)
    sigma, alpha, side = 3.0, 30.0, 40
    points = reference.grid_points(sigma, side, side)
    ours = np.stack(
        [reference.displacement(rng.random((2, points)), alpha, sigma, side, side) for _ in range(300)]
    ).reshape(600, side, side)
    theirs = alpha * np.stack(
        [ndimage.gaussian_filter(rng.uniform(-1, 1, (side + 40, side + 40)), sigma)[20:-20, 20:-20] for _ in range(300)]
    )
    wanted = alpha / (2 * np.sqrt(3 * np.pi) * sigma)
    # About 70 independent places a field: the standard error of a variance over 600 or 300 fields is below 2 %.
    assert theirs.std() == pytest.approx(wanted, rel=0.03)
    assert ours.std() == pytest.approx(wanted, rel=0.03)
    for lag in (1, 3, 6, 9):
        a, b = ((f[:, :, lag:] * f[:, :, :-lag]).mean() / f.var() for f in (ours, theirs))
        assert a == pytest.approx(b, abs=0.05)
        assert b == pytest.approx(np.exp(-(lag**2) / (4 * sigma**2)), abs=0.05)


def test_spline_weights_sum_to_one() -> None:
    for pixels, sigma in ((28, 4.0), (1, 0.5), (7, 0.5), (32, 100.0)):
        weights = spline_weights(pixels, sigma)
        np.testing.assert_allclose(weights.sum(axis=1), 1)
        assert (weights >= 0).all() and (weights > 0).sum() <= 4 * pixels
    assert grid_amplitude(4.0) * 34 / np.sqrt(3) * 151 / 315 == pytest.approx(1.384, abs=1e-3)  # the card's 1.4 pixels


def test_the_square_covers_the_share_it_is_to_cover() -> None:
    """Away from the edges a pixel is covered with probability (side / sides) by a uniform centre."""
    bench = bench_of({"cutout": 0.4}, (10, 10, 2), rows=500, batch_size="all", precision="float32")
    covered = 0.0
    for _ in range(8):
        bench.train(1)
        x = network_inputs(bench, 500)
        zero = (x == 0).all(axis=-1)
        assert np.array_equal(zero, (x == 0).any(axis=-1))
        covered += zero[:, 4:6, 4:6].mean()
    share = 0.4**2
    assert abs(covered / 8 - share) < 5 * np.sqrt(share * (1 - share) / 4000)


def test_refused_where_there_are_no_images() -> None:
    for name in (*GEOMETRY, "cutout"):
        recipe = plain(augmentation={name: {"value": 0.1, "schedule": {"name": "flat_cosine"}}})
        with pytest.raises(InputError, match=f"augmentation.{name} is for images, and the data are a table"):
            make_bench(recipe, make_arrays(13, 5), make_target("numbers", 13, 1))
    make_bench(plain(augmentation={"border": "zero"}), make_arrays(13, 5), make_target("numbers", 13, 1))


def test_ranges() -> None:
    for name, wrong in (("rotation", 181), ("crop", 1.0), ("zoom", -1), ("horizontal_flip", 1.1), ("cutout", 2)):
        with pytest.raises(InputError, match=f"augmentation.{name} = .*should be at least 0 and at most"):
            Recipe(augmentation={name: wrong})
    with pytest.raises(InputError, match="elastic_sigma"):
        Recipe(augmentation={"elastic_sigma": 0.1})
    assert ImageAugmentation().on() == []


def test_a_view_of_other_rows_fits_its_own_centre() -> None:
    """The member's encoding is fitted on its own rows: augmentation works on what it makes of them."""
    arrays = images(20)
    recipe = plain(hidden=(4,), scaling="standard", augmentation=EVERYTHING)
    bench = make_bench(recipe, arrays, make_target("numbers", 20, 1), view=View(np.arange(8, 20), np.arange(8)))
    bench.train(1)
    wanted = expected_inputs(bench, 0)
    np.testing.assert_allclose(network_inputs(bench, 5), wanted, rtol=1e-9, atol=1e-9)


def test_normal_noise_comes_last_on_every_pixel() -> None:
    slots: dict[str, Any] = {"rows": 200, "batch_size": "all", "input_noise": 0.3}
    bench = bench_of({"rotation": 20, "cutout": 0.5}, (9, 8, 2), **slots)
    bench.train(1)
    noise = network_inputs(bench, 200) - expected_inputs(bench, 0)
    assert abs(noise.mean()) < 5 * 0.3 / np.sqrt(noise.size)
    assert abs(noise.var() / 0.09 - 1) < 5 * np.sqrt(2 / noise.size)
    assert (noise != 0).all() and abs(np.corrcoef(noise[:, 0, 0].T)[0, 1]) < 5 / np.sqrt(200)
