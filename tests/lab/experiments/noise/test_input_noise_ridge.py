"""The closed form that weights trained with noise are compared with is scikit-learn's ridge on scaled columns."""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler

from wellfit.lab.experiments.noise.input_noise_ridge import closed_form


def test_the_closed_form_is_ridge() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(2.0, 3.0, size=(30, 4)), rng.normal(5.0, 2.0, size=30)
    scaled = StandardScaler().fit_transform(X)
    model = Ridge(alpha=len(y) * 0.7**2).fit(scaled, (y - y.mean()) / y.std())
    np.testing.assert_allclose(closed_form(X, y, 0.7), model.coef_, rtol=1e-9)
