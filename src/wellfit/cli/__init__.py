"""The `wellfit` command: what is typed and what is shown; nothing here decides."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wellfit.cli.output import Watched

WRONG_INPUT, INTERRUPTED = 2, 130
_NOT_WRITTEN = "What the command prints cannot be written to standard output: {}."
STARTED = time.monotonic()  # before anything that takes time is imported


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit: 0 done, 2 for anything wrong with what was given or with where it is written, 130 after
    Ctrl-C, 1 where nobody reads the output any more.
    """
    from wellfit.cli.output import drop_unwritten
    from wellfit.cli.stages import process_started

    warnings.showwarning = lambda message, *where, **more: _show_warning(message)
    code = run(sys.argv[1:] if arguments is None else arguments, process_started(STARTED))
    drop_unwritten()
    sys.exit(code)


def _show_warning(message: Warning | str) -> None:
    """A warning as a sentence, without the place in the source."""
    _complain(f"warning: {message}")


def run(arguments: list[str], started: float | None = None) -> int:
    """Run the command and return its exit code. What is wrong with the input is one sentence on standard error.

    started: the moment from which time limits count (default: now).
    """
    from wellfit.cli.app import command
    from wellfit.cli.output import watched_output
    from wellfit.tables.reading.streams import held_streams

    options = {"prog_name": "wellfit", "standalone_mode": False, "obj": started}
    with held_streams(_most_bytes), watched_output() as output:
        return _guarded(lambda: command().main(args=arguments, **options), output)


def _most_bytes() -> int | None:
    """Of a pipe, that fit in memory."""
    from wellfit.cli.scratch import most_bytes

    return most_bytes()


def _guarded(work: Callable[[], Any], output: Watched | None) -> int:
    """The exit code of the parser's work, whose exceptions become sentences. A fault of ours keeps its traceback."""
    from wellfit.cli.output import READER_GONE
    from wellfit.errors import InputError

    try:
        code = work()
        if output is not None:
            output.flush()
    except InputError as error:
        return _complain(str(error))
    except MemoryError as error:
        return _complain(f"There is not enough memory ({error or 'out of memory'}): use fewer rows or columns.")
    except BrokenPipeError:  # the reader of our output has gone, such as `head`
        return READER_GONE
    except KeyboardInterrupt:
        return _interrupted()
    except Exception as error:
        if _comes_from_ctrl_c(error):
            return _interrupted()
        if output is not None and output.explains(error):
            return _complain(_NOT_WRITTEN.format(output.reason))
        return _parser_ended(error)
    if output is not None and output.error is not None and not isinstance(output.error, BrokenPipeError):
        return _complain(_NOT_WRITTEN.format(output.reason))  # what was trained has been saved
    return code if isinstance(code, int) else 0


def _complain(sentence: str) -> int:
    from wellfit.cli.output import tell
    from wellfit.errors import clean

    tell(clean(f"wellfit: {' '.join(sentence.split())}"))
    return WRONG_INPUT


def _interrupted() -> int:
    _complain("interrupted.")
    return INTERRUPTED


def _comes_from_ctrl_c(error: BaseException | None) -> bool:
    """Whether Ctrl-C led to an error: what it meets in the middle of an import may turn it into one of its own."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False


def _parser_ended(error: Exception) -> int:
    """The parser's own exceptions: wrong options, or help because nothing was given. Others are raised again.

    They are recognised by what they can do, since typer brings a parser of its own from some version on.
    """
    if type(error).__name__ == "NoArgsIsHelpError":
        sys.stdout.write(f"{error.ctx.get_help()}\n")  # type: ignore[attr-defined]
        return 0
    if not hasattr(error, "format_message"):
        raise error
    context = getattr(error, "ctx", None)
    way = f" (see: {context.command_path} --help)" if context is not None else ""
    return _complain(error.format_message().rstrip(".") + way)
