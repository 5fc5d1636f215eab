"""Defaults of practice."""
