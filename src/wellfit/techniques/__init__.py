"""The techniques, a file a family. Importing this package fills the registry."""

from wellfit.techniques import (  # noqa: F401
    activation,
    adversarial,
    augmentation,
    clipping,
    decay,
    dropout,
    initialization,
    learned,
    loss,
    normalization,
    optimizer,
    penalty,
    prechelt,
    refit,
    sampling,
    scaling,
    schedule,
    sharpness,
    stopping,
)
