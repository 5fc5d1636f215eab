"""Sick recipes."""
