"""Slow, plain float64 references of what the engine computes, written from the formulas alone.

They import nothing of the package. Each module has tests of its own against an independent implementation, or against
a closed form where none exists.
"""
