"""A throw-away git repository: made and committed to, without the user's configuration or hooks."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from llmops_cli.errors import GitError

WHO = ("-c", "user.name=llmops demo", "-c", "user.email=demo@example.invalid", "-c", "commit.gpgsign=false")


def make(root: Path, files: Mapping[str, bytes], message: str) -> None:
    """Write files into a new repository on branch `main` and commit them."""
    _git(root, "init", "--quiet", "--initial-branch=main")
    for name, content in files.items():
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    commit(root, message)


def commit(root: Path, message: str) -> None:
    """Commit everything."""
    _git(root, "add", "--all")
    _git(root, *WHO, "commit", "--quiet", "--no-verify", "--message", message)


def _git(root: Path, *arguments: str) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment = kept | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=root, env=environment, capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise GitError(f"git cannot be run: {error}", hint="install git") from error
    if done.returncode:
        raise GitError(f"git {arguments[0]}: {done.stderr.strip()}")
