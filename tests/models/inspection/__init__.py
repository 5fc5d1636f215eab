"""Tests of what a model shows of its predictions."""
