"""The page "How it works": the parts, the way of a fit from the command to the update, the way of one technique.

Everything on it is read off the source. A way is a list of functions; that each calls the next is checked here, so that
the page cannot be built once it is no longer true.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
from typing import Any

from docs.generator.markdown import code, escape, page, table
from docs.generator.source_map import parts
from docs.generator.step_text import step_text

# From the public function to the update, and from the command to the search. A method stands behind its class.
RUN = "wellfit.engines.compiled.run"
TRAIN = (
    "wellfit.training.train.train",
    f"{RUN}.training_run.train_run",
    f"{RUN}.workers.WorkerThreads.run",
    f"{RUN}.workers.WorkerThreads._train_members",
    f"{RUN}.updates.train_member",
    "wellfit.engines.compiled.step.step.train",
    "wellfit.engines.compiled.step.step.step",
)
FIT = (
    "wellfit.cli.app.fit",
    "wellfit.cli.search.search_table",
    "wellfit.cli.search._run",
    "wellfit.cli.search._search",
    "wellfit.search.choose.ensemble.search",
    "wellfit.search.race.run.run_search",
)
TECHNIQUE = "wellfit.techniques.rows.mixing"


def find(name: str) -> Any:
    """A function, or a method of a class, by its dotted name."""
    parts = name.split(".")
    first = next(k for k, part in enumerate(parts) if k and not (part.islower() and _is_module(parts[: k + 1])))
    found: Any = importlib.import_module(".".join(parts[:first]))
    for part in parts[first:]:
        found = getattr(found, part)
    return getattr(found, "function", found)


def _is_module(parts: list[str]) -> bool:
    try:
        return importlib.util.find_spec(".".join(parts)) is not None
    except ModuleNotFoundError:  # its parent is no package
        return False


def calls(function: Any, name: str) -> bool:
    """Whether a function's source uses a name."""
    tree = ast.parse(inspect.cleandoc("\n" + inspect.getsource(function)))
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return name in used | {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def way(names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Each function of a way with the first line of what it says of itself.

    Raises:
        ValueError: one of them does not call the next.
    """
    rows = []
    for here, following in zip(names, (*names[1:], ""), strict=True):
        function = find(here)
        if following and not calls(function, following.rpartition(".")[2]):
            raise ValueError(f"{here} does not call {following}: mend the way in docs/generator/how_it_works.py")
        first = (inspect.getdoc(function) or "").split("\n\n")[0]
        path, _, name = here.removeprefix("wellfit.").rpartition(".")
        rows.append((f"`{name}`<br>in `{path}`", escape(" ".join(first.split()))))
    return rows


def how_it_works() -> str:
    """The page."""
    rows = [(f"`{one.name}`", escape(one.holds)) for one in reversed(parts())]
    return page(
        "# How it works",
        "For whoever reads the source, or changes it. Each part of it imports only from those below it, which a test "
        "checks.",
        "```{figure} source-map.svg\n:alt: The parts of the source, the command on top, arithmetic below.\n\n"
        "The parts, and how many files each has. A part knows those below it.\n```",
        table(("part", "what it holds"), rows),
        "## From `wellfit.train` to the update",
        table(("function", "what it does"), way(TRAIN)),
        "## From `wellfit fit` to the search",
        table(("function", "what it does"), way(FIT)),
        "## The training step",
        "What each line of the step writes and reads, taken from the code. W are the parameters, w those at which the "
        "gradient g is taken.",
        code(step_text({}), "text"),
        "## The way of one technique",
        _technique(),
    )


def _technique() -> str:
    """Where mixup stands, from its class to the kernel."""
    module = importlib.import_module(TECHNIQUE)
    cls, kernel = module.Mixup, module.mix_rows
    operations = inspect.cleandoc("\n" + inspect.getsource(cls.operations))
    return "\n\n".join(
        [
            f"A technique declares everything about itself in one file, here `{TECHNIQUE.replace('.', '/')}.py`: its "
            "settings and their ranges, its card, where it acts and what it helps against, what it cannot be combined "
            "with, its kernels, and the operation that it puts at its seam. Besides it has one line in "
            "`recipe/recipe.py`, the slot. Its operation is put in by",
            code(operations, "python"),
            f"The kernel `{kernel.name.rpartition('.')[2]}` names what it reads, {', '.join(kernel.fields)}, and the "
            "operation says where each of them lies. The compiled step calls the kernel by its address; what is off "
            "has no operation, and costs nothing.",
        ]
    )
