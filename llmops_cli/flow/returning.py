"""Whether what came in would go out again as it was: byte for byte, or what differs, in words."""

import json
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

from llmops_cli.convert._header import split
from llmops_cli.flow.arriving import Coming
from llmops_cli.load.json_ import parse as parse_json
from llmops_cli.load.layout import comments
from llmops_cli.load.yaml_ import parse as parse_yaml
from llmops_cli.model.exchange import Exported, Files

MOST = 5


def way_back(room: ModuleType, coming: Sequence[Coming], source: Files) -> list[str]:
    """Return a note on how one file, imported and exported again, differs from itself; none where it does not.

    Only where the source (without what lies beside it) is one file of one prompt, and the tool has a writer: elsewhere
    there is no file to hold it against.
    """
    if not hasattr(room, "write") or len(coming) != 1 or len(coming[0].prompt.versions) != 1 or len(source) != 1:
        return []
    prompt = coming[0].contents[-1].prompt
    cases, scorers = coming[0].prompt.cases, coming[0].prompt.scorers
    whole = getattr(room, "write_with_cases", None)
    if prompt is None or (cases and whole is None):
        return []
    exported: Exported = whole(prompt, cases, scorers) if whole is not None else room.write(prompt)
    (path, before), files = next(iter(source.items())), list(exported.files.values())
    if len(files) != 1 or files[0] == before:
        return []
    one, other = _value(before, path), _value(files[0], path)
    if one is None or other is None:
        return ["formatting: an export would write the same prompt with other spacing"]
    differing = list(_paths(one, other, ""))
    if not differing:
        return ["formatting: an export would write the same values with other spacing, quotes or line ends"]
    more = f" and {len(differing) - MOST} more" if len(differing) > MOST else ""
    return [f"an export would differ in {', '.join(differing[:MOST])}{more}"]


def lost_comments(room: ModuleType, source: Files) -> list[str]:
    """Return a note for each file with YAML comments, which come along nowhere but where a reader keeps the header."""
    if getattr(room, "KEEPS_COMMENTS", False):
        return []
    found = {path: _comments(data, path) for path, data in source.items()}
    return [
        f"{path}: its comments are not kept: {', '.join(said[:MOST])}{' …' if len(said) > MOST else ''}"
        for path, said in found.items()
        if said
    ]


def _comments(data: bytes, path: str) -> tuple[str, ...]:
    text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n")
    if path.endswith((".prompty", ".prompt")):
        text = split(text, path).header_text
    elif not path.endswith((".yaml", ".yml")):
        return ()
    _, problems = parse_yaml(text.encode(), path)
    return () if problems else comments(text)


def _value(data: bytes, path: str) -> Any:
    """Return a JSON or YAML file's value, wrapped; None for what is neither."""
    if path.endswith((".json", ".jsonl")):
        value, flaw = parse_json(data.decode("utf-8-sig", "replace"))
        return None if flaw else [value]
    document, problems = parse_yaml(data, path)
    return None if document is None or problems or not isinstance(document.value, (dict, list)) else [document.value]


def _paths(one: Any, other: Any, at: str) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in dict.fromkeys([*one, *other]):
            if key in one and key in other:
                yield from _paths(one[key], other[key], f"{at}.{key}" if at else str(key))
            else:
                yield f"{at}.{key}" if at else str(key)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from _paths(left, right, f"{at}[{place}]" if at or len(one) > 1 else at)
    elif json.dumps(one, sort_keys=True) != json.dumps(other, sort_keys=True):
        yield at or "the whole"
