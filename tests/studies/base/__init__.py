"""Tests of what all studies share."""
