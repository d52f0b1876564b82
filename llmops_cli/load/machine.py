"""What this machine has: Python, git, packages, hooks, free ways to write. Looks only; imports and runs none of it."""

import os
import platform
import re
import sys
from importlib import metadata
from pathlib import Path

from llmops_cli.errors import GitError
from llmops_cli.load.plumbing import environment, run, text

GIT_VERSION = re.compile(r"git version (\d+)\.(\d+)")
LARGEST_HOOK = 64 * 1024


def python() -> tuple[str, tuple[int, int]]:
    """Return this interpreter's version as text and as (major, minor)."""
    return platform.python_version(), (sys.version_info.major, sys.version_info.minor)


def git(folder: Path) -> tuple[str, tuple[int, int]]:
    """Return git's version as text and as (major, minor). Raises `GitError` where there is none."""
    said = text(run(folder, "--version", variables=environment()).stdout).strip()
    found = GIT_VERSION.match(said)
    if found is None:
        raise GitError(f"git does not say its version: {said[:60]!r}")
    return said.removeprefix("git version "), (int(found[1]), int(found[2]))


def package(name: str) -> str:
    """Return the installed version of a distribution, without importing it; "" where it is not installed."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def hooks(top: Path) -> list[Path]:
    """Return where git looks for this repository's pre-commit hook: the user's own folder first, if one is set."""
    variables = environment()
    common = text(run(top, "rev-parse", "--git-common-dir", variables=variables).stdout).removesuffix("\n")
    # The last value is our own, which keeps hooks from being run.
    said = text(run(top, "config", "--get-all", "--null", "core.hooksPath", variables=variables).stdout)
    chosen = [path for path in said.split("\0") if path and path != os.devnull]
    folder = top / Path(chosen[-1]).expanduser() if chosen else top / common / "hooks"
    return [folder / "pre-commit"]


def head_of(path: Path) -> str:
    """Return the first 64 KiB of a file as text; "" where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_HOOK).decode("utf-8", "replace")
    except OSError:
        return ""


def can_write(folder: Path) -> bool:
    """Return whether files can be made in a folder, or in the nearest one above it that is there."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
