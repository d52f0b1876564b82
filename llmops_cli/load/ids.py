"""Ids: what the path of a file says, what an id with a version in it says, and what an id may look like."""

import re
from collections.abc import Iterable

from llmops_cli.model.source import Source

SUFFIXES = (".prompt.yaml", ".prompt.yml", ".yaml", ".yml")
WITH_VERSION = re.compile(r"(.+?)[-_/@.]?v(\d+(\.\d+){0,2})")
VERSION = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){0,2}(-[0-9A-Za-z.-]+)?")
SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)*")


def is_slug(name: str) -> bool:
    """Return whether the text may be an id."""
    return SLUG.fullmatch(name) is not None


def from_path(path: str, folder: str) -> str:
    """Return the id that a file's place gives it: its path below the folder without its suffix."""
    name = path if folder in ("", ".") else path.removeprefix(f"{folder.rstrip('/')}/")
    suffix = next((suffix for suffix in SUFFIXES if name.endswith(suffix)), "")
    return name.removesuffix(suffix)


def split_version(name: str) -> tuple[str, str]:
    """Return the id without its version, and the version as x.y.z; `""` where the id has none."""
    match = WITH_VERSION.fullmatch(name)
    if match is None or len(match[2]) > 30:  # noqa: PLR2004 - no version is that long, and int() has its limits
        return name, ""
    return match[1], normal_version(".".join(str(int(part)) for part in match[2].split(".")))


def normal_version(text: str) -> str:
    """Return the version as x.y.z, with a pre-release if it has one; `""` for what is no version."""
    if not VERSION.fullmatch(text):
        return ""
    number, dash, label = text.partition("-")
    return ".".join([*number.split("."), "0", "0"][:3]) + dash + label


def visible_below(paths: Iterable[str], folder: str) -> list[str]:
    """Return the paths of which no part below the folder begins with a point, sorted."""
    start = 0 if folder in ("", ".") else len(folder.rstrip("/")) + 1
    return sorted(path for path in paths if not any(part.startswith(".") for part in path[start:].split("/")))


def top(path: str) -> Source:
    """Return the place of a whole file."""
    return Source(path, 1, 1)
