"""Regularisation: too strong, redundant."""
