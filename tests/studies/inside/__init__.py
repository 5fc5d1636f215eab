"""Tests of the studies of what happens inside networks."""
