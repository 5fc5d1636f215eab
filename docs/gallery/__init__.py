"""The studies that the documentation shows: a file each, whose `run` gives the study, and what it gave as JSON.

`make gallery` runs those that are stale; `python -m docs.generator.gallery NAME ...` the named ones.
"""
