"""The `wellfit` command."""

from __future__ import annotations

import sys


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit: 0 done, 2 for anything wrong with what was given, 130 after Ctrl-C."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run the command and return its exit code. What is wrong with the input is one sentence on standard error."""
    import click
    from rich.console import Console

    from wellfit.cli.app import command
    from wellfit.errors import InputError

    errors = Console(stderr=True, soft_wrap=True)
    try:
        code = command().main(args=arguments, prog_name="wellfit", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as help_page:
        sys.stdout.write(help_page.format_message() + "\n")
        return 0
    except click.ClickException as error:
        error.show()
        return 2
    except click.Abort:
        return 130
    except InputError as error:
        errors.print(f"wellfit: {error}", style="bold red", markup=False, highlight=False)
        return 2
    except KeyboardInterrupt:
        errors.print("wellfit: interrupted before there was anything to save.")
        return 130
    except BrokenPipeError:  # the reader of our output has gone, such as `head`
        sys.stderr.close()
        return 0
    return code if isinstance(code, int) else 0
