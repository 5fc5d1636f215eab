"""`report` of estimators: the fit alone, and with rows that it has not seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from wellfit import NetworkClassifier
from wellfit.errors import InputError


def test_a_report_of_an_estimator(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(120, 2))
    y = np.where(X[:, 0] > 0, "up", "down")
    network = NetworkClassifier(hidden=(4,), epochs=3, random_state=0)
    with pytest.raises(NotFittedError):
        network.report(tmp_path)
    network.fit(X[:80], y[:80])
    alone = network.report(tmp_path / "alone", forms=("md",))
    assert alone == (tmp_path / "alone" / "report.md",)
    assert "Give rows that the fit has not seen" in alone[0].read_text()
    text = network.report(tmp_path / "rows", X[80:], y[80:], forms=("md",))[0].read_text()
    assert "Measured on 40 rows" in text and "The worst rows" in text and "Partial dependence on x0" in text
    with pytest.raises(InputError, match="give both"):
        network.report(tmp_path, X[80:])
