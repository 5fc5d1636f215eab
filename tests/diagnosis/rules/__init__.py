"""Tests of the rules: each is found where its illness is planted, and fine where it is not."""
