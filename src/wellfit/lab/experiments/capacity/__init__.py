"""Fit and capacity."""
