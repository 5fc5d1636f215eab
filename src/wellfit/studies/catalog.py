"""Every study by its name: its question, where it is, and its own options, without loading any of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["flag", "whole", "number", "text", "wholes", "numbers", "texts"]
Recipes = Literal["one", "several", "none"]


@dataclass(frozen=True)
class Parameter:
    """One option of a study: a keyword in Python, and an option of the command.

    name: of the keyword; in the command with hyphens.
    kind: of the value; of "wholes", "numbers" and "texts" the command takes several with commas between.
    default: None where the study chooses.
    help: what it is, in a line.
    command: whether the command has it (default True); what is an array exists in Python alone.
    """

    name: str
    kind: Kind
    default: Any
    help: str
    command: bool = True


@dataclass(frozen=True)
class StudyEntry:
    """One study.

    name: of the function in `wellfit.studies`; in the command with hyphens.
    module: that holds the function.
    summary: what it does, in a line of the command's help.
    parameters: its own, in order.
    recipes: how many it takes as its first argument.
    table: whether it takes a table; without it the function takes keywords alone.
    seeds: how many it trains by default.
    """

    name: str
    module: str
    summary: str
    parameters: tuple[Parameter, ...] = ()
    recipes: Recipes = "one"
    table: bool = True
    seeds: int = 3


CATALOG: tuple[StudyEntry, ...] = (
    StudyEntry(
        "compare",
        "wellfit.studies.recipes.compare",
        "Which recipe is best, and which gets there first; the first one is the reference.",
        (
            Parameter(
                "preset", "text", None, "Vary one recipe: optimizers, activations, initializations or normalizations."
            ),
            Parameter("tune_rates", "flag", False, "Try six learning rates of each, chosen on validation rows."),
            Parameter("target_loss", "number", None, "Validation loss to count updates to (default: the reference's)."),
        ),
        "several",
    ),
    StudyEntry(
        "path",
        "wellfit.studies.recipes.path",
        "Weights, exact zeros and errors as the strength of a technique grows from zero.",
        (
            Parameter("slot", "text", "l2.strength", "The setting that grows, such as l1.strength or dropout."),
            Parameter("strengths", "numbers", None, "Its values, rising (default: by what the technique declares)."),
            Parameter("degree", "whole", None, "Of two number columns, read all products up to this degree."),
        ),
    ),
    StudyEntry(
        "ablation",
        "wellfit.studies.recipes.ablation",
        "What each technique of a recipe is worth, and the simplest recipe that is as good.",
        (
            Parameter(
                "leave_out", "texts", None, 'Slots to leave out, or "none" (default: all that hold a technique).'
            ),
            Parameter(
                "add", "texts", None, 'Slots to fill, or "none" (default: all empty ones); slot=technique names one.'
            ),
            Parameter("tuned", "flag", False, "Try several strengths of what is added, chosen on validation rows."),
        ),
    ),
    StudyEntry(
        "bias_variance",
        "wellfit.studies.generalisation.bias_variance",
        "Bias and variance over many training samples, against a width or any strength.",
        (
            Parameter("slot", "text", "width", 'What is varied: "width", "depth", or a setting such as l2.'),
            Parameter("values", "texts", None, "Values of it (default: widths 2, 8, 32, 128)."),
            Parameter("samples", "whole", 10, "Training samples, 3 or more."),
            Parameter("rows", "whole", None, "Rows of a training sample (default: half of those not held out)."),
            Parameter("sampling", "text", "subset", '"subset" (without replacement) or "bootstrap".'),
            Parameter("truth", "numbers", None, "The true mean of each row's target.", command=False),
        ),
    ),
    StudyEntry(
        "capacity",
        "wellfit.studies.generalisation.capacity",
        "Error against width and depth, beside the simplest predictors.",
        (
            Parameter("widths", "wholes", None, "Units of each hidden layer (default: 2 to 256 in powers of two)."),
            Parameter("depths", "wholes", None, "Hidden layers (default: those of the recipe)."),
        ),
    ),
    StudyEntry(
        "double_descent",
        "wellfit.studies.generalisation.double_descent",
        "Error over width, epochs or rows, past the place where training rows are fitted without error.",
        (
            Parameter("over", "text", "width", 'What grows: "width", "epochs" or "rows".'),
            Parameter("values", "wholes", None, "Values of it (default: widths from 2 to 256)."),
            Parameter("label_noise", "numbers", (0.0, 0.15), "Shares of training labels that are redrawn, each tried."),
            Parameter("effective", "flag", True, "Count effective parameters, of networks under 5,000 parameters."),
            Parameter("alpha", "number", 1.0, "Precision of the weights' prior that they are counted with."),
        ),
    ),
    StudyEntry(
        "early_stopping_as_l2",
        "wellfit.studies.optimization.early_stopping_as_l2",
        "What stopped descent keeps of each direction, beside ridge regression.",
        (
            Parameter("steps", "whole", 100, "Steps of gradient descent."),
            Parameter("step", "number", None, "Size of a step (default: 0.9 over the largest curvature)."),
        ),
        recipes="none",
    ),
    StudyEntry(
        "landscape",
        "wellfit.studies.optimization.landscape",
        "The loss around trained networks: are all minima alike, is there a saddle?",
        (
            Parameter("widths", "wholes", None, "Units of each hidden layer (default: 4, 16, 64)."),
            Parameter("resolution", "whole", 25, "Points of the plane along each direction."),
            Parameter("reach", "number", 1.0, "How far the plane goes, in norms of the weights."),
        ),
    ),
    StudyEntry(
        "optimizer_paths",
        "wellfit.studies.optimization.optimizer_paths",
        "Paths of optimisers on functions of two parameters.",
        (
            Parameter("functions", "texts", None, "Among quadratic, valley, saddle, plateau, cliff (default: all)."),
            Parameter("optimizers", "texts", None, "Optimisers (default: sgd, momentum, ... adam)."),
            Parameter("rates", "numbers", None, "Learning rates that each is tried with (default: 15)."),
            Parameter("updates", "whole", 200, "Updates of each path."),
        ),
        recipes="none",
        table=False,
    ),
    StudyEntry(
        "range_test",
        "wellfit.studies.optimization.range_test",
        "Which learning rates suit a recipe: the rate rises from update to update.",
        (
            Parameter("low", "number", 1e-5, "First rate."),
            Parameter("high", "number", 10.0, "Last rate."),
            Parameter("updates", "whole", 500, "Updates of each network, 20 or more."),
            Parameter("start_from", "text", None, "Saved model whose hidden layers the networks start from."),
        ),
        seeds=8,
    ),
    StudyEntry(
        "gradients",
        "wellfit.studies.inside.gradients",
        "Norms of gradients over depth, for activations and initialisations.",
        (
            Parameter("activations", "texts", None, "Activations (default: sigmoid, tanh, relu)."),
            Parameter("initializations", "texts", None, "Initialisations (default: three)."),
            Parameter("depth", "whole", 10, "Hidden layers, 2 or more."),
            Parameter("width", "whole", 32, "Units of each."),
        ),
    ),
    StudyEntry(
        "activations",
        "wellfit.studies.inside.activations",
        "What units do, by activation: dead, saturated, near-linear, alike; drift of their inputs.",
        (
            Parameter("activations", "texts", None, "Activations (default: sigmoid, tanh, relu, elu)."),
            Parameter("initializations", "texts", None, "Initialisations (default: the recipe's)."),
        ),
    ),
    StudyEntry(
        "smoothness",
        "wellfit.studies.inside.smoothness",
        "How smooth the learned function is, against any strength of the recipe.",
        (
            Parameter("slot", "text", "l2.strength", "Setting of the recipe that is varied."),
            Parameter("values", "numbers", None, "Its values (default: 0 and 0.0001 to 0.1)."),
        ),
    ),
    StudyEntry(
        "learning_curve",
        "wellfit.studies.generalisation.learning_curve",
        "Error against training rows, and whether more rows would help.",
        (
            Parameter("sizes", "wholes", None, "Training rows (default: 8 sizes up to all, in steps of sqrt(2))."),
            Parameter("factors", "numbers", (2.0, 4.0), "Times the rows to forecast for."),
        ),
    ),
    StudyEntry(
        "ensemble_size",
        "wellfit.studies.generalisation.ensemble_size",
        "What another network in the average brings.",
        (Parameter("members", "whole", 16, "Networks in each fold."),),
    ),
    StudyEntry(
        "calibration",
        "wellfit.studies.inside.calibration",
        "Whether probabilities can be believed, and what a temperature mends.",
        (Parameter("bins", "whole", 15, "Bins of equal numbers of rows."),),
    ),
    StudyEntry(
        "label_noise",
        "wellfit.studies.generalisation.label_noise",
        "Wrong training labels against the error on clean rows, with remedies.",
        (
            Parameter(
                "shares",
                "numbers",
                (0.0, 0.1, 0.2, 0.4),
                "Shares of wrong training labels; of numbers, spreads of noise.",
            ),
            Parameter(
                "remedies", "texts", None, 'Techniques such as label_smoothing=0.1; "none" for none (default: a few).'
            ),
        ),
    ),
    StudyEntry(
        "batch_size",
        "wellfit.studies.optimization.batch_size",
        "Batch sizes against the error on held-out rows, and how noisy gradients are.",
        (
            Parameter("sizes", "wholes", None, "Rows of a batch (default: 8, 32, 128, 512)."),
            Parameter("rates", "numbers", (0.3, 3.0), "Factors of the learning rate."),
        ),
    ),
)


def entry_of(name: str) -> StudyEntry | None:
    """The entry of a study; None where there is none. name: with hyphens or underscores."""
    plain = name.replace("-", "_")
    return next((entry for entry in CATALOG if entry.name == plain), None)
