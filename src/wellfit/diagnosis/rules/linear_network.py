"""Hidden layers without a nonlinearity: however many there are, the network is a linear model."""

from __future__ import annotations

from wellfit.diagnosis.base import Case, Judgement, Remedy, fine, found, not_applicable, rule


@rule("linear-network", "Hidden layers are linear", needs=("recipe",), explains=("underfitting", "plateau"))
def linear_network(case: Case) -> Judgement:
    """Every hidden layer's activation is the identity, so that the network is a linear model however deep it is.

    Detected: from the recipe alone: there are hidden layers, and the activation of each is `identity`.
    Why it matters: a product of matrices is a matrix. Such a network cannot bend its boundary, whatever it costs.
    What to do: a nonlinear activation; or no hidden layer, if a linear model is what is wanted.
    How sure: certain.
    """
    recipe = case.recipe
    assert recipe is not None
    names = [str(getattr(one, "name", "")) for one in recipe.activations()]
    if not names:
        return not_applicable("The recipe has no hidden layer.")
    if any(name != "identity" for name in names):
        return fine("The hidden layers are nonlinear.", {"activations": ", ".join(dict.fromkeys(names))})
    return found(
        "problem",
        f"All {len(names)} hidden layers have the identity as activation: together they are one linear model.",
        evidence={"hidden layers": len(names), "activation": "identity"},
        layers=tuple(f"hidden{place}" for place in range(len(names))),
        remedies=(Remedy("Use a nonlinear activation.", {"activation": "silu"}),
                  Remedy("Use ReLU.", {"activation": "relu"})),
    )  # fmt: skip
