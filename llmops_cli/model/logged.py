"""What a prompt's log lists, and what a label serves: releases and commits as people and scripts read them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from llmops_cli.model.commit import Commit
from llmops_cli.model.release import Release, Split

Json = Any


@dataclass(frozen=True, slots=True)
class Logged:
    """One entry: a release with the labels that serve it now (label → its share in percent), or a commit.

    `touched` are the prompt's files that the commit changed, `digest` the prompt's after it ("" where it could not be
    read). `cut` says that a shallow clone ends at this commit: whether it changed anything is not known.
    """

    release: Release | None = None
    labels: Mapping[str, float] = field(default_factory=dict)
    commit: Commit | None = None
    touched: tuple[str, ...] = ()
    digest: str = ""
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Log:
    """A prompt's log, newest first. `cut` names the commits at which this clone's history ends before its beginning."""

    id: str
    entries: tuple[Logged, ...]
    cut: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Labelled:
    """One prompt under one label: what it serves (None: nothing), the newest release, and the working tree's state.

    `behind` counts the releases above the highest one served; `tree` is "same" (as the newest release), "ahead" (it
    changed since), "unreleased" or "gone" (no such prompt in the working tree).
    """

    id: str
    serves: str | Split | None
    newest: str
    behind: int
    tree: str
