"""What a git layout is to the tests: where to stand in it, and what the right answers are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gitrepo import Repo


@dataclass(frozen=True)
class Refusal:
    """A named error: words that its message says, and words of what to do about it."""

    said: str
    todo: str
    code: int = 2


Answer = str | Refusal
"""A word of the template, or why there is none."""

NEVER = Refusal("no revision|no prompt", "hint: ")
UNCOMMITTED = Refusal("is in no commit yet", "git add it and commit")


@dataclass(frozen=True)
class Layout:
    """A repository as real git made it, and what is true of its one prompt, `greet`: "Hello WORD {{ name }}".

    `now` is the word in the working tree; `then` revision → word; `diff` the words of HEAD and of the working tree
    ("" = no prompt; equal = no difference); `versions` the words of all commits that changed it, newest first;
    `sparse_index` says that the index itself leaves folders out.
    """

    at: Path
    now: Answer = "three"
    then: Mapping[str, Answer] = field(default_factory=lambda: {"HEAD": "two", "HEAD~1": "one", "HEAD~2": NEVER})
    diff: tuple[str, str] | Refusal = ("two", "three")
    versions: tuple[str, ...] | Refusal = ("two", "one")
    variables: Mapping[str, str] = field(default_factory=dict)
    prompt: str = "greet"
    sound: bool = True
    sparse_index: bool = False


Build = Callable[[Path], Layout]
LAYOUTS: dict[str, Build] = {}


def layout(name: str) -> Callable[[Build], Build]:
    """Enter a builder in the table under a name."""

    def enter(build: Build) -> Build:
        assert name not in LAYOUTS
        LAYOUTS[name] = build
        return build

    return enter


def prompt(word: str, ident: str = "greet") -> str:
    """Return a prompt file that says a word."""
    return f'id: {ident}\nmodel: echo/m\nvariables: {{name: string}}\ntemplate: "Hello {word} {{{{ name }}}}"\n'


PATH = "prompts/greet.yaml"


def two_commits(root: Path, *options: str, prefix: str = "") -> Repo:
    """Make a repository whose commits say one and two; nothing is edited."""
    repo = Repo.create(root, *options)
    for word in ("one", "two"):
        repo.commit({prefix + PATH: prompt(word)}, word)
    return repo


def edited(root: Path, *options: str, prefix: str = "") -> Repo:
    """Make a repository whose commits say one and two, and whose working tree says three."""
    repo = two_commits(root, *options, prefix=prefix)
    repo.write(prefix + PATH, prompt("three"))
    return repo
