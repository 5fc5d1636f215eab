"""Tests of the rules about recipes alone, and about searches."""
