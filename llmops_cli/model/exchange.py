"""Prompts on their way in from another tool, and out to it. Nothing is dropped in silence: a `Loss` says what was."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = Any
Files = Mapping[str, bytes]
"""Relative path with `/` → content."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that has no place on the other side: where it stands in the source, what it is, what to do.

    `path` is the field's path there ("modelParameters.logit_bias", "messages[2].content"), `at` `file:line` or "".
    """

    path: str
    message: str
    hint: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one prompt, as the text of our prompt file would say it.

    `document` holds the keys of a prompt file (FORMATS §1) in their order, without `id`; `files` are texts that it
    points to or includes, by path below the prompts folder. `name` is the other tool's name of the version ("3",
    a commit hash, ""), `labels` the labels that point to it there. `date` is ISO 8601 with a zone, or "".
    """

    document: Mapping[str, Json]
    files: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    labels: tuple[str, ...] = ()
    author: str = ""
    date: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Foreign:
    """One prompt of another tool: the id it gets here, its versions from oldest to newest, and its test cases.

    `cases` are rows of an eval set (FORMATS §3), `scorers` what its `evalsets/<id>.yaml` lists.
    """

    id: str
    versions: tuple[Version, ...]
    cases: tuple[Mapping[str, Json], ...] = ()
    scorers: tuple[Mapping[str, Json], ...] = ()


@dataclass(frozen=True, slots=True)
class Imported:
    """What a reader made of another tool's files. With `losses` the command stops unless `--lossy` was given."""

    prompts: tuple[Foreign, ...]
    losses: tuple[Loss, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exported:
    """What a writer made of our prompt: the other tool's files, and what had no place in them."""

    files: Files
    losses: tuple[Loss, ...] = ()
    notes: tuple[str, ...] = ()
