"""The `prompts:` of a promptfoo configuration → their texts, read inside the folder; programs are refused."""

import fnmatch
import json
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from llmops_cli.convert._source import beside, text_of, yaml_of
from llmops_cli.model.exchange import Files, Json, Loss

TEXTS = (".txt", ".md", ".j2", ".json", ".yaml", ".yml", ".jsonl")
PROGRAMS = (".py", ".js", ".cjs", ".mjs", ".ts", ".cts", ".mts", ".sh", ".rb", ".go")
ELSEWHERE = ("exec:", "langfuse://", "portkey://", "helicone://", "http://", "https://", "azureml:", "python:")
_LINE = re.compile(r"(?m)^---$")


@dataclass(slots=True)
class Raw:
    """One prompt: what it is called, its text or its list of chat messages, and what else was said of it."""

    name: str
    body: str | list[Json]
    where: str
    kept: dict[str, Json] = field(default_factory=dict)


@dataclass(slots=True)
class Shelf:
    """The files around a configuration, and what was lost on the way."""

    files: Files
    path: str
    losses: list[Loss]

    def lose(self, where: str, message: str, hint: str = "") -> None:
        """Note a loss."""
        self.losses.append(Loss(where, message, hint, self.path))


def prompts_of(said: Json, shelf: Shelf) -> list[Raw]:
    """Return every prompt of the list, in order."""
    items = said if isinstance(said, list) else [said]
    found: list[Raw] = []
    for place, item in enumerate(items):
        found += _one(item, f"prompts[{place}]", shelf)
    return found


def _one(item: Json, where: str, shelf: Shelf) -> Iterator[Raw]:
    if isinstance(item, str):
        yield from _text(item, "", where, shelf)
    elif isinstance(item, dict):
        source = item.get("raw", item.get("id", ""))
        name = str(item.get("label") or item.get("id") or "")
        for key in sorted(set(item) - {"id", "label", "raw", "config", "display"}):
            shelf.lose(f"{where}.{key}", "is code, or not known here")
        for raw in _text(str(source), name, where, shelf, is_raw="raw" in item):
            _said(item, raw, where, shelf)
            yield raw
    else:
        shelf.lose(where, "is no prompt")


def _said(item: dict[str, Json], raw: Raw, where: str, shelf: Shelf) -> None:
    """Keep what a prompt's entry says beside its text."""
    raw.kept |= {"display": item["display"]} if "display" in item else {}
    raw.kept |= {"id": item["id"]} if {"id", "raw", "label"} <= item.keys() else {}
    config = item.get("config")
    if config and not isinstance(config, dict):
        shelf.lose(f"{where}.config", "is no mapping")
    if isinstance(config, dict) and config:
        for key in ("prefix", "suffix"):
            if config.get(key):
                shelf.lose(f"{where}.config.{key}", "is put around the text there", "write it into the text")
        raw.kept["prompt_config"] = config


def _text(source: str, name: str, where: str, shelf: Shelf, *, is_raw: bool = False) -> Iterator[Raw]:
    if not is_raw and source.startswith(ELSEWHERE):
        hint = "save the prompt's text as a file, and name that"
        shelf.lose(where, f"{source[:60]} is run or fetched there, and not here", hint)
        return
    target = source.removeprefix("file://")
    plain = is_raw or "\n" in source or (target == source and not _is_file(source))
    if plain:
        yield Raw(name, _chat(source), where)
        return
    for path in _paths(target, where, shelf):
        yield from _file(path, name, where, shelf)


def _is_file(source: str) -> bool:
    """Return whether a text without `file://` names a file; `gen.js:function` does, too."""
    return source.endswith(TEXTS) or source.partition(":")[0].endswith(PROGRAMS)


def _paths(target: str, where: str, shelf: Shelf) -> list[str]:
    """Return the files that a path or a pattern names; never one outside the folder."""
    plain = target.partition(":")[0]
    if plain.endswith(PROGRAMS):
        shelf.lose(where, f"{target} is a program: nothing is run here", "save what it returns as a text file")
        return []
    if any(sign in target for sign in "*?["):
        pattern = posixpath.normpath(posixpath.join(posixpath.dirname(shelf.path), target))
        found = [path for path in sorted(shelf.files) if fnmatch.fnmatchcase(path, pattern)]
    else:
        one = beside(shelf.files, shelf.path, target)
        found = [one] if one else []
    if not found:
        hint = "name the folder as SRC that has both, or check the path; no symbolic link is followed"
        shelf.lose(where, f"{target} is not here, or is no text", hint)
    return found


def _file(path: str, name: str, where: str, shelf: Shelf) -> Iterator[Raw]:
    called = name or posixpath.splitext(posixpath.basename(path))[0]
    at = f"{where} ({path})"
    if not path.endswith(TEXTS):
        shelf.lose(where, f"{path}: prompts of this kind are not read", f"known: {', '.join(TEXTS)}")
        return
    text = text_of(shelf.files[path], path)
    if path.endswith((".yaml", ".yml")):
        value = yaml_of(text, path)
        yield Raw(called, value if isinstance(value, list) else json.dumps(value), at)
        return
    bodies = _bodies(path, text)
    for number, body in enumerate(bodies, start=1):
        yield Raw(called if len(bodies) == 1 else f"{called}-{number}", body, at)


def _bodies(path: str, text: str) -> list[str | list[Json]]:
    """Return the prompts of a text file: one a line of JSONL, one a part between lines `---` of .txt."""
    if path.endswith(".jsonl"):
        return [_chat(line) for line in text.splitlines() if line.strip()]
    if path.endswith(".txt"):
        return [part.strip() for part in _LINE.split(text) if part.strip()]
    return [_chat(text) if path.endswith(".json") else text]


def _chat(text: str) -> str | list[Json]:
    """Return the messages that a text holds as JSON or YAML, as promptfoo sees them; else the text."""
    start = text.lstrip()
    if start.startswith("["):
        try:
            value = json.loads(text)
        except ValueError:
            return text
        return value if isinstance(value, list) and _are_messages(value) else text
    if start.startswith("- role:"):
        value = yaml_of(text, "prompt")
        return value if isinstance(value, list) and _are_messages(value) else text
    return text


def _are_messages(value: list[Json]) -> bool:
    return bool(value) and all(isinstance(item, dict) and "role" in item for item in value)
