"""Tests of the studies of how well networks do on rows they have not seen."""
