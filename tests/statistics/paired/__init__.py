"""Tests of the selection of ensembles."""
