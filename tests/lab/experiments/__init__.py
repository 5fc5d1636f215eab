"""Tests of what experiments share."""
