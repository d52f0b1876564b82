"""Prompts and eval sets in one canonical form: nothing but the form changes, or the file is left as it is."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llmops_cli.errors import UnknownNameError
from llmops_cli.flow.overlay import Overlay
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import read_prompt
from llmops_cli.load import evalsets as evalset_files
from llmops_cli.load import prompts as prompt_files
from llmops_cli.load.document import read as read_document
from llmops_cli.load.layout import comments
from llmops_cli.load.yaml_ import parse
from llmops_cli.load.yaml_nodes import UnformattableError, nodes
from llmops_cli.model.problem import Problem
from llmops_cli.report.yaml_layout import EVALSET, PROMPT, canonical
from llmops_cli.store.atomic import write_bytes

Json = Any
SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Formatted:
    """One file: its text before and after, or why it is left as it is (`refused`, with the problems in it)."""

    path: str
    before: str = ""
    after: str = ""
    refused: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether the canonical form is another one."""
        return not self.refused and self.before != self.after


def fmt(project: Project, paths: Sequence[str] = (), *, write: bool = True) -> tuple[Formatted, ...]:
    """Return each prompt and eval set file with its canonical form, written if `write`; those in `paths`, if given.

    A file is refused if the strict loader finds a problem in it, or if anything but the form would change: the value,
    a comment, the digest, the form of the form. Raises `UnknownNameError` where there is no file.
    """
    settings = project.settings
    found = [
        *((path, PROMPT) for path in prompt_files.discover(project.tree, settings.prompts)),
        *((path, EVALSET) for path in evalset_files.discover(project.tree, settings.evalsets)),
    ]
    chosen = list(_chosen(project, found, paths)) if paths else found
    if not chosen:
        raise UnknownNameError(f"no prompts below {settings.prompts}/", hint="`llmops init` writes a first one")
    results = tuple(one(project, path, order) for path, order in dict(chosen).items())
    for result in results:
        if write and result.changed:
            write_bytes(project.root / result.path, result.after.encode("utf-8"), root=project.root)
    return results


def one(project: Project, path: str, order: Sequence[str]) -> Formatted:
    """Return one file with its canonical form; nothing is written."""
    document, problems = read_document(project.tree, path)
    if document is None or problems:
        return Formatted(path, refused="it cannot be read", problems=tuple(problems))
    data = project.tree.read(path)
    before = data.decode("utf-8-sig")
    text = before.replace("\r\n", "\n")
    if not isinstance(document.value, dict):
        return Formatted(path, before, before, refused="it is no mapping")
    try:
        after = form(text, order)
        again = form(after, order)
    except UnformattableError as error:
        return Formatted(path, before, before, refused=str(error))
    doubt = _doubt(text, after, again, document.value) or (order is PROMPT and _other_digest(project, path, after))
    if doubt:
        return Formatted(path, before, before, refused=doubt)
    windows = "\r\n" in before and before.count("\r\n") == before.count("\n")
    return Formatted(path, data.decode("utf-8"), after.replace("\n", "\r\n") if windows else after)


def form(text: str, order: Sequence[str]) -> str:
    """Return the canonical form of a text that the strict loader has read. Raises `UnformattableError`."""
    root = nodes(text)
    return canonical(root, order, reorder="&" not in text or not _has_anchor(root))


def _has_anchor(node: Any) -> bool:
    inner = (entry.value for entry in node.entries)
    keys = any(entry.key is not None and entry.key.anchor for entry in node.entries)
    return bool(node.anchor) or node.kind == "alias" or keys or any(_has_anchor(value) for value in inner)


def _doubt(before: str, after: str, again: str, value: Json) -> str:
    """Return what, besides the form, would change; "" for nothing."""
    document, problems = parse(after.encode("utf-8"), "after")
    if document is None or problems or repr(_sorted(document.value)) != repr(_sorted(value)):
        return "its value would change"
    if Counter(comments(before)) != Counter(comments(after)):
        return "a comment would be lost"
    return "" if again == after else "its form would change a second time"


def _sorted(value: Json) -> Json:
    """Return a value with the keys of the top, and of what `prompt:` wraps, sorted: only their order may change."""
    if not isinstance(value, dict):
        return value
    inner = {key: _sorted(item) if key == "prompt" else _messages(key, item) for key, item in value.items()}
    return dict(sorted(inner.items()))


def _messages(key: str, item: Json) -> Json:
    if key != "messages" or not isinstance(item, list):
        return item
    return [dict(sorted(each.items())) if isinstance(each, dict) else each for each in item]


def _other_digest(project: Project, path: str, after: str) -> str:
    """Return the complaint that the prompt's digest would change; "" if it stays, or there was none before."""
    first, problems = read_prompt(project.tree, project.settings, path)
    if first is None:
        return "" if problems else "it is no prompt"
    tree = Overlay(project.tree, {path: after.encode("utf-8")})
    second, _ = read_prompt(tree, project.settings, path)
    same = second is not None and (second.prompt.digest, second.prompt.interface_digest) == (
        first.prompt.digest,
        first.prompt.interface_digest,
    )
    return "" if same else "its digest would change"


def _chosen(
    project: Project, found: Sequence[tuple[str, Sequence[str]]], paths: Sequence[str]
) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the files that the paths name: each itself, or all below a folder. Raises `UnknownNameError`."""
    sets = f"{project.settings.evalsets}/"
    for path in paths:
        target = Path(project.root / path)
        inside = [
            pair for pair in found if pair[0] == path or pair[0].startswith(f"{path.rstrip('/')}/") or path == "."
        ]
        if inside:
            yield from inside
        elif target.is_file() and path.endswith(SUFFIXES):
            yield path, EVALSET if path.startswith(sets) else PROMPT
        else:
            raise UnknownNameError(f"no prompt or eval set file {path}", hint="name a YAML file or a folder of them")
