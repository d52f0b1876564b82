"""A real git repository in a temporary folder, for tests: isolated from the user's and the system's configuration."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

IDENTITY = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_AUTHOR_DATE": "2026-01-02T03:04:05+00:00",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_COMMITTER_DATE": "2026-01-02T03:04:05+00:00",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C.UTF-8",
}


def clean_environment(**more: str) -> dict[str, str]:
    """Return this process's environment without any GIT_*, with a fixed identity and date, and `more`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | IDENTITY | more


@dataclass
class Repo:
    """A repository at `root`. `Repo.create(tmp_path / "r")` makes one on branch `main` without a commit."""

    root: Path
    environment: dict[str, str] = field(default_factory=clean_environment)

    @classmethod
    def create(cls, root: Path, *options: str) -> "Repo":
        """Make a repository; `options` go to `git init` (`--object-format=sha256`, `--bare`)."""
        root.mkdir(parents=True, exist_ok=True)
        repo = cls(root)
        repo.run("init", "--quiet", "--initial-branch=main", *options)
        return repo

    def run(self, *arguments: str | bytes, **more: str) -> str:
        """Run git here and return its output without the last newline; `more` are environment variables."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.root,
            env=self.environment | more,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise AssertionError(f"git {arguments!r}: {done.stderr.decode(errors='replace')}")
        return done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")

    def write(self, path: str | bytes, text: str | bytes) -> Path:
        """Write a file (text as UTF-8, newlines as they are), making its folders."""
        target = self.root / os.fsdecode(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode() if isinstance(text, str) else text)
        return target

    def commit(self, files: Mapping[str, str | bytes] | None = None, message: str = "change") -> str:
        """Write the files, commit everything that changed (even nothing), and return the commit's full id."""
        for path, text in (files or {}).items():
            self.write(path, text)
        self.run("add", "--all")
        self.run("commit", "--quiet", "--allow-empty", "--no-verify", "-m", message)
        return self.run("rev-parse", "HEAD")

    def branch(self, name: str, at: str = "HEAD") -> None:
        """Make a branch and change to it."""
        self.run("checkout", "--quiet", "-b", name, at)

    def checkout(self, revision: str) -> None:
        """Change to a branch or commit (then detached)."""
        self.run("checkout", "--quiet", revision)

    def merge(self, name: str, message: str = "merge") -> str:
        """Merge a branch with a merge commit and return its id."""
        self.run("merge", "--quiet", "--no-ff", "-m", message, name)
        return self.run("rev-parse", "HEAD")

    def clone(self, target: Path, *options: str) -> "Repo":
        """Clone by `file://`, so that `--depth` counts."""
        self.run("clone", "--quiet", *options, f"file://{self.root}", str(target))
        return Repo(target, dict(self.environment))
