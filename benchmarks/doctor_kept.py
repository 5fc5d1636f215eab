"""Cases that were trained, kept in files, so that changed rules can judge them without training them again."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any


def kept(folder: Path | None, name: str, make: Callable[[], Any]) -> Any:
    """What was made under a name before; else it is made, and kept. Files of this folder alone are read.

    folder: None: nothing is kept. name: of the case.
    """
    if folder is None:
        return make()
    file = folder / f"{hashlib.sha256(name.encode()).hexdigest()[:24]}.pickle"
    if file.exists():
        return pickle.loads(file.read_bytes())
    made = make()
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".part")
    unfinished.write_bytes(pickle.dumps(made))
    unfinished.replace(file)
    return made
