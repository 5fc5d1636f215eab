"""Tests of encoding columns."""
