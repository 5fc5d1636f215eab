"""Distillation: one small network that learns from an ensemble."""
