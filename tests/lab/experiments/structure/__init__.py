"""Tests of what the experiments on structure share."""
