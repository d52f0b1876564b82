"""Whether the repository that git answers for is the one around a folder: none above a broken one, none elsewhere."""

import os
from pathlib import Path

from llmops_cli.errors import GitError


def require_around(start: Path, top: Path) -> None:
    """Raise `GitError` where the working tree that git names is not the one around a folder."""
    inside, outside = start.resolve(), top.resolve()
    if not inside.is_relative_to(outside):
        hint = "git config --unset core.worktree, or work in that folder"
        raise GitError(f"git says that the working tree is {top}, another folder", where=str(start), hint=hint)
    require_none(inside, outside)


def require_none(start: Path, top: Path | None) -> None:
    """Raise `GitError` where a folder below `top` (below none: any) has a `.git` that git passed over."""
    for folder in (start, *start.parents):
        if folder == top:
            return
        if os.path.lexists(folder / ".git"):
            hint = "repair it (its HEAD, refs and objects), clone again, or remove it"
            raise GitError(f"{folder / '.git'} is no repository that git can read", hint=hint)
