"""Tests of the saved model."""
