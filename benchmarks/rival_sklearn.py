"""scikit-learn's MLPClassifier: one member at a time in each process, one process a core.

It has neither dropout nor clipping, and its decay is coupled (`alpha`). "with" is what it can do of the rest: that
decay, and early stopping on the same number of validation rows, kept from ending the run.
"""

from __future__ import annotations

import warnings

from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from task import DECAY, LEARNING_RATE, Net, make_rows

VARIANTS = {"with": "decay, stopping", "bare": "Adam alone"}


class Contender:
    """One MLPClassifier, fitted anew at each run."""

    def __init__(self, net: Net, variant: str, members: int) -> None:
        self.net = net
        self.stopping = variant == "with"
        self.x, self.y = make_rows(net)
        if not self.stopping:
            self.x, self.y = self.x[: net.rows], self.y[: net.rows]
        warnings.simplefilter("ignore", ConvergenceWarning)  # the number of epochs is ours

    def run(self, epochs: int) -> int:
        """Train for some epochs; the number of steps made."""
        model = MLPClassifier(
            hidden_layer_sizes=self.net.widths[1:-1],
            activation="relu",
            solver="adam",
            alpha=DECAY if self.stopping else 0.0,
            batch_size=self.net.batch,
            learning_rate_init=LEARNING_RATE,
            max_iter=epochs,
            n_iter_no_change=epochs + 1,
            early_stopping=self.stopping,
            validation_fraction=self.net.validation_rows / len(self.x),
        )
        model.fit(self.x, self.y)
        return int(model.n_iter_) * self.net.steps
