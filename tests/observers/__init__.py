"""Tests of figures: what they draw is what they were given, whatever it is called."""
