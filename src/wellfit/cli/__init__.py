"""The `wellfit` command."""

from __future__ import annotations

import sys


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit: 0 done, 2 for anything wrong with what was given, 130 after Ctrl-C."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run the command and return its exit code. What is wrong with the input is one sentence on standard error."""
    from wellfit.cli.app import command
    from wellfit.errors import InputError

    try:
        command()(args=arguments, prog_name="wellfit")
    except SystemExit as end:  # the parser ends by exiting, with 2 for wrong options
        return end.code if isinstance(end.code, int) else 0
    except InputError as error:
        sys.stderr.write(f"wellfit: {error}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("wellfit: interrupted before there was anything to save.\n")
        return 130
    except BrokenPipeError:  # the reader of our output has gone, such as `head`
        sys.stderr.close()
    return 0
