"""Where a program uses a prompt: a call site, and why it breaks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Json = Any
Kind = Literal["llmops", "litellm", "langfuse", "langsmith", "openai"]


@dataclass(frozen=True, slots=True)
class CallSite:
    """One call in a file, read and never run.

    `prompt` is the name as the call says it ("" where it is not written out), `ref` what stands behind its `@` or in
    its label and version. `call` is the function that takes the values ("render"; "get" where they come elsewhere).
    `keywords` are the names of values that are written out; `literals` those whose value is. `unchecked` says why the
    call cannot be held against a prompt ("" where it can); `open_ended`, that it passes more names than those.
    `cell` counts the cells of a notebook from 1; `line` counts within it. `keyed`: nobody knows it to lack the `key=`
    that a label which splits its traffic asks for.
    """

    path: str
    line: int
    column: int
    kind: Kind
    prompt: str
    call: str
    ref: str = ""
    keywords: tuple[str, ...] = ()
    literals: Mapping[str, Json] = field(default_factory=dict)
    unchecked: str = ""
    open_ended: bool = False
    cell: int = 0
    keyed: bool = True

    @property
    def place(self) -> str:
        """`app/jobs.py:41`; in a notebook `study.ipynb:cell 3:line 2`."""
        return f"{self.path}:cell {self.cell}:line {self.line}" if self.cell else f"{self.path}:{self.line}"

    @property
    def words(self) -> str:
        """`render(document=…)`."""
        shown = [f"{name}=…" for name in self.keywords] + ["**…"] * self.open_ended
        return f"{self.call}({', '.join(shown)})"


@dataclass(frozen=True, slots=True)
class CallBreak:
    """A call site that a prompt's interface refuses, and why."""

    site: CallSite
    message: str

    @property
    def place(self) -> str:
        """`app/jobs.py:41`."""
        return self.site.place


@dataclass(frozen=True, slots=True)
class Calls:
    """The call sites of one prompt: how many there are, those that break, and those that nobody can check.

    Among the unchecked are calls whose prompt is only known at run time: `sites` does not count those.
    """

    sites: int = 0
    breaks: tuple[CallBreak, ...] = ()
    unchecked: tuple[CallSite, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """One call site, the id of the prompt that it uses ("" where there is none of its name), and what is wrong."""

    site: CallSite
    prompt: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Survey:
    """Every call site by place, how many files were read, and those that could not be, each with the reason.

    `left_out` are stubs (`.pyi`), virtual environments and folders of other people's packages, which nobody reads.
    """

    usages: tuple[Usage, ...]
    files: int
    unread: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
