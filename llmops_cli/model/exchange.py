"""Prompts on their way in from another tool, and out to it. Nothing is dropped in silence: a `Loss` says what was."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from llmops_cli.model.problem import Problem
from llmops_cli.model.prompt import Prompt

Json = Any
Files = Mapping[str, bytes]
"""Relative path with `/` → content."""
MARK = "digest"
"""The key under `x-<tool>` that says what a prompt was when it came in: see `mark_of`."""

NOT_OURS = "latest"
"""The label that every tool moves by itself: here the newest commit is the newest."""


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

    `cases` are rows of an eval set (FORMATS §3), `scorers` what its `evalsets/<id>.yaml` lists. `evalset` is that
    set's id, "" for the prompt's own; prompts that name the same set share it.
    """

    id: str
    versions: tuple[Version, ...]
    cases: tuple[Mapping[str, Json], ...] = ()
    scorers: tuple[Mapping[str, Json], ...] = ()
    evalset: str = ""


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


Status = Literal["new", "same", "continued", "replaced"]


@dataclass(frozen=True, slots=True)
class Landed:
    """One version that came in: the other tool's name of it, the commit that holds it ("" without history)."""

    name: str
    digest: str
    commit: str = ""
    labels: tuple[str, ...] = ()
    author: str = ""
    date: str = ""
    message: str = ""
    release: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One prompt that came in. "same": it was there already, with this digest, and nothing was written.

    "continued": what is there is one of the versions, and only those after it came in.
    """

    id: str
    path: str
    digest: str
    status: Status
    versions: tuple[Landed, ...] = ()
    evalset: str = ""
    cases: int = 0


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What an import did. `stopped` says why nothing was written ("" where it was, or would be: `dry_run`)."""

    tool: str
    source: str
    prompts: tuple[Arrival, ...] = ()
    written: tuple[str, ...] = ()
    losses: tuple[Loss, ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    dry_run: bool = False
    stopped: str = ""


@dataclass(frozen=True, slots=True)
class There:
    """One version of a prompt in another registry. `raw` is what its reader takes.

    `digest` and `content` are what our last push stored with it ("" for none); neither proves anything: whoever edits
    the prompt there keeps them. `commit` is LangSmith's id of the commit.
    """

    name: str
    version: str
    raw: Json
    digest: str = ""
    content: str = ""
    labels: tuple[str, ...] = ()
    author: str = ""
    commit: str = ""


Standing = Literal["same", "differs", "only-here", "only-there"]


@dataclass(frozen=True, slots=True)
class Compared:
    """One prompt here and there. `there` is the remote's version ("3", a commit hash), `differs` what differs.

    `by_hand`: the remote's latest version was not pushed from here, or was edited since.
    """

    id: str
    name: str
    standing: Standing
    digest: str = ""
    there: str = ""
    differs: tuple[str, ...] = ()
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Drift:
    """A repository against a remote; `of` is how many prompts were looked at here."""

    remote: str
    url: str
    compared: tuple[Compared, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def differing(self) -> tuple[Compared, ...]:
        """All that is not the same on both sides."""
        return tuple(one for one in self.compared if one.standing != "same")


Push = Literal["created", "updated", "same", "labelled"]


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push did with one prompt: its version there, and the label that points to it now ("" for none)."""

    id: str
    name: str
    action: Push
    digest: str
    version: str = ""
    label: str = ""
    by_hand: str = ""


@dataclass(frozen=True, slots=True)
class Pushes:
    """What a push did, or would do (`dry_run`). With `losses` nothing was sent, unless they were accepted."""

    remote: str
    url: str
    prompts: tuple[Pushed, ...] = ()
    losses: tuple[Loss, ...] = ()
    notes: tuple[str, ...] = ()
    dry_run: bool = False
    stopped: str = ""


def mark_of(prompt: Prompt) -> str:
    """Return the first 12 digits of a prompt's digest: enough to see that it was edited since it came in."""
    return prompt.digest.removeprefix("sha256:")[:12]
