"""Regularisation that is too strong."""
