"""`python -m wellfit` is the `wellfit` command."""

from __future__ import annotations

from wellfit.cli import main

if __name__ == "__main__":
    main()
