"""`wellfit evaluate --figures FOLDER`: pictures of a model's predictions on a table, a file each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from wellfit.cli.folder import make_folder
from wellfit.errors import InputError, quoted
from wellfit.files import write_atomically
from wellfit.models.inspection.figures import display_figures
from wellfit.models.inspection.known_rows import KnownRows

FORMATS = ("svg", "png", "html", "json")


def check_asked(folder: Path | None, form: str | None) -> None:
    """InputError for a format that is none or of figures that are not asked for, and for a file as their folder."""
    if form is not None and form not in FORMATS:
        raise InputError(f"Figures are written as {', '.join(FORMATS)}; got {quoted(form)}: take one of these.")
    if folder is None and form is not None:
        raise InputError("--format is that of figures, and none are asked for: give --figures FOLDER.")
    if folder is not None and folder.exists() and not folder.is_dir():
        raise InputError(f"--figures takes a folder, and {quoted(str(folder))} is a file: give another name.")


def write_figures(folder: Path, form: str, targets: Sequence[tuple[str, KnownRows]]) -> list[Path]:
    """Write the figures of each target: first all are drawn, then all are written. Returns the files.

    targets: names of targets and their rows; of several the names stand before those of the figures.

    Raises:
        InputError: the folder or a file cannot be written.
    """
    make_folder(folder)
    several, drawn = len(targets) > 1, {}
    for number, (target, rows) in enumerate(targets, 1):
        for figure in display_figures(rows):
            named = figure.of(target) if several else figure
            path = folder / f"{named.name}.{form}"
            if path in drawn:  # two targets of nearly one name
                path = folder / f"{number}-{path.name}"
            drawn[path] = named.content(f".{form}")
    for path, content in drawn.items():
        try:
            write_atomically(path, content)
        except OSError as error:
            raise InputError(f"{str(path)!r} cannot be written: {error.strerror or error}.") from None
    return list(drawn)
