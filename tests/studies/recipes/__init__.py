"""Tests of the studies of recipes: ablation, path, comparison."""
