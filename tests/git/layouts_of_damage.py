"""Layouts in which something is missing, broken, or not ours: a wrong answer is worse than none."""

import os
from pathlib import Path

from gitrepo import Repo
from layout import PATH, Layout, Refusal, edited, layout, prompt, two_commits

DAMAGED = Refusal("damaged|corrupt|missing|not in this clone|bad", "git fsck|git fetch")


def _loose(repo: Repo, name: str) -> Path:
    identity = repo.run("rev-parse", name)
    return repo.root / ".git" / "objects" / identity[:2] / identity[2:]


def _spoiled(repo: Repo, name: str, data: bytes | None) -> None:
    path = _loose(repo, name)
    path.chmod(0o644)
    if data is None:
        path.unlink()
    else:
        path.write_bytes(data)


@layout("a blob is missing")
def missing_blob(here: Path) -> Layout:
    """The content of an old version is gone."""
    repo = edited(here / "r")
    _spoiled(repo, f"HEAD~1:{PATH}", None)
    return Layout(repo.root, then={"HEAD": "two", "HEAD~1": DAMAGED}, versions=DAMAGED)


@layout("a blob is garbage")
def garbage_blob(here: Path) -> Layout:
    """The content of an old version is no object."""
    repo = edited(here / "r")
    _spoiled(repo, f"HEAD~1:{PATH}", b"garbage")
    return Layout(repo.root, then={"HEAD": "two", "HEAD~1": DAMAGED}, versions=DAMAGED)


@layout("a blob is cut off")
def cut_blob(here: Path) -> Layout:
    """The disk was full: half an object."""
    repo = edited(here / "r")
    data = _loose(repo, f"HEAD~1:{PATH}").read_bytes()
    _spoiled(repo, f"HEAD~1:{PATH}", data[: len(data) // 2])
    return Layout(repo.root, then={"HEAD": "two", "HEAD~1": DAMAGED}, versions=DAMAGED)


@layout("a blob is another's")
def swapped_blob(here: Path) -> Layout:
    """A sound object under the wrong id: its content is not what the commit has."""
    repo = edited(here / "r")
    _spoiled(repo, f"HEAD~1:{PATH}", _loose(repo, f"HEAD:{PATH}").read_bytes())
    return Layout(repo.root, then={"HEAD": "two", "HEAD~1": DAMAGED}, versions=DAMAGED)


@layout("a tree is missing")
def missing_tree(here: Path) -> Layout:
    """The list of files of an old commit is gone."""
    repo = edited(here / "r")
    _spoiled(repo, "HEAD~1:prompts", None)
    return Layout(repo.root, then={"HEAD": "two", "HEAD~1": DAMAGED}, versions=DAMAGED)


@layout("HEAD's commit is missing")
def missing_commit(here: Path) -> Layout:
    """The branch names a commit that is gone: never taken for a repository without one."""
    repo = edited(here / "r")
    _spoiled(repo, "HEAD", None)
    return Layout(repo.root, then={"HEAD": DAMAGED}, diff=DAMAGED, versions=DAMAGED, sound=False)


@layout("HEAD's commit is garbage")
def garbage_commit(here: Path) -> Layout:
    """The same, with an object that cannot be read."""
    repo = edited(here / "r")
    _spoiled(repo, "HEAD", b"garbage")
    return Layout(repo.root, then={"HEAD": DAMAGED}, diff=DAMAGED, versions=DAMAGED, sound=False)


@layout("the branch's file is empty")
def empty_ref(here: Path) -> Layout:
    """After a crash: the ref is there and says nothing. Never taken for a repository without a commit."""
    repo = edited(here / "r")
    repo.write(".git/refs/heads/main", "")
    return Layout(repo.root, then={"HEAD": DAMAGED}, diff=DAMAGED, versions=DAMAGED, sound=False)


@layout("a parent is missing")
def missing_parent(here: Path) -> Layout:
    """The history breaks off where no shallow clone ends."""
    repo = edited(here / "r")
    _spoiled(repo, "HEAD~1", None)
    return Layout(repo.root, then={"HEAD": "two", "HEAD~1": DAMAGED}, versions=DAMAGED)


@layout("the index is garbage")
def garbage_index(here: Path) -> Layout:
    """Commits and files are whole: what needs no index is answered."""
    repo = edited(here / "r")
    repo.write(".git/index", "garbage")
    return Layout(repo.root)


@layout("a configuration that cannot be parsed")
def broken_config(here: Path) -> Layout:
    """Git says the line."""
    repo = edited(here / "r")
    repo.write(".git/config", "[core\n")
    refused = Refusal("bad config line 1", "")
    return Layout(repo.root, now=refused, then={"HEAD": refused}, diff=refused, versions=refused, sound=False)


@layout("an ambiguous short id")
def ambiguous(here: Path) -> Layout:
    """Several objects begin so: git's own refusal, not "no such commit"."""
    repo = edited(here / "r")
    start = repo.run("rev-parse", "HEAD")[:4]
    number = 0
    while len({line for line in _commits(repo) if line.startswith(start)}) < 2:
        number += 1000
        _many(repo, number, 1000, start)
    refused = Refusal("ambiguous", "more digits")
    return Layout(repo.root, then={"HEAD": "two", start: refused})


def _commits(repo: Repo) -> list[str]:
    lines = repo.run("cat-file", "--batch-all-objects", "--batch-check").splitlines()
    return [line.split()[0] for line in lines if " commit " in line]


def _many(repo: Repo, first: int, count: int, start: str) -> None:
    """Write commits until one has this beginning: what an id will be is computed before anything is written."""
    import hashlib

    tree = repo.run("rev-parse", "HEAD^{tree}")
    for number in range(first * 1000, (first + count) * 1000):
        body = f"tree {tree}\nauthor A <a@b> {number} +0000\ncommitter A <a@b> {number} +0000\n\nx\n"
        data = b"commit %d\0" % len(body) + body.encode()
        if hashlib.sha1(data, usedforsecurity=False).hexdigest().startswith(start):
            (repo.root / "found").write_text(body)
            repo.run("hash-object", "-t", "commit", "-w", "found")
            (repo.root / "found").unlink()
            return


@layout("another user's repository")
def foreign_owner(here: Path) -> Layout:
    """Git refuses it, with the command that allows it."""
    repo = edited(here / "r")
    if os.geteuid() == 0:
        for path in (repo.root, *repo.root.rglob("*")):
            os.chown(path, 12345, 12345, follow_symlinks=False)
    variables = {} if os.geteuid() == 0 else {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}
    refused = Refusal("dubious ownership", "git config --global --add safe.directory")
    all_refused = {"now": refused, "then": {"HEAD": refused}, "diff": refused, "versions": refused}
    return Layout(repo.root, variables=variables, sound=False, **all_refused)


@layout("a user's configuration full of taste")
def taste(here: Path) -> Layout:
    """Settings that change what git shows change nothing of what we read."""
    repo = edited(here / "r")
    settings = {
        "log.showRoot": "false", "log.follow": "true", "log.diffMerges": "combined", "log.date": "relative",
        "log.abbrevCommit": "true", "log.mailmap": "true", "core.abbrev": "5", "core.quotePath": "true",
        "core.ignoreCase": "true", "core.notesRef": "refs/notes/x", "diff.noprefix": "true", "diff.relative": "true",
        "diff.renames": "false", "diff.renameLimit": "1", "diff.orderFile": "/nowhere/order", "color.ui": "always",
        "color.diff": "always", "i18n.logOutputEncoding": "UTF-16", "format.pretty": "fuller",
        "diff.algorithm": "patience", "diff.ignoreSubmodules": "all", "core.commentChar": ";",
        "core.precomposeUnicode": "true", "column.ui": "always", "log.decorate": "full", "notes.displayRef": "*",
    }  # fmt: skip
    for key, value in settings.items():
        repo.run("config", key, value)
    return Layout(repo.root)


@layout("a clone that was cut off by hand")
def cut_by_hand(here: Path) -> Layout:
    """.git/shallow names HEAD, while its parent is there: what git hides is not shown as a first version."""
    repo = two_commits(here / "r")
    repo.write(".git/shallow", repo.run("rev-parse", "HEAD") + "\n")
    repo.write(PATH, prompt("three"))
    shallow = Refusal("no commit", "git fetch --unshallow")
    return Layout(repo.root, then={"HEAD": "two", "HEAD~1": shallow}, versions=("two",))
