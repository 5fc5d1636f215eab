"""Training: recipes and a table in, a population of trained networks out."""

from wellfit.training.member import TrainedMember
from wellfit.training.population import Population
from wellfit.training.train import RecipeLike, load, resume, target_of, train

__all__ = ["Population", "RecipeLike", "TrainedMember", "load", "resume", "target_of", "train"]
