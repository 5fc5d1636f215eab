"""The command of `wellfit fit` that gives some options, for reports and results."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any

from wellfit.cli.folder import as_text
from wellfit.cli.options import FitOptions
from wellfit.shell import path_word, shell_line

NO_OPTIONS = ("table", "out", "overwrite", "resume", "targets", "target", "colour", "probes")
DEFAULTS: dict[str, Any] = {"seeds": 1, "average": "mean", "refit": "none", "seed": 0, "drop": (), "kind": ()}


def command_of(o: FitOptions) -> str:
    """The command that gives these options, as a shell takes it."""
    words = ["wellfit", "fit", path_word(as_text(o.table))]
    for name in o.targets or ([o.target] if o.target else []):
        words += ["--target", name]
    for field in fields(o):
        value = getattr(o, field.name)
        usual = DEFAULTS.get(field.name, None if field.default is MISSING else field.default)
        if field.name in NO_OPTIONS or value == usual or value in (None, ()):
            continue
        option = f"--{field.name.replace('_', '-')}"
        if isinstance(value, bool):
            words += [option] if value else []
            continue
        each = value if isinstance(value, tuple) and field.name in ("drop", "kind") else [value]
        for one in each:
            words += [option, ",".join(map(str, one)) if isinstance(one, tuple) else as_text(str(one))]
    if o.colour is not None:
        words.append("--colour" if o.colour else "--grey")
    if not o.probes:
        words.append("--no-probes")
    if o.out is not None:
        words += ["--out", as_text(str(o.out))]
    return shell_line(words)
