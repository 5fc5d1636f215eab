"""Tests of members on several machines: nodes of Ray that run on this one, on loopback."""
