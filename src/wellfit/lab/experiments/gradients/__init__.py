"""Vanishing and exploding gradients."""
