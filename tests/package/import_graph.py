"""Which module of a package imports which, read off the syntax trees: imports inside functions count, those for typing
alone do not.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

Graph = dict[str, set[str]]


def modules_of(package: Path) -> dict[str, Path]:
    """Every module's dotted name and file; a folder goes by its name."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def at_run_time(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node that may run; what stands under `if TYPE_CHECKING` does not."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            for other in node.orelse:
                yield other
                yield from at_run_time(other)
        else:
            yield node
            yield from at_run_time(node)


def loaded_late(name: str, tree: ast.AST) -> dict[str, str]:
    """Names that a folder gives through `__getattr__`, and the modules that they come from: its `_HOMES`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_HOMES":
            homes: dict[str, str] = ast.literal_eval(node.value)
            return {key: home if home.startswith(f"{name}.") else f"{name}.{home}" for key, home in homes.items()}
    return {}


def import_graph(package: Path) -> Graph:
    """Of each module the modules of the package that it imports."""
    modules = modules_of(package)
    trees = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in modules.items()}
    late = {name: loaded_late(name, trees[name]) for name, path in modules.items() if path.name == "__init__.py"}
    graph: Graph = {}
    for name, tree in trees.items():
        wanted: set[str] = set()
        for node in at_run_time(tree):
            if isinstance(node, ast.Import):
                wanted.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                source = _absolute(node, name, modules[name].name == "__init__.py")
                for alias in node.names:
                    inside = f"{source}.{alias.name}"
                    wanted.add(inside if inside in modules else late.get(source, {}).get(alias.name, source))
        graph[name] = (wanted & set(modules)) - {name}
    return graph


def _absolute(node: ast.ImportFrom, name: str, folder: bool) -> str:
    """Where an import takes its names from, also when it is written with dots."""
    if node.level == 0:
        return node.module or ""
    parts = name.split(".")
    base = parts[: len(parts) - node.level + folder]
    return ".".join([*base, *([node.module] if node.module else [])])


def circles(graph: Graph) -> list[str]:
    """Groups of modules that import each other in a circle, each as the imports inside the group."""
    names = sorted(graph)
    place = {name: k for k, name in enumerate(names)}
    edges = [(place[name], place[other]) for name in names for other in graph[name]]
    begins, ends = np.array(edges, dtype=np.int64).reshape(-1, 2).T
    matrix = csr_array((np.ones(len(edges)), (begins, ends)), shape=(len(names), len(names)))
    _, group = connected_components(matrix, directed=True, connection="strong")
    found = []
    for number in np.flatnonzero(np.bincount(group) > 1):
        inside = [name for name in names if group[place[name]] == number]
        imports = [f"{name} -> {', '.join(sorted(graph[name] & set(inside)))}" for name in inside]
        found.append("\n    ".join([f"{len(inside)} modules:", *imports]))
    return found
