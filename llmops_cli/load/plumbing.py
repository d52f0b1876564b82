"""One hardened way to run git: fixed configuration, no inherited GIT_* variables, no prompts, no network, a time limit.

A repository may hold what its author wants run: an fsmonitor, an external diff, hooks, a bare repository in a folder.
None of it is run, and no user's configuration changes what we read.
"""

import hashlib
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from llmops_cli.errors import GitError

TIMEOUT_S = 60.0
# Outranks every configuration file. Each of these names a program or a place that git would otherwise obey.
CONFIG = {
    "safe.bareRepository": "explicit",
    "core.fsmonitor": "false",
    "core.untrackedCache": "false",
    "core.hooksPath": os.devnull,
    "core.pager": "cat",
    "core.alternateRefsCommand": "",
    "core.sshCommand": "",
    "core.askPass": "",
    "credential.helper": "",
    "diff.external": "",
    "diff.orderFile": os.devnull,
    "log.showRoot": "true",
    "log.showSignature": "false",
    "submodule.recurse": "false",
    "protocol.allow": "never",
    "protocol.ext.allow": "never",
    "protocol.file.allow": "never",
    "protocol.http.allow": "never",
    "protocol.https.allow": "never",
    "protocol.ssh.allow": "never",
    "protocol.git.allow": "never",
}
FIXED = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_PAGER": "cat",
    # Outranks protocol.*.allow, of which there is one for each helper that a PATH may hold.
    "GIT_ALLOW_PROTOCOL": "none",
    "LC_ALL": "C",
}
_SAFE_DIRECTORY = re.compile(r"git config --global --add safe\.directory .*")
DAMAGED = "the repository is damaged or incomplete: `git fsck` says what is missing; git fetch, or clone it again"
HINTS = (
    (r"safe\.bareRepository", "a bare repository has no files to check: work in a clone of it"),
    (r"not a git repository: ", "the folder that .git names is gone: git worktree repair PATH there, or clone again"),
    (r"unknown repository extension|repo version", "a newer git made this repository: work with that one"),
    (r"lazy fetching|promisor", "this clone leaves contents out: git fetch --refetch --no-filter origin"),
    (r"[Cc]ould not read|unable to|corrupt|missing|not a \w+ object|bad (object|tree|ref)|broken", DAMAGED),
)
"""What git says → what to do about it."""


def environment(index: str = "", folder: str = "") -> dict[str, str]:
    """Return the environment for git.

    `index` is an index file that a hook was given and that we may trust; `folder` a git folder of our own making.
    """
    fixed = CONFIG | ({"core.attributesFile": os.devnull} if folder else {})
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("GIT_")}
    config = {"GIT_CONFIG_COUNT": str(len(fixed))}
    for number, (key, value) in enumerate(fixed.items()):
        config |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    more = {"GIT_INDEX_FILE": index} if index else {}
    if folder:  # nobody's configuration: neither the repository's nor the user's is read
        more |= {
            "GIT_DIR": folder,
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_ATTR_NOSYSTEM": "1",
        }
    return kept | FIXED | config | more


def argv(*arguments: str) -> list[str]:
    """Return the command line of git with these arguments; paths among them are literal."""
    return ["git", "--no-pager", "--literal-pathspecs", *arguments]


def run(folder: Path, *arguments: str, variables: Mapping[str, str]) -> subprocess.CompletedProcess[bytes]:
    """Return what git did in `folder`, whatever its exit code. Raises `GitError` if it cannot run or takes too long."""
    if any("\0" in argument for argument in arguments):
        raise GitError("a name with a NUL character is none of git's")
    try:
        return subprocess.run(
            argv(*arguments),
            cwd=folder,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=TIMEOUT_S,
        )
    except subprocess.TimeoutExpired:
        raise GitError(f"git {arguments[0]} takes longer than {TIMEOUT_S:g} s", where=str(folder)) from None
    except FileNotFoundError as error:
        if error.filename == "git" or not folder.exists():
            missing = "git is not installed" if folder.exists() else "no such folder"
            raise GitError(missing, where=str(folder)) from None
        raise


def fetch_of(name: str, *, how: str = "--depth=50") -> str:
    """Return the fetch that brings a branch where it is looked for.

    A clone of one branch maps no other: what `git fetch origin main` brings there has no name but FETCH_HEAD.
    """
    branch = name.removeprefix("origin/")
    told = f"origin {branch}:refs/remotes/origin/{branch}"
    return f"git fetch {how} {told}" if how else f"git fetch {told}"


def failure(done: subprocess.CompletedProcess[bytes], folder: Path) -> GitError:
    """Return the error for a git that failed, with git's own advice where it gives one."""
    words = text(done.stderr).strip()
    lines = words.split("\n")
    # Before the reason may stand warnings, and a reason may go on after its colon.
    at = next(
        (number for kind in ("fatal: ", "error: ") for number, line in enumerate(lines) if line.startswith(kind)), 0
    )
    said = re.sub("^((fatal|error): )+", "", lines[at]) or f"git ended with {done.returncode}"
    if said.endswith(":"):
        said = " ".join([said, *(line.strip() for line in lines[at + 1 : at + 2])])
    advice = _SAFE_DIRECTORY.search(words)
    hint = advice.group() if advice else next((todo for what, todo in HINTS if re.search(what, words)), "")
    return GitError(said, where=str(folder), hint=hint)


def blob_id(data: bytes, object_format: str) -> str:
    """Return the id that git gives to a file's content; `object_format` is sha1 or sha256."""
    seal = hashlib.new(object_format, b"blob %d\0" % len(data), usedforsecurity=False)
    seal.update(data)
    return seal.hexdigest()


def object_format(identity: str) -> str:
    """Return the hash that an id of 40 or 64 digits was made with."""
    return "sha256" if len(identity) == 64 else "sha1"  # noqa: PLR2004 - the digits of a SHA-256


def text(data: bytes) -> str:
    """Return git's bytes as text; what is not UTF-8 survives as surrogates, so that it can be named again."""
    return data.decode("utf-8", "surrogateescape")
