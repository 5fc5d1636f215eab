"""Formulas of the experiments on gradients, against independent oracles."""
