"""The folder of what is not committed: `.llmops/`."""

from pathlib import Path

from llmops_cli.errors import UsageError


def ignore(home: Path) -> None:
    """Make the folder, and let git ignore all of it, this rule too. Raises `UsageError` as `require_own` does."""
    require_own(home)
    home.mkdir(parents=True, exist_ok=True)
    rule = home / ".gitignore"
    if not rule.exists():
        rule.write_text("*\n", encoding="utf-8")


def require_own(home: Path, tracked: str = "") -> None:
    """Raise `UsageError` where the folder may hold what somebody else wrote, or is a way out of the project.

    `tracked` is what git has of it: a change that brings a cache would bring the answers that it is judged by.
    """
    if tracked:
        message = f"{tracked} is committed or added: answers and runs of this machine must not come with a commit"
        name = next((part for part in tracked.split("/") if part.casefold() == home.name), home.name)
        hint = f"git rm -r --cached {name} && rm -rf {name}, and commit that; git must ignore the folder"
        raise UsageError(message, where=str(home), hint=hint)
    if home.is_symlink():
        message = "is a symbolic link: what is written there would land somewhere else"
        raise UsageError(message, where=str(home), hint=f"rm {home.name}; a folder is made in its place")
