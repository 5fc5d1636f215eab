"""Tests of the figures of what wellfit measures."""
