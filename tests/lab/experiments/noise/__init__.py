"""Formulas of the experiments on data and noise, against independent oracles."""
