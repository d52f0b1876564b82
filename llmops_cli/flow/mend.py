"""The remedies of `validate --fix`: edits of a file's lines, by the places that the strict loader gave.

Each changes the lines in place and returns "", or returns why it does not; the caller checks what came out.
"""

import re
from collections.abc import Sequence

from llmops_cli.flow.registry import Entry
from llmops_cli.load.ids import SUFFIXES
from llmops_cli.report.yaml_text import quoted

NUMBER = re.compile(r"[-+0-9.eE]+")
COMMENT = re.compile(r"\s+#.*$")
NO_LINE = "its key does not have a line of its own"


def trailing_space(lines: list[str], entry: Entry) -> str:
    """Take the white space off the end of each message's last line."""
    left = ""
    for message in entry.prompt.texts:
        line = message.content.rstrip("\r\n")
        stripped = line.rstrip(" \t")
        if not stripped or stripped == line:
            continue
        if message.path not in entry.document.texts:
            left = "the text does not lie in the file as it is"
            continue
        place = entry.document.inside(message.path, message.content, len(stripped))
        row, start, width = place.line - 1, place.column - 1, len(line) - len(stripped)
        lines[row] = lines[row][:start] + lines[row][start + width :]
    return left


def quoted_version(lines: list[str], entry: Entry) -> str:
    """Put the version in quotes, as it is written."""
    place = entry.document.where("version")
    row, start = place.line - 1, place.column - 1
    number = NUMBER.match(lines[row], start)
    if number is None:
        return "it is not written as a number"
    lines[row] = f'{lines[row][:start]}"{number.group()}"{lines[row][number.end() :]}'
    return ""


def version_apart(lines: list[str], entry: Entry) -> str:
    """Write the id without its version; the version as a key of its own, the old id as an alias."""
    prompt, document = entry.prompt, entry.document
    raw = document.value
    said = raw["id"]
    stem = next(
        (prompt.source.path.removesuffix(suffix) for suffix in SUFFIXES if prompt.source.path.endswith(suffix)), ""
    )
    if stem.endswith(f"/{said}") or stem == said:
        return f"the file is named {said} too; rename it first: git mv"
    indent = _own_line(lines, entry, "id")
    if indent is None or ("id",) not in document.texts:
        return NO_LINE
    row, column, _ = document.texts["id",]
    new = []
    if "version" not in raw and prompt.version:
        new.append(f'{indent}version: "{prompt.version}"')
    if "aliases" not in raw:
        new.append(f"{indent}aliases: [{_plain(said)}]")
    elif said not in raw["aliases"]:
        why = _append_alias(lines, entry, said)
        if why:
            return why
    line = lines[row - 1]
    lines[row - 1] = line[: column - 1] + prompt.id + line[column - 1 + len(said) :]
    end = "\r" if line.endswith("\r") else ""
    lines[row:row] = [f"{text}{end}" for text in new]
    return ""


def params_below(lines: list[str], entry: Entry) -> str:
    """Move the sampling parameters at the top of the file below `params:`."""
    raw = entry.document.value
    inside = raw.get("params")
    names = [name for name in entry.prompt.params if name in raw]
    moved: list[tuple[int, str]] = []
    for name in names:
        indent = _own_line(lines, entry, name)
        row = entry.document.where_key(name).line - 1
        if indent is None or entry.document.where(name).line - 1 != row:
            return f"{name} does not have a line of its own"
        moved.append((row, name))
    first = min(row for row, _ in moved)
    indent = _own_line(lines, entry, names[0]) or ""
    new = [lines[row].strip(" ") for row, name in sorted(moved) if not inside or name not in inside]
    end = "\r" if lines[first].endswith("\r") else ""
    if inside is None:
        block = [f"{indent}params:{end}", *(f"{indent}  {text}" for text in new)]
        _replace(lines, [row for row, _ in moved], first, block)
        return ""
    return _into_params(lines, entry, [row for row, _ in moved], new)


def _into_params(lines: list[str], entry: Entry, rows: Sequence[int], new: Sequence[str]) -> str:
    """Put lines `name: value` into the `params:` that is there, and take them out of their rows."""
    document = entry.document
    inside = document.value["params"]
    row = document.where_key("params").line - 1
    start = document.where("params")
    if start.line - 1 == row:
        line = lines[row].rstrip("\r")
        note = COMMENT.search(line)
        body = line[: note.start()] if note else line
        if not body.endswith("}") or any(COMMENT.search(text) for text in new):
            return "`params:` is written over several lines, or a parameter has a comment"
        joined = ", ".join(text.rstrip("\r") for text in new)
        comma = ", " if inside and joined else ""
        end = lines[row][len(line) :]
        lines[row] = f"{body[:-1].rstrip()}{comma}{joined}}}{line[len(body) :]}{end}"
        _replace(lines, rows, -1, [])
        return ""
    pad = " " * (start.column - 1)
    lines[row + 1 : row + 1] = [f"{pad}{text}" for text in new]
    _replace(lines, [place + len(new) if place > row else place for place in rows], -1, [])
    return ""


def _replace(lines: list[str], rows: Sequence[int], first: int, block: Sequence[str]) -> None:
    """Take rows out, and put a block where the first of them stood."""
    for row in sorted(rows, reverse=True):
        del lines[row]
    if first >= 0:
        lines[first:first] = block


def _own_line(lines: list[str], entry: Entry, key: str) -> str | None:
    """Return the indent of a key that begins its line; None where something stands before it (`{id: …}`)."""
    place = entry.document.where_key(key)
    before = lines[place.line - 1][: place.column - 1]
    return before if not before.strip(" ") else None


def _append_alias(lines: list[str], entry: Entry, said: str) -> str:
    """Put one more name at the end of the aliases: of `[…]` in one line, or of a list with dashes."""
    document = entry.document
    names = document.value["aliases"]
    start = document.where("aliases")
    row = start.line - 1
    if row == document.where_key("aliases").line - 1:
        shut = lines[row].rfind("]")
        note = COMMENT.search(lines[row])
        if shut < 0 or (note and shut > note.start()):
            return "`aliases:` is written over several lines"
        lines[row] = f"{lines[row][:shut]}{', ' if names else ''}{_plain(said)}{lines[row][shut:]}"
        return ""
    last = document.where("aliases", len(names) - 1)
    end = "\r" if lines[last.line - 1].endswith("\r") else ""
    lines.insert(last.line, f"{' ' * (start.column - 1)}- {_plain(said)}{end}")
    return ""


def _plain(name: str) -> str:
    """Return an old id as YAML text."""
    return name if re.fullmatch(r"[A-Za-z][A-Za-z0-9_./-]*", name) else quoted(name)
