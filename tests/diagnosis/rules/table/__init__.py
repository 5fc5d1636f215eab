"""Tests of the rules about tables."""
