"""Prompt files with the problems mended that have one certain remedy; comments stay, and so does the digest.

| code | remedy |
|---|---|
| LP020 | the id without its version; the version as `version:`, the old id as an alias |
| LP021 | quotes around the version |
| LP025 | sampling parameters below `params:` |
| LP073 | the white space at a message's end goes; it was part of the text, so that the digest changes |
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from llmops_cli.flow import mend
from llmops_cli.flow.overlay import Overlay
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import Entry, read_prompt
from llmops_cli.flow.validate import validate
from llmops_cli.load.layout import comments
from llmops_cli.model.problem import Problem
from llmops_cli.model.source import Source
from llmops_cli.store.atomic import write_bytes

Mend = Callable[[list[str], Entry], str]
"""Edits the lines of a file in place. Returns why it cannot; "" where it did."""

MENDERS: Mapping[str, Mend] = {
    "LP073": mend.trailing_space,
    "LP021": mend.quoted_version,
    "LP025": mend.params_below,
    "LP020": mend.version_apart,
}
"""Code → its remedy, in the order in which they are applied."""

CHANGES_TEXT = frozenset({"LP073"})
WHAT = {
    "LP020": "the version stands apart from the id, and the old id is an alias",
    "LP021": "the version is quoted",
    "LP025": "the sampling parameters stand below params",
    "LP073": "the white space at a message's end is gone",
}


@dataclass(frozen=True, slots=True)
class Edit:
    """One problem that was mended."""

    source: Source
    code: str
    what: str


@dataclass(frozen=True, slots=True)
class Fixed:
    """One file: what was mended, its digest `before` and `after`, and why something was `left` as it is."""

    path: str
    edits: tuple[Edit, ...] = ()
    before: str = ""
    after: str = ""
    left: str = ""


def fix(project: Project, paths: Sequence[str] = ()) -> tuple[Fixed, ...]:
    """Return what was mended in each prompt file that has something to mend; the files are written."""
    by_path: dict[str, list[Problem]] = defaultdict(list)
    for problem in validate(project, paths).problems:
        by_path[problem.source.path].append(problem)
    found = []
    for path, problems in sorted(by_path.items()):
        codes = [code for code in MENDERS if any(problem.code == code for problem in problems)]
        if not codes or (paths and path not in paths):
            continue
        found.append(_file(project, path, codes, problems))
    return tuple(found)


def _file(project: Project, path: str, codes: Sequence[str], problems: Sequence[Problem]) -> Fixed:
    """Return one file, mended as far as it can be, each remedy tried on its own."""
    first, _ = read_prompt(project.tree, project.settings, path)
    if first is None:
        return Fixed(path, left="it cannot be read")
    data = project.tree.read(path)
    done: list[str] = []
    left: list[str] = []
    for code in codes:
        after, why = _mended(project, path, data, code)
        if why:
            left.append(f"{code}: {why}")
        else:
            data = after
            done.append(code)
    result = Fixed(path, before=first.prompt.digest, after=first.prompt.digest, left="; ".join(left))
    if not done:
        return result
    write_bytes(project.root / path, data, root=project.root)
    last, _ = read_prompt(Overlay(project.tree, {path: data}), project.settings, path)
    assert last is not None
    edits = tuple(Edit(one.source, one.code, WHAT[one.code]) for one in problems if one.code in done)
    return replace(result, edits=edits, after=last.prompt.digest)


def _mended(project: Project, path: str, data: bytes, code: str) -> tuple[bytes, str]:
    """Return the file with one remedy, or why it is left: nothing but what the remedy is for may change."""
    entry, before = read_prompt(Overlay(project.tree, {path: data}), project.settings, path)
    if entry is None:
        return data, "it cannot be read"
    text = data.decode("utf-8")
    lines = text.split("\n")
    why = MENDERS[code](lines, entry)
    if why:
        return data, why
    after = "\n".join(lines).encode("utf-8")
    again, problems = read_prompt(Overlay(project.tree, {path: after}), project.settings, path)
    if again is None or {one.code for one in problems} - {one.code for one in before}:
        return data, "the file would no longer be read"
    same = again.prompt.digest == entry.prompt.digest or code in CHANGES_TEXT
    if not same or again.prompt.interface_digest != entry.prompt.interface_digest:
        return data, "its digest would change"
    kept = Counter(comments("\n".join(lines).replace("\r\n", "\n"))) == Counter(comments(text.replace("\r\n", "\n")))
    return (after, "") if kept else (data, "a comment would be lost")
