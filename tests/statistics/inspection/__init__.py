"""Tests of the statistics by which predictions are looked at, against scikit-learn, SciPy and simulation."""
