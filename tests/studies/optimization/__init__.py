"""Tests of the studies of how training moves."""
