"""scikit-learn estimators: its contract around training and the search, and nothing else."""

from wellfit.estimators.networks import NetworkClassifier, NetworkRegressor
from wellfit.estimators.search import WellfitClassifier, WellfitRegressor

__all__ = ["NetworkClassifier", "NetworkRegressor", "WellfitClassifier", "WellfitRegressor"]
