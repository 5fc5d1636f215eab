"""Tests of views of rows."""
