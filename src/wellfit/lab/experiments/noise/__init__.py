"""Data and noise."""
