"""A prompt file as lines that `git diff` reads well: a fact a line, in one order; message texts as they are.

Nothing of the file is left out: what has no line of its own stands as JSON, comments stand at the end.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from llmops_cli.model.prompt import canonical
from llmops_cli.report.sanitize import terminal

_FIRST = ("schema", "id", "version", "description", "owners", "tags", "aliases", "model")
_LAST = ("evals",)
# A line of a message that looks like one of ours gets a backslash: two files never look alike.
_OURS = re.compile(r"\\*(?:==|\((?:no )?newline at the end\))")
_PROMPT = frozenset({"model", "messages", "template", "prompt"})


def is_prompt(value: Any) -> bool:
    """Return whether a document looks like a prompt: anything else is shown as it is."""
    return isinstance(value, Mapping) and bool(_PROMPT & value.keys())


def text(value: Mapping[str, Any], comments: Sequence[str] = ()) -> str:
    """Return the lines of a prompt file's mapping; equal data gives equal lines, however it is written."""
    lines: list[str] = []
    inner = value.get("prompt")
    if isinstance(inner, Mapping):
        lines += [f"{key}: {_said(value[key])}" for key in sorted(value) if key != "prompt"]
        lines.append("prompt:")
        value = inner
    lines += _lines(value)
    if comments:
        lines += ["== comments", *comments]
    return "".join(f"{terminal(line)}\n" for line in lines)


def _lines(value: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{key}: {_said(value[key])}" for key in _FIRST if key in value)
    named = (("params", "param", _said), ("variables", "var", _variable), ("constants", "const", _said))
    done = {key for key, _, _ in named if isinstance(value.get(key), Mapping) and value[key]}
    for key, word, show in named:
        if key in done:
            yield from (f"{word} {name}: {show(value[key][name])}" for name in sorted(value[key]))
    parts = (("template", _template), ("messages", _messages), ("examples", _examples), ("tools", _tools))
    for key, show_part in parts:
        if key in value:
            yield from show_part(value[key])
    done |= {*_FIRST, *(key for key, _ in parts)}
    rest = sorted(value.keys() - done - {*_LAST})
    if rest and any(key in value for key, _ in parts):
        yield "== settings"
    for key in [*rest, *(key for key in _LAST if key in value)]:
        yield from _tree(key, value[key])


def _variable(spec: Any) -> str:
    """Return `string required enum [en, de]`: the type, whether a value must be given, then the rest by name."""
    said: Mapping[str, Any] = {"type": spec} if isinstance(spec, str) else spec if isinstance(spec, Mapping) else {}
    if not said:
        return _said(spec)
    required = said.get("required")
    must = required if isinstance(required, bool) else "default" not in said
    words = [_said(said.get("type", "string")), "required" if must else "optional"]
    done = {"type"} | ({"required"} if isinstance(required, bool) else set())
    if said.get("trust") == "untrusted":
        words.append("untrusted")
        done.add("trust")
    words += [f"{key} {_said(said[key])}" for key in sorted(said) if key not in done and key != "description"]
    if "description" in said:
        words.append(f"({_said(said['description'])})")
    return " ".join(words)


def _template(value: Any) -> Iterator[str]:
    yield "== template"
    yield from _text(value)


def _messages(value: Any) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"messages: {_said(value)}"
        return
    for item in value:
        if not isinstance(item, Mapping):
            yield f"== {_said(item)}"
            continue
        if "placeholder" in item:
            yield f"== placeholder {_said(item['placeholder'])}"
        else:
            yield f"== {_said(item.get('role'))}"
        if "content" in item:
            yield from _text(item["content"])
        for key in sorted(item.keys() - {"role", "content", "placeholder"}):
            yield f"{key}: {_said(item[key])}"


def _text(value: Any) -> Iterator[str]:
    """Yield the lines of a text. Said is a last newline where there is one line, a missing one where there are more."""
    if not isinstance(value, str):
        yield from _tree("content", value)
        return
    lines = value.split("\n")
    ended = lines[-1] == ""
    for line in lines[:-1] if ended else lines:
        yield f"\\{line}" if _OURS.match(line) else line
    if ended and len(lines) == 2:  # noqa: PLR2004 - one line, as most without a newline are
        yield "(newline at the end)"
    if not ended and len(lines) > 1:
        yield "(no newline at the end)"


def _examples(value: Any) -> Iterator[str]:
    rows = value.get("rows") if isinstance(value, Mapping) else value
    if isinstance(value, Mapping):
        for key in sorted(value.keys() - {"rows"}):
            yield f"examples {key}: {_said(value[key])}"
    if isinstance(rows, list):
        for row in rows:
            yield "== example"
            yield from _tree("", row)
    elif rows is not None:
        yield f"examples: {_said(rows)}"


def _tools(value: Any) -> Iterator[str]:
    for tool in value if isinstance(value, list) else [value]:
        yield "== tool"
        yield from _tree("", tool)


def _tree(path: str, value: Any) -> Iterator[str]:
    """Yield a line for each leaf: `output.schema.type: object`."""
    if isinstance(value, Mapping) and value:
        for key in sorted(value):
            yield from _tree(f"{path}.{key}" if path else key, value[key])
    elif isinstance(value, list) and value and any(isinstance(item, (Mapping, list)) for item in value):
        for index, item in enumerate(value):
            yield from _tree(f"{path}.{index}", item)
    elif isinstance(value, str) and "\n" in value:
        yield f"{path}:"
        yield from (f"  {line}" for line in value.split("\n"))
    else:
        yield f"{path}: {_said(value)}" if path else _said(value)


def _said(value: Any) -> str:
    """Return a value in one line: text as it is, a list of plain values as `[en, de]`, all else as JSON."""
    if isinstance(value, list) and not any(isinstance(item, (Mapping, list)) for item in value):
        return f"[{', '.join(_item(item) for item in value)}]"
    if not isinstance(value, str) or not value.isprintable() or value != value.strip() or value[:1] in ("", *'["{('):
        return canonical(value)
    try:
        json.loads(value)
    except ValueError:
        return value
    return canonical(value)  # it reads like a number, true, false or null


def _item(value: Any) -> str:
    return canonical(value) if isinstance(value, str) and ("," in value or "]" in value) else _said(value)
