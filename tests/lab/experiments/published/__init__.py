"""Tests of what the published experiments share."""
