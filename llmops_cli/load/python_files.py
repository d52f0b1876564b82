"""Which files of a project are Python that can be read for call sites, and what lies beside them unread."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from llmops_cli.load.worktree import WorkTree
from llmops_cli.model.ports import Tree

MARK = "pyvenv.cfg"
"""What lies in the top folder of a virtual environment, whatever that folder is called."""
_OTHERS = frozenset({"node_modules", "site-packages", "__pycache__"})
_READ = (".py", ".pyw", ".ipynb")


@dataclass(frozen=True, slots=True)
class PythonFiles:
    """The paths to be read, the stubs (`.pyi`, which call nothing), and the folders of other people's packages."""

    paths: tuple[str, ...]
    stubs: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()


def python_files(tree: Tree) -> PythonFiles:
    """Return the Python files and notebooks of a project, sorted; hidden folders and what others wrote are left out."""
    found = _walk(tree.root, "") if isinstance(tree, WorkTree) else _listed(tuple(tree.entries("")))
    paths = sorted(found)
    return PythonFiles(
        tuple(path for path in paths if path.endswith(_READ)),
        tuple(path for path in paths if path.endswith(".pyi")),
        tuple(path for path in paths if path.endswith("/")),
    )


def _walk(folder: Path, prefix: str) -> Iterator[str]:
    """Yield what is to be read or named below a folder; a folder that is left out ends in `/`."""
    try:
        with os.scandir(folder) as found:
            children = list(found)
    except OSError:
        return
    if prefix and any(child.name == MARK for child in children):
        yield prefix
        return
    for child in children:
        path = f"{prefix}{child.name}"
        if child.is_dir(follow_symlinks=False):
            if child.name in _OTHERS:
                yield from [f"{path}/"] * (child.name != "__pycache__")
            elif not child.name.startswith("."):
                yield from _walk(Path(child.path), f"{path}/")
        elif _named(child.name) and child.is_file(follow_symlinks=False):
            yield path


def _listed(paths: tuple[str, ...]) -> set[str]:
    """Return the same of the paths of a commit."""
    environments = {path.removesuffix(MARK) for path in paths if path.endswith(f"/{MARK}")}
    found: set[str] = set()
    for path in paths:
        *folders, name = path.split("/")
        tops = ["/".join(folders[: place + 1]) + "/" for place in range(len(folders))]
        if any(folder.startswith(".") for folder in folders):
            continue
        left = next((top for top in tops if top in environments or top.split("/")[-2] in _OTHERS), "")
        if left or _named(name):
            found.add(left or path)
    return {path for path in found if not path.endswith("__pycache__/")}


def _named(name: str) -> bool:
    return name.endswith((*_READ, ".pyi"))
