"""Git's configuration and attributes: where they lie, and what they say of llmops."""

from collections.abc import Callable, Mapping
from pathlib import Path

from llmops_cli.load.history import Repository
from llmops_cli.load.plumbing import environment, failure, run, text

Change = Callable[..., None]
"""Arguments of `git config`, the file first → nothing. Raises `GitError`."""


def local_file(repository: Repository) -> Path:
    """Return the configuration of a clone; linked worktrees share it."""
    return repository.git_path("config")


def private_attributes(repository: Repository) -> Path:
    """Return the attributes file of a clone that is never committed."""
    return repository.git_path("info/attributes")


def global_file(variables: Mapping[str, str]) -> Path:
    """Return the user's configuration, as `git config --global` finds it."""
    if variables.get("GIT_CONFIG_GLOBAL"):
        return Path(variables["GIT_CONFIG_GLOBAL"])
    home = Path(variables.get("HOME") or Path.home())
    beside = Path(variables.get("XDG_CONFIG_HOME") or home / ".config") / "git" / "config"
    usual = home / ".gitconfig"
    return beside if beside.is_file() and not usual.exists() else usual


def values(file: Path) -> dict[str, str]:
    """Return what one configuration file says, without what it includes; of a key that stands twice the last."""
    if not file.is_file():
        return {}
    done = run(file.parent, "config", "--file", str(file), "--null", "--list", variables=environment())
    if done.returncode:
        raise failure(done, file)
    pairs = (entry.partition("\n") for entry in text(done.stdout).split("\0")[:-1])
    return {key: value for key, _, value in pairs}


def effective(repository: Repository, key: str) -> str:
    """Return what git would go by in this clone; "" where nothing is said."""
    done = run(repository.top, "config", "--null", "--get", key, variables=environment())
    return text(done.stdout).removesuffix("\0")


def attribute(repository: Repository, name: str, path: str) -> str:
    """Return the value of an attribute of a path from the top of the repository; "" where it is unspecified."""
    done = run(repository.top, "check-attr", "-z", name, "--", path, variables=environment())
    if done.returncode:
        raise failure(done, repository.top)
    value = text(done.stdout).split("\0")[2]
    return "" if value == "unspecified" else value


def change(file: Path, *arguments: str) -> None:
    """Change a configuration file: git takes its lock and leaves all other bytes as they are. Raises `GitError`."""
    done = run(file.parent, "config", "--file", str(file), *arguments, variables=environment())
    if done.returncode:
        raise failure(done, file)
