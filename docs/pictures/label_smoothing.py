"""Label smoothing: the targets of both forms."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import MAIN, QUIET, SECOND, run_kernel
from wellfit.techniques.targets.label_changes import smooth_labels

CLASSES, EPS = 4, 0.2


def draw(figure: Any, cls: type) -> str:
    """The targets of a row of the second of four classes, and of the true class over epsilon."""
    left, right = figure.subplots(1, 2)
    hard = np.eye(CLASSES)[1]
    places = np.arange(CLASSES)
    left.bar(places - 0.27, hard, 0.25, color=QUIET, label="as it is")
    left.bar(places, _smooth(hard, EPS, 0.0), 0.25, color=MAIN, label='form "all"')
    left.bar(places + 0.27, _smooth(hard, EPS, 1.0), 0.25, color=SECOND, label='form "others"')
    left.set_xticks(places, [f"class {k}" for k in places])
    left.set_ylabel("target")
    left.legend()
    epsilon = np.linspace(0, 0.75, 31)
    for form, color in ((0.0, MAIN), (1.0, SECOND)):
        right.plot(epsilon, [_smooth(hard, e, form)[1] for e in epsilon], color=color)
        right.plot(epsilon, [_smooth(hard, e, form)[0] for e in epsilon], color=color, linestyle=":")
    right.set_xlabel("epsilon")
    right.set_ylabel("right class; dotted: another")
    return (
        f"Targets of a row of class 1 with epsilon {EPS}, and over epsilon: the forms differ in whether the right "
        "class shares."
    )


def _smooth(y: Any, epsilon: float, others: float) -> Any:
    done = run_kernel(
        smooth_labels,
        row={"targets": 0, "columns": CLASSES, "classes": CLASSES},
        clock={"rows": 1},
        settings=(epsilon, others),
        work=y,
    )
    return done["work"]
