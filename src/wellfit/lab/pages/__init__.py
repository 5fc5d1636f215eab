"""The pages of the lab: one for each experiment, and the gallery of all."""

from wellfit.lab.pages.experiment import experiment_report
from wellfit.lab.pages.gallery import gallery_report

__all__ = ["experiment_report", "gallery_report"]
