"""What a sparse checkout leaves out: files that the commit has, and that are not on disk without being deleted.

Of a sparse index only its own entries are asked for, some of which are folders: git writes objects to list the rest.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from llmops_cli.load.plumbing import text


def is_sparse(top: Path, git_path: Callable[[str], Path]) -> bool:
    """Return whether a working tree has rules of what to leave out; git is asked only in linked ones."""
    here = top / ".git"
    return (here / "info" / "sparse-checkout" if here.is_dir() else git_path("info/sparse-checkout")).exists()


def left_out(git: Callable[..., bytes], top: Path, folder: str) -> Iterator[str]:
    """Yield what is left out below a folder ("" = the top): files, and folders with `/` at their end."""
    for line in text(git("ls-files", "--sparse", "-t", "-z")).split("\0"):
        path = line[2:]
        if line.startswith("S ") and _touches(path, folder) and not os.path.lexists(top / path):
            yield path


def _touches(path: str, folder: str) -> bool:
    """Return whether a left-out path lies below a folder, is it, or is a folder around it."""
    return folder in ("", ".") or f"{path}/".startswith(f"{folder}/") or f"{folder}/".startswith(f"{path.rstrip('/')}/")
