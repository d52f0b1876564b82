r"""The YAML header (front matter) of a prompt file, told from its body by whole lines `---`.

A header ends at the first *line* that is `---`, never at a `---` inside one: `description: one --- two` is a value.
"""

import re
from dataclasses import dataclass

from llmops_cli.errors import FindingsError

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_MARK = re.compile(r"---[ \t]*")


@dataclass(frozen=True, slots=True)
class Header:
    """A prompt file in two parts. `header_text` is the YAML between the marks, `body` what follows, as it stands.

    `header_line` and `body_line` are the numbers of their first lines; `found` is false where the file has no header,
    and the body is then the whole text. `before` are the comments and empty lines above the header.
    """

    header_text: str
    body: str
    body_line: int
    header_line: int = 1
    found: bool = True
    before: str = ""


def split(text: str, path: str, *, comments: bool = True) -> Header:
    """Return the header and the body of a text; a byte order mark is no part of either.

    With `comments`, empty lines and lines that begin with `#` may stand above the header, as dotprompt has it.
    Raises `FindingsError` for a header that is never closed.
    """
    text = text.removeprefix("\ufeff")
    lines = [match for match in _LINE.finditer(text) if match.group()]
    opening = next((index for index, line in enumerate(lines) if not (comments and _is_note(line.group()))), -1)
    if opening < 0 or not _is_mark(lines[opening].group()):
        return Header("", text, 1, found=False)
    closing = next((index for index in range(opening + 1, len(lines)) if _is_mark(lines[index].group())), -1)
    if closing < 0:
        hint = "close the header with a line `---`"
        raise FindingsError("the header that begins here is never closed", where=f"{path}:{opening + 1}", hint=hint)
    return Header(
        header_text=text[lines[opening].end() : lines[closing].start()],
        body=text[lines[closing].end() :],
        body_line=closing + 2,
        header_line=opening + 2,
        before=text[: lines[opening].start()],
    )


def _is_note(line: str) -> bool:
    return not line.strip() or line.startswith("#")


def _is_mark(line: str) -> bool:
    return _MARK.fullmatch(line.rstrip("\r\n")) is not None
