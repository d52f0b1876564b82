"""Foreign files → text and values, strictly: what two YAML readers would read differently is refused by name."""

import json
import posixpath
import re
from typing import Any

from llmops_cli.errors import FindingsError, UsageError
from llmops_cli.load.codes import found
from llmops_cli.load.json_ import parse as parse_json
from llmops_cli.load.yaml_ import MAX_BYTES, parse
from llmops_cli.load.yaml_places import split
from llmops_cli.model.exchange import Files
from llmops_cli.model.problem import InvalidFilesError, Problem
from llmops_cli.model.source import Source

Json = Any

# One value in YAML 1.1 and 1.2, but not JSON's spelling: read as what all of them mean.
_SAME = {
    "~": "null",
    "Null": "null",
    "NULL": "null",
    "True": "true",
    "TRUE": "true",
    "False": "false",
    "FALSE": "false",
}
LONGEST = 80  # of a scalar that could be anything but text
_FLOAT = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+][0-9]+)?")
# A boolean, a number or a date for YAML 1.1 (PyYAML and others), text or another number for YAML 1.2.
_ODD = re.compile(
    r"""(?P<boolean>yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)
    |(?P<number>[-+]?0[0-9_]+|[-+]?0[xob][0-9a-fA-F_]+|\+[0-9][0-9_]*|[-+]?[0-9][0-9_]*_[0-9_]*(?:\.[0-9_]*)?
    |[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))
    |(?P<date>[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?)""",
    re.VERBOSE,
)


def text_of(data: bytes, path: str) -> str:
    r"""Return a file's text with `\n` as its line end. Raises `FindingsError` for what is no UTF-8 or too large."""
    if len(data) > MAX_BYTES:
        raise FindingsError(
            f"the file has {len(data)} bytes, more than 1 MiB", where=path, hint="is it the right file?"
        )
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"not UTF-8: byte 0x{data[error.start]:02x} at {error.start}"
        raise FindingsError(message, where=path, hint="save the file as UTF-8") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def yaml_of(text: str, path: str, *, line: int = 1) -> Json:
    """Return the value of YAML text that begins in `line` of the file; {} for nothing but comments.

    Raises `InvalidFilesError` for merge keys, tags, duplicate keys, and scalars that two readers read differently.
    """
    before = "\n" * (line - 1)
    if not any(line.strip() and not line.lstrip().startswith("#") for line in text.split("\n")):
        return {}
    plain = _json_spelling(before + text, path)
    document, problems = parse(plain.encode("utf-8", "surrogatepass"), path)
    if problems or document is None:
        raise InvalidFilesError(problems)
    return document.value


def json_of(text: str, path: str) -> Json:
    """Return the value of strict JSON. Raises `InvalidFilesError` with the place of what is wrong."""
    value, flaw = parse_json(text.strip("\n"))
    if flaw is not None:
        start = len(text) - len(text.lstrip("\n")) + flaw.offset
        line = text.count("\n", 0, start) + 1
        source = Source(path, line, start - text.rfind("\n", 0, start))
        raise InvalidFilesError([found("LF032", source, flaw.message)])
    return value


def mapping_of(value: Json, path: str, what: str) -> dict[str, Json]:
    """Return the value, which must be a mapping. Raises `FindingsError` otherwise."""
    if not isinstance(value, dict):
        kind = "nothing" if value is None else json.dumps(value, ensure_ascii=False)[:40]
        raise FindingsError(f"{what} is a mapping, not {kind}", where=path, hint="is it the right file?")
    return value


def chosen(files: Files, *suffixes: str) -> list[str]:
    """Return the paths with one of the suffixes, sorted; the only file whatever it is called. Raises `UsageError`."""
    paths = [path for path in sorted(files) if path.lower().endswith(suffixes)]
    if not paths and len(files) == 1:
        return list(files)
    if not paths:
        raise UsageError(f"no file ends in {' or '.join(suffixes)}", hint="name the file itself")
    return paths


def beside(files: Files, path: str, target: str) -> str | None:
    """Return the path of a file that `path` names by a relative path, if it is one of `files`; never one outside."""
    if not target or target.startswith(("/", "\\", "~")) or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", target):
        return None
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(path), target.replace("\\", "/")))
    return joined if joined in files and not joined.startswith("..") else None


def _json_spelling(text: str, path: str) -> str:
    """Return the YAML with plain `True`, `~`, `1.` spelt as JSON does. Raises for those that readers disagree on."""
    from yaml import CSafeLoader, YAMLError
    from yaml.events import ScalarEvent

    loader, lines = CSafeLoader(text), split(text)
    changes: list[tuple[int, int, str]] = []
    problems = []
    try:
        while event := loader.get_event():
            if type(event) is not ScalarEvent or event.style or event.tag or event.start_mark is None:
                continue
            word, start = event.value, event.start_mark
            if len(word) <= LONGEST and (odd := _ODD.fullmatch(word)):
                line = lines[start.line] if start.line < len(lines) else ""
                problems.append(_odd(word, odd, Source(path, start.line + 1, start.column + 1), line))
            elif spelling := _spelt(word):
                changes.append((start.index, start.index + len(word), spelling))
    except YAMLError:
        return text  # the strict reader says what is wrong, and where
    if problems:
        raise InvalidFilesError(problems)
    for begin, end, spelling in reversed(changes):
        text = text[:begin] + spelling + text[end:]
    return text


def _odd(word: str, odd: re.Match[str], source: Source, line: str) -> Problem:
    message = f"`{word}` is a {odd.lastgroup} to some YAML readers and text to others"
    hint = f'quote it if it is text: "{word}"; else write true, false or a decimal number'
    return found("LF023", source, message, hint=hint, excerpt=line, width=len(word))


def _spelt(word: str) -> str:
    """Return how JSON writes a scalar that all YAML readers take for the same value; "" where it needs no change."""
    if word in _SAME:
        return _SAME[word]
    is_float = len(word) <= LONGEST and _FLOAT.fullmatch(word) is not None
    return repr(float(word)) if is_float and (word[-1] == "." or word.lstrip("-")[0] in "+.") else ""
