"""Adversarial rows."""
