"""Three versions of a prompt file → one, or a conflict with its reason: what git's merge driver asks for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from llmops_cli.compare.merge import Merged, merge
from llmops_cli.compare.merge_check import agrees, keeps, keeps_order
from llmops_cli.compare.merge_lines import Marks, merge_lines
from llmops_cli.compare.merge_pick import picked
from llmops_cli.compare.merge_reasons import gone, same_version
from llmops_cli.errors import LlmopsError
from llmops_cli.load.layout import layout
from llmops_cli.load.yaml_ import parse
from llmops_cli.model.layout import Layout
from llmops_cli.model.problem import Document, Problem

Look = Callable[[bytes], Iterable[Problem]]
"""A prompt file's bytes → its problems, in the place where it lies."""

BOM = "\ufeff"
REFUSED = "refused by llmops"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The merged file; `reasons` say why it is a conflict (none: it is merged)."""

    data: bytes
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Side:
    r"""One version: its text with `\n` line ends and a last newline, what it says, and its parts, as far as known."""

    text: str
    document: Document | None = None
    layout: Layout | None = None
    bom: bool = False
    crlf: bool = False
    ended: bool = True

    @property
    def value(self) -> Any:
        return self.document.value if self.document else None


def merge_files(base: bytes, ours: bytes, theirs: bytes, look: Look, marks: Marks) -> Outcome:
    """Return the merge of three versions of a prompt file.

    A clean merge is parsed again and must hold each change and comment of both sides, and no problem that neither
    side has; else it is a conflict. Where a version is no YAML, lines are merged as git does.
    """
    if ours in (base, theirs):
        return Outcome(theirs)
    if theirs == base:
        return Outcome(ours)
    old, one, other = (_side(data) for data in (base, ours, theirs))
    if one.text == other.text:
        return Outcome(_bytes(one.text, old, one, other))
    merged = _structured(old, one, other, marks) or _by_lines(old, one, other, marks)
    reasons: tuple[str, ...] = tuple(f"both sides changed {path or 'the same lines'}" for path in merged.conflicts)
    text = merged.text
    if not reasons:
        reasons = tuple(dict.fromkeys(_reasons((old, one, other), (ours, theirs), text, look, marks)))
        text = _refused(reasons, marks) + text if reasons else text
    return Outcome(_bytes(text, old, one, other), reasons)


def _side(data: bytes) -> _Side:
    text = data.decode("utf-8", "surrogateescape")
    bom, text = text.startswith(BOM), text.removeprefix(BOM)
    crlf = "\r\n" in text and text.count("\r\n") == text.count("\n")
    if crlf:
        text = text.replace("\r\n", "\n")
    ended = text.endswith("\n") or not text
    side = _Side(text if ended else f"{text}\n", bom=bom, crlf=crlf, ended=ended)
    document, problems = parse(side.text.encode("utf-8", "surrogateescape"), "merge")
    if document is None or problems:
        return side
    return replace(side, document=document, layout=layout(side.text, document))


def _bytes(text: str, old: _Side, one: _Side, other: _Side) -> bytes:
    """Return the file with the mark, line ends and last newline of the side that changed them."""
    bom, crlf, ended = (
        picked(*(str(getattr(side, name)) for side in (old, one, other))) == "True" for name in ("bom", "crlf", "ended")
    )
    if not ended and text.endswith("\n") and not text.endswith("\n\n"):
        text = text[:-1]
    text = text.replace("\n", "\r\n") if crlf else text
    return (BOM if bom else "").encode() + text.encode("utf-8", "surrogateescape")


def _structured(old: _Side, one: _Side, other: _Side, marks: Marks) -> Merged | None:
    """Return the merge by keys; None where a version cannot be told apart, or the merge cannot be proven right."""
    if old.layout is None or one.layout is None or other.layout is None:
        return None
    merged = merge(old.layout, one.layout, other.layout, marks)
    if merged is None or merged.conflicts:
        return merged
    return merged if _proven(old, one, other, merged.text) else None


def _proven(old: _Side, one: _Side, other: _Side, text: str) -> bool:
    new = _side(text.encode("utf-8", "surrogateescape"))
    if new.document is None or not agrees(old.value, one.value, other.value, new.value):
        return False
    if not keeps_order(old.value, one.value, other.value, new.value):
        return False
    known = [side.layout.comments if side.layout else () for side in (old, one, other, new)]
    return keeps(*known)


def _by_lines(old: _Side, one: _Side, other: _Side, marks: Marks) -> Merged:
    conflicts: list[str] = []

    def clash(ours: str, theirs: str) -> str:
        conflicts.append("")
        return marks.conflict(ours, theirs)

    return Merged(merge_lines(old.text, one.text, other.text, clash), tuple(conflicts))


def _reasons(
    sides: tuple[_Side, _Side, _Side], given: tuple[bytes, bytes], text: str, look: Look, marks: Marks
) -> Iterable[str]:
    """Yield why a merge without a conflict of lines is none all the same."""
    old, one, other = sides
    values = (old.value, one.value, other.value)
    version = same_version(*values)
    if version:
        yield f"both sides release version {version}, with different content"
    if one.document is None or other.document is None:
        return  # a version that is no YAML: there is nothing to hold the merge against
    if not _proven(old, one, other, text) and old.document is not None:
        yield "the merged text does not hold the changes of both sides"
    known = {_what(problem) for data in given for problem in look(data)}
    for problem in look(text.encode("utf-8", "surrogateescape")):
        if _counts(problem) and _what(problem) not in known:
            yield in_words(problem, values, (marks.ours, marks.theirs))


def _what(problem: Problem) -> tuple[str, str]:
    return problem.code, problem.message


def _counts(problem: Problem) -> bool:
    return problem.severity == "error" or problem.code == "LP011"


def in_words(problem: Problem, values: tuple[Any, Any, Any], labels: tuple[str, str]) -> str:
    """Return a problem that only the merge has, with the edits of both sides that make it, where they can be told."""
    name = problem.message.rpartition(" ")[2]
    why = gone(name, *values, labels=labels) if problem.code == "LP012" else ""
    return f"{problem.message}: {why}" if why else f"{problem.message}; neither side alone has this problem"


def _refused(reasons: Iterable[str], marks: Marks) -> str:
    """Return the head of a file that is merged line by line and yet wrong. It is no YAML: nobody commits it unseen."""
    lines = [f"# {reason}\n" for reason in reasons]
    lines.append("# The text below has the edits of both sides. Correct it, then delete this block.\n")
    return replace(marks, ours=REFUSED, theirs=REFUSED).conflict("".join(lines), "")


def look_at(folder: Path, path: str) -> Look:
    """Return what finds the problems of a prompt file at `path` below `folder`, its includes read from disk."""
    from llmops_cli.flow.lint import lint
    from llmops_cli.flow.project import Project
    from llmops_cli.flow.registry import Registry, read_prompt
    from llmops_cli.load.settings import environment, find_root
    from llmops_cli.load.settings import read as read_settings
    from llmops_cli.load.worktree import Overlay, WorkTree
    from llmops_cli.model.settings import Settings

    root = find_root((folder / path).parent if (folder / path).parent.is_dir() else folder)
    disk = WorkTree(root)
    name = Path(folder / path).resolve().relative_to(root).as_posix()
    try:
        settings = read_settings(disk)
    except LlmopsError:  # llmops.yaml is in conflict itself
        settings = Settings()

    def look(data: bytes) -> list[Problem]:
        tree = Overlay(disk, name, data)
        entry, problems = read_prompt(tree, settings, name)
        registry = Registry(tree, settings, (entry,) if entry else (), {}, tuple(problems), 1)
        return [*problems, *lint(Project(root, tree, settings, environment({}), None), registry)]

    return look
