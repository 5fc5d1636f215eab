"""Noise on inputs and on weights: a fresh one at each update."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from wellfit.numerics.draws import cosine, fill_normal, signed_length, sine, uniform
from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import fields, kernel
from wellfit.numerics.random import purpose, purpose_key, random_bits, u32
from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, technique
from wellfit.techniques.layout import AUGMENT_SEAM, PERTURB_SEAM, RAW_NUMBERS, ROWS, SEED_KEY, UPDATE
from wellfit.techniques.operations import Builder
from wellfit.techniques.update.schedule import Strength, is_on, strength

INPUT_NOISE = purpose("input_noise", 5)
WEIGHT_NOISE = purpose("weight_noise", 6)


@technique("input_noise")
class InputNoise(Technique):
    """Adds normal noise to the numeric inputs, anew for every row and update.

    x <- x + sd n, n independent standard normal; x (rows, numeric columns) scaled, as the network sees it. The targets
    stay. For a linear model with squared error it is, in expectation, the ridge penalty (sd^2 / 2) sum w^2 on the
    weights of these columns.

    sd: standard deviation of the noise in units of the scaled column (about the column's own, for "standard" scaling);
        at least 0, default 0; may carry a schedule.
    One-hot columns, marks of missing values, missing cells, sparse and text columns and columns that do not vary get
    none. Where rows are mixed as well, the noisy rows are mixed.
    Cost: about 2 ns a number and row.
    Not for columns whose small differences matter, such as codes kept as numbers.
    Source: Bishop, "Training with noise is equivalent to Tikhonov regularization", 1995; Sietsma & Dow, "Creating
    artificial neural networks that generalize", 1991.

    >>> from wellfit import Recipe
    >>> Recipe(input_noise=0.1).input_noise.sd
    0.1
    """

    equations: ClassVar[tuple[str, ...]] = (r"x \leftarrow x + \text{sd} \, n, \quad n \sim N(0, 1)",)
    main: ClassVar[str] = "sd"
    title: ClassVar[str] = "Input noise"
    seam: ClassVar[Seam] = "encode and augment"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("more data", "smoother function")
    symptoms: ClassVar[tuple[Symptom, ...]] = ("overfits", "few rows")
    example: ClassVar[dict[str, Any]] = {"input_noise": 0.1}
    random_in_prediction: ClassVar[bool] = True

    sd: Strength = strength(default=0.0)

    def operations(self, program: Builder) -> None:
        encoding = program.encoding
        numbers = len(encoding.centre)
        if is_on(self.sd) and numbers:
            program.emit(
                AUGMENT_SEAM, add_input_noise, inputs=program.inputs, width=encoding.width, numbers=numbers,
                noise=program.buffer(numbers), settings=program.setting(self.sd, *(encoding.scale != 0)), number=0,
            )  # fmt: skip


@technique("weight_noise")
class WeightNoise(Technique):
    """Takes the gradient at weights with normal noise on them, drawn anew at each update, and updates the clean ones.

    Absolute: w' = w + sd n. Relative: w' = w + sd abs(w) n, n independent standard normal. g = dJ/dw at w', then
    w <- w + delta(g). For small sd it flattens the minimum: the loss then holds (sd^2 / 2) times the sum of its second
    derivatives. Penalties, too, are taken at w'; decay and projections act on w.

    sd: standard deviation, at least 0, default 0: in units of the weights, or, if relative, a share of each weight's
        size; may carry a schedule. relative: default no. biases: noise on all that is trained, not on weights alone;
        default no.
    Frozen weights get none. With sharpness-aware minimisation or Nesterov momentum the noise is added to the point
    that these look at.
    Cost: about 2 ns a weight and update. Not with very small batches, which are noise enough.
    Source: Graves, "Practical variational inference for neural networks", 2011; Jim, Giles & Horne, "An analysis of
    noise in recurrent neural networks", 1996.

    >>> from wellfit import Recipe
    >>> Recipe(weight_noise={"sd": 0.1, "relative": True}).weight_noise.biases
    False
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"w' = w + \text{sd} \, n \quad (\text{relative: } w' = w + \text{sd} \, |w| \, n), \quad n \sim N(0, 1)",
        r"g = \frac{\partial J}{\partial w}(w')",
    )
    main: ClassVar[str] = "sd"
    title: ClassVar[str] = "Weight noise"
    seam: ClassVar[Seam] = "perturb"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("wider minima", "smoother function")
    symptoms: ClassVar[tuple[Symptom, ...]] = ("overfits",)
    random_in_prediction: ClassVar[bool] = True

    sd: Strength = strength(default=0.0)
    relative: bool = Field(default=False)
    biases: bool = Field(default=False)

    def operations(self, program: Builder) -> None:
        """One for each segment: what lies between segments must stay 0."""
        if not is_on(self.sd):
            return
        where = program.setting(self.sd, self.relative)
        for number, segment in enumerate(program.segments):
            if segment.role != "statistic" and (self.biases or segment.role == "weight") and not segment.frozen:
                program.emit(
                    PERTURB_SEAM, add_weight_noise, layer=segment.name, begin=segment.begin, end=segment.end,
                    settings=where, number=number,
                )  # fmt: skip


X_NOISE = fields("inputs width numbers noise settings number")


@kernel(X_NOISE)
def add_input_noise(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """noise: (rows, numbers). After sd, settings hold 1 for each column that varies, else 0."""
    rows, columns, width = clock[ROWS], row[X_NOISE.numbers], row[X_NOISE.width]
    sd = settings[row[X_NOISE.settings]]
    varies = settings[row[X_NOISE.settings] + 1 : row[X_NOISE.settings] + 1 + columns]
    noise = work[row[X_NOISE.noise] : row[X_NOISE.noise] + rows * columns]
    key1 = u32(clock[SEED_KEY])
    fill_normal(noise, key1, purpose_key(u32(INPUT_NOISE), u32(row[X_NOISE.number]), u32(clock[UPDATE]), key1))
    zero = constant(0, sd)
    for i in range(rows):
        x = work[row[X_NOISE.inputs] + i * width : row[X_NOISE.inputs] + i * width + columns]
        v = work[clock[RAW_NUMBERS] + i * columns : clock[RAW_NUMBERS] + (i + 1) * columns]
        n = noise[i * columns : (i + 1) * columns]
        for j in range(columns):
            x[j] += sd * varies[j] * n[j] if v[j] == v[j] else zero


W_NOISE = fields("begin end settings number")


@kernel(W_NOISE)
def add_weight_noise(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """One segment: its halves get the two numbers of each pair."""
    w = parameters[row[W_NOISE.begin] : row[W_NOISE.end]]
    sd = settings[row[W_NOISE.settings]]
    zero, middle = constant(0, sd), constant(0.5, sd)
    is_relative = settings[row[W_NOISE.settings] + 1] != zero
    absolute, relative = zero if is_relative else sd, sd if is_relative else zero
    key1 = u32(clock[SEED_KEY])
    key2 = purpose_key(u32(WEIGHT_NOISE), u32(row[W_NOISE.number]), u32(clock[UPDATE]), key1)
    half = (len(w) + 1) // 2
    first, second = w[:half], w[half:]
    for p in range(len(second)):
        a, b = random_bits(u32(p), key1, key2), random_bits(u32(half + p), key1, key2)
        r, t = signed_length(a, b, sd), uniform(b, sd) - middle
        first[p] += r * cosine(t) * (absolute + relative * abs(first[p]))
        second[p] += r * sine(t) * (absolute + relative * abs(second[p]))
    if len(second) < half:
        a, b = random_bits(u32(half - 1), key1, key2), random_bits(u32(half + half - 1), key1, key2)
        last = signed_length(a, b, sd) * cosine(uniform(b, sd) - middle)
        first[half - 1] += last * (absolute + relative * abs(first[half - 1]))
