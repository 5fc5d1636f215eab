"""What `display()` returns: a few figures that own their data, shown together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from wellfit.errors import InputError, quoted
from wellfit.figures.figure import ENDINGS, Figure
from wellfit.frames import ResultFrame
from wellfit.reprs import html_text, names


class Display(Sequence[Figure]):
    """Figures that belong together. In a notebook all are shown; each owns its data.

    figures: the figures, in order.

    `display["reliability"]` is the figure of a name, `display[0]` the first one.
    """

    def __init__(self, figures: Sequence[Figure]) -> None:
        self.figures = tuple(figures)

    def __len__(self) -> int:
        return len(self.figures)

    def __iter__(self) -> Iterator[Figure]:
        return iter(self.figures)

    def __getitem__(self, key: Any) -> Any:
        return self.named(key) if isinstance(key, str) else self.figures[key]

    def named(self, name: str) -> Figure:
        """The figure of a name.

        Raises:
            InputError: there is none.
        """
        for figure in self.figures:
            if figure.name == name:
                return figure
        raise InputError(f"A display has the figures {names(self.names, 12)}; got {quoted(name)}.")

    @property
    def names(self) -> list[str]:
        """The names of the figures."""
        return [figure.name for figure in self.figures]

    @property
    def frame(self) -> ResultFrame:
        """The data of the only figure, or of the first one; an empty table where there are none."""
        return self.figures[0].frame if self.figures else ResultFrame()

    def __repr__(self) -> str:
        return f"<Display: {', '.join(self.names)}>"

    def _repr_html_(self) -> str:
        return "".join(f"<div>{figure._repr_html_()}</div>" for figure in self.figures) or html_text("No figures.")

    def save(self, folder: str | Path, ending: str = ".svg") -> list[Path]:
        """Write each figure to a file of its name in a folder, which is made. Returns the files.

        folder: where to. ending: ".svg" (default), ".png", ".html" or ".json".

        Raises:
            InputError: the ending is another one, or the folder or a file cannot be written.
        """
        if ending not in ENDINGS:
            raise InputError(f"Figures are saved with the ending {', '.join(ENDINGS)}; got {quoted(ending)}.")
        folder = Path(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{quoted(str(folder))} cannot be written: {error.strerror or error}.") from None
        paths = [folder / f"{figure.name}{ending}" for figure in self.figures]
        for figure, path in zip(self.figures, paths, strict=True):
            figure.save(path)
        return paths
