"""Tests of columns and targets."""
