"""`wellfit warm`: compile beforehand all that a search may try."""

from __future__ import annotations

from wellfit.cli.output import write_out
from wellfit.cli.screen import error_screen, say
from wellfit.errors import InputError
from wellfit.figures.rendering import javascript
from wellfit.numerics.cache_folder import cache_folder
from wellfit.numerics.kernel import COMPILED
from wellfit.search.warming import warm


def warm_cache() -> None:
    """Compile what is missing, and say where it lies.

    Raises:
        InputError: compiled code is turned off, or there is no folder to keep it in.
    """
    folder = cache_folder()
    if not COMPILED:
        raise InputError("Nothing is compiled with WELLFIT_JIT=0: unset it, and call wellfit warm again.")
    if folder is None:
        raise InputError("No folder can keep compiled code: set WELLFIT_CACHE_DIR to one that you can write.")
    screen = error_screen()
    seconds = warm(lambda words: say(screen, f"Compiling what searches for {words} may try."))
    javascript()  # which draws the figures of reports
    made = f"Compiled in {seconds:.0f} s." if seconds else "Nothing was missing."
    write_out(f"{made} The compiled code lies in {folder}\n")
