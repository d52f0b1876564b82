"""What is wrong with a file, and what a lint rule looks at to find out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from llmops_cli.errors import FindingsError
from llmops_cli.model.prompt import ModelFacts, NameUse, Prompt, TemplateFacts
from llmops_cli.model.source import Source

Severity = Literal["error", "warning", "note"]
"""An error makes `validate` exit 1, a warning does with --strict, a note never does."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding: a stable code and slug, where, what, what next.

    `excerpt` is the line of the file (without its newline); `width` is how many characters the carets mark.
    """

    code: str
    slug: str
    severity: Severity
    source: Source
    message: str
    hint: str = ""
    excerpt: str = ""
    width: int = 1

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """The order in which problems are listed: by place, then by code."""
        return (self.source.path, self.source.line, self.source.column, self.code, self.message)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a code or word means. `kind` is "lint rule", "problem", "verdict", …; `summary` is the line, `text` all."""

    code: str
    slug: str
    kind: str
    summary: str
    text: str


@dataclass(frozen=True, slots=True)
class Outline:
    """What the templates of a prompt do with its variables, found without running them.

    `prints`: uses whose content reaches the text. `plain`: those of `{{ name }}` with nothing done to the value.
    `hides`: places where a template gives a variable's name a value of its own. `dead`: (place, why, severity) of
    branches that no values lead to. `needs`: the first use of each variable that may have no value, but is read on
    every call.
    """

    prints: tuple[NameUse, ...] = ()
    plain: tuple[NameUse, ...] = ()
    hides: tuple[NameUse, ...] = ()
    dead: tuple[tuple[NameUse, str, Severity], ...] = ()
    needs: tuple[NameUse, ...] = ()


def _nothing(*_: Any) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Subject:
    """All that a lint rule may know about one prompt.

    `raw` is the file's mapping before it was read into a `Prompt`; `where` gives the place of a path in it
    (`("params", "temperature")`) and `inside` the place of a character of a text value.
    `facts` are the names that the templates use; `evalsets` the ids of the eval sets that judge the prompt, and
    `rubric_of` of those whose judges ask it; `ids` maps each id and alias of the registry to the files that claim it;
    `today` is YYYY-MM-DD; `folder` is the prompts folder ("" = not known: an id is then compared with the end of the
    path).
    `schema_flaw` says what keeps a value from being a JSON Schema, `misfit` why a value does not fit a schema; "" where
    nothing does.
    """

    prompt: Prompt
    raw: Mapping[str, Any]
    document: "Document"
    facts: TemplateFacts
    evalsets: Sequence[str]
    ids: Mapping[str, Sequence[Source]]
    models: Mapping[str, str]
    known_models: Mapping[str, ModelFacts]
    today: str = ""
    endpoints: frozenset[str] = frozenset()
    folder: str = ""
    outline: Outline = Outline()
    schema_flaw: Callable[[Any], str] = _nothing
    misfit: Callable[[Mapping[str, Any], Any], str] = _nothing
    rubric_of: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file: its value, and the place of each part of it.

    `marks` maps a path (keys and list indices from the top) to (line, column) of the value, `keys` to those of its
    key. `texts` maps the path of a string that lies in the file as it is (a literal block `|`, or a plain or quoted
    scalar on one line without escapes) to (line, column, indent) of its first character.
    """

    path: str
    value: Any
    lines: Sequence[str] = ()
    marks: Mapping[tuple[str | int, ...], tuple[int, int]] = field(default_factory=dict)
    keys: Mapping[tuple[str | int, ...], tuple[int, int]] = field(default_factory=dict)
    texts: Mapping[tuple[str | int, ...], tuple[int, int, int]] = field(default_factory=dict)

    def where(self, *path: str | int) -> Source:
        """Return the place of the value at `path`, or of the nearest part above it that has one."""
        for end in range(len(path), -1, -1):
            if path[:end] in self.marks:
                return Source(self.path, *self.marks[path[:end]])
        return Source(self.path, 1, 1)

    def where_key(self, *path: str | int) -> Source:
        """Return the place of the key at `path`; of the value where there is no key (a list item)."""
        return Source(self.path, *self.keys[path]) if path in self.keys else self.where(*path)

    def inside(self, path: tuple[str | int, ...], text: str, offset: int) -> Source:
        """Return the place of character `offset` of the string `text` at `path`; of the string, where unknown."""
        if path not in self.texts:
            return self.where(*path)
        line, column, indent = self.texts[path]
        newlines = text.count("\n", 0, offset)
        if not newlines:
            return Source(self.path, line, column + offset)
        return Source(self.path, line + newlines, indent + offset - text.rindex("\n", 0, offset))

    def excerpt(self, source: Source) -> str:
        """Return the line of the file at `source`, or nothing."""
        return self.lines[source.line - 1] if 0 < source.line <= len(self.lines) else ""


class InvalidFilesError(FindingsError):
    """Files that a command needs have errors; all of them are listed."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep the problems in the order in which they are shown."""
        self.problems = tuple(sorted(problems, key=lambda problem: problem.order))
        first = self.problems[0]
        more = f" (and {len(self.problems) - 1} more)" if len(self.problems) > 1 else ""
        super().__init__(f"{first.message}{more}", where=str(first.source), hint=first.hint)
