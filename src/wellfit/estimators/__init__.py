"""scikit-learn estimators: its contract around the engine, and nothing else."""

from wellfit.estimators.networks import NetworkClassifier, NetworkRegressor

__all__ = ["NetworkClassifier", "NetworkRegressor"]
