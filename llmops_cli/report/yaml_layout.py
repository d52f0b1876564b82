"""A tree with comments → canonical YAML: one order of keys, two spaces, long texts as blocks, quotes where needed.

The same tree gives the same text, and the text read again gives the same text.
"""

import re
from collections.abc import Sequence

from llmops_cli.model.yaml_node import Comment, Entry, Node
from llmops_cli.report.yaml_text import quoted

WIDTH = 140
PROMPT: tuple[str, ...] = (
    *("schema", "id", "version", "description", "owners", "tags", "aliases", "model", "params"),
    *("temperature", "top_p", "max_tokens", "variables", "constants", "literals", "template", "messages"),
    *("examples", "tools", "output", "evals"),
)
EVALSET = ("schema", "id", "description", "data", "prompts", "scorers", "repeats", "gate")
MESSAGE = frozenset({"role", "content"})
_ODD = re.compile(r"[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_LINE_ODD = re.compile(r"[\x85\u2028\u2029\ufeff]")
_WORDS = frozenset(["true", "false", "null", "yes", "no", "on", "off", "y", "n", "~", "<<", "=", "none", "nan", "inf"])
_OTHERWISE = re.compile(
    r"[-+]?(?:0[xob]?[0-9A-Fa-f_]+|[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?|\.[0-9_]+(?:[eE][-+]?[0-9]+)?"
    r"|\.(?:inf|nan)|[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?)|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?",
    re.IGNORECASE,
)
"""What some YAML readers take for a number, a date or a time."""

_VALUE = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?|true|false|null|")
_SPECIAL = "-?:,[]{}#&*!|>'\"%@`=~<"
_CALM = re.compile(r"[^\W\d_](?:[\w ./+@()!?;,%&'’“”„–—…·→×°€$^\"-]|:(?=[^\s]))*")
_MODELINE = re.compile(r"#\s*(?:yaml-language-server|vim?:|-\*-|!|SPDX|Copyright)|#!", re.IGNORECASE)


def canonical(root: Node, order: Sequence[str], *, reorder: bool = True) -> str:
    """Return the text of a file whose top is `root`; its keys, and those below `prompt:`, in this order."""
    header = _header(root)
    if reorder:
        _sort(root, order)
    lines = _comments(header, 0)
    if root.flow and (root.entries or root.tail):
        root.flow = False
    body = _mapping(root, 0)
    while body and not body[0] and not (lines and lines[-1]):
        del body[0]
    return "".join(f"{line}\n" for line in [*lines, *body])


def _header(root: Node) -> list[Comment | None]:
    """Take the comments that speak of the file and not of its first key: up to an empty line, else known marks."""
    if not root.entries:
        return []
    before = root.entries[0].before
    end = 0
    for place, comment in enumerate(before):
        if comment is None or (place == end and _MODELINE.match(comment.text)):
            end = place + 1
    header, root.entries[0].before = before[:end], before[end:]
    return header


def _sort(node: Node, order: Sequence[str]) -> None:
    places = {name: place for place, name in enumerate(order)}

    def place(entry: Entry) -> tuple[int, str]:
        name = entry.key.text if entry.key else ""
        foreign = name.startswith("x-")
        return (places.get(name, len(places)) if not foreign else len(places) + 1, "")

    node.entries.sort(key=place)
    for entry in node.entries:
        if entry.key is not None and entry.key.text == "prompt" and entry.value.kind == "mapping":
            _sort(entry.value, order)
        if entry.key is not None and entry.key.text == "messages":
            for message in entry.value.entries:
                _role_first(message.value)


def _role_first(node: Node) -> None:
    names = {entry.key.text for entry in node.entries if entry.key}
    if names >= MESSAGE:
        node.entries.sort(key=lambda entry: 0 if entry.key and entry.key.text == "role" else 1)


def _comments(comments: Sequence[Comment | None], indent: int) -> list[str]:
    """Return the lines of comments; empty lines in a row become one."""
    lines: list[str] = []
    for comment in comments:
        if comment is not None:
            lines.append(" " * indent + comment.text)
        elif not lines or lines[-1]:
            lines.append("")
    return lines


def _mapping(node: Node, indent: int) -> list[str]:
    lines: list[str] = []
    for entry in node.entries:
        assert entry.key is not None
        lines += _comments(entry.before, indent)
        lines += _entry(f"{' ' * indent}{_key(entry.key)}:", entry, indent)
    return lines + _comments(node.tail, indent)


def _list(node: Node, indent: int) -> list[str]:
    lines: list[str] = []
    for entry in node.entries:
        lines += _comments(entry.before, indent)
        value, dash = entry.value, f"{' ' * indent}-"
        plain = value.kind in ("scalar", "alias") or _inline(value, len(dash) + 1) is not None or not value.entries
        if plain or value.anchor:
            lines += _entry(dash, entry, indent)
            continue
        inner = _mapping(value, indent + 2) if value.kind == "mapping" else _list(value, indent + 2)
        start = next(place for place, line in enumerate(inner) if line.strip() and not line.lstrip().startswith("#"))
        above = [line.removeprefix("  ") for line in inner[:start]]
        while above and not above[0]:  # an empty line above the dash is above what follows it in its line, too
            del above[0]
        beside = _comments([entry.beside], indent) if entry.beside else []
        lines += [*beside, *above, f"{dash} {inner[start].lstrip(' ')}", *inner[start + 1 :]]
    return lines + _comments(node.tail, indent)


def _entry(head: str, entry: Entry, indent: int) -> list[str]:
    """Return `head` (a key with its colon, or a dash) with the value after it or below it."""
    value = entry.value
    if value.anchor:
        head = f"{head} &{value.anchor}"
    if value.kind == "scalar" and (block := _block(value, indent)):
        return [_with(f"{head} {block[0]}", entry.beside), *block[1:]]
    inline = _inline(value, len(head) + 1)
    if inline is not None:
        return [_with(f"{head} {inline}".rstrip(" "), entry.beside)]
    inner = _mapping(value, indent + 2) if value.kind == "mapping" else _list(value, indent + 2)
    return [_with(head, entry.beside), *inner]


def _with(line: str, comment: Comment | None) -> str:
    """Return a line with its comment, in the column where it stood if there is room."""
    if comment is None:
        return line
    return f"{line}{' ' * max(2, comment.column - len(line))}{comment.text}"


def _inline(node: Node, column: int) -> str | None:
    """Return a value in one line; None where it needs more."""
    if node.kind == "alias":
        return f"*{node.text}"
    if node.kind == "scalar":
        return _scalar(node, in_flow=False)
    if not node.entries and not node.tail:
        return "{}" if node.kind == "mapping" else "[]"
    text = _flow(node)
    return text if text is not None and column + len(text) <= WIDTH else None


def _flow(node: Node) -> str | None:
    """Return a collection in brackets; None where it was not, or holds a comment or a text of several lines."""
    if not node.flow or node.has_comments:
        return None
    parts: list[str] = []
    for entry in node.entries:
        value = entry.value
        if value.kind == "alias":
            text: str | None = f"*{value.text}"
        elif value.kind == "scalar":
            text = None if _is_long(value) else _scalar(value, in_flow=True)
        else:
            text = _flow(value) if value.entries else ("{}" if value.kind == "mapping" else "[]")
        if text is None:
            return None
        text = f"&{value.anchor} {text}" if value.anchor else text
        parts.append(f"{_key(entry.key, in_flow=True)}: {text}" if entry.key else text)
    return "{" + ", ".join(parts) + "}" if node.kind == "mapping" else f"[{', '.join(parts)}]"


def _key(node: Node, *, in_flow: bool = False) -> str:
    text = _scalar(node, in_flow=in_flow)
    if node.anchor:
        text = f"&{node.anchor} {text}"
    return text or '""'


def _is_long(node: Node) -> bool:
    """Return whether a text of several lines is better shown as a block."""
    return node.style in ("|", ">") or (node.style != "" and "\n" in node.text.rstrip("\n"))


def _block(node: Node, indent: int) -> list[str]:
    """Return a block scalar, its header first; [] for a text that is none, or that a block cannot hold."""
    text = node.text
    multiple = "\n" in text.rstrip("\n")
    if node.style not in ("|", ">") and not multiple:
        return []
    pad = " " * (indent + 2)
    if node.style == ">" and node.body:
        return [node.body[0], *(f"{pad}{line}" if line else "" for line in node.body[1:])]
    content = text.rstrip("\n")
    if not content or _ODD.search(text) or _LINE_ODD.search(text):
        return []
    ends = len(text) - len(content)
    lines = content.split("\n")
    if node.style != "|" and any(line != line.rstrip(" \t") or line.startswith("\t") for line in lines):
        return []  # white space at an end would no longer be seen
    first = next(line for line in lines if line)
    digit = "2" if first.startswith((" ", "\t")) or (not lines[0].strip(" ") and lines[0]) else ""
    mark = {0: "-", 1: ""}.get(ends, "+")
    return [f"|{digit}{mark}", *(f"{pad}{line}" if line else "" for line in lines), *[""] * (ends - 1)]


def _scalar(node: Node, *, in_flow: bool) -> str:
    """Return a scalar in one line: plain where every reader takes it for this text, else in quotes."""
    text = node.text
    if node.style == "" and _VALUE.fullmatch(text):
        return text or ("null" if in_flow else "")
    if node.style == "":
        return text if not _needs_quotes(text, in_flow=in_flow) else quoted(text)
    plain = _CALM.fullmatch(text) and not text.endswith(" ") and not _needs_quotes(text, in_flow=in_flow)
    if plain and not (in_flow and ":" in text):
        return text
    if node.style == "'" and ('"' in text or "\\" in text) and "'" not in text and not _ODD.search(text):
        return f"'{text}'" if "\n" not in text and "\t" not in text else quoted(text)
    return quoted(text)


def _needs_quotes(text: str, *, in_flow: bool) -> bool:
    """Return whether a plain scalar would be something else to a reader."""
    if not text or text != text.strip() or text[0] in _SPECIAL or _ODD.search(text) or "\n" in text or "\t" in text:
        return True
    if ": " in text or " #" in text or text.endswith(":") or (in_flow and any(sign in text for sign in ",[]{}")):
        return True
    return text.lower() in _WORDS or _OTHERWISE.fullmatch(text) is not None
