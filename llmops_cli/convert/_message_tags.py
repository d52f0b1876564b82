"""Text with `<message role="…">` tags and template blocks → its messages. Tags are read before any value is there."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from llmops_cli.errors import FindingsError

_TOKEN = re.compile("\ue000(\\d+)\ue001")
_OPENING = re.compile(r"\{\{\{|\{\{|\{%")
_ENDS = {"{{{": "}}}", "{{": "}}", "{%": "%}"}
_TAG = re.compile(r"<message\b|</message\s*>")


@dataclass(frozen=True, slots=True)
class Tagged:
    """One message: its role, its text with the template blocks in place, what else its tag says or holds."""

    role: str
    text: str
    odd: tuple[str, ...] = ()


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each template block begins and ends; one without an end is text."""
    last, endless = 0, set[str]()
    while (found := _OPENING.search(text, last)) is not None:
        mark = found[0]
        if mark == "{{{" and mark in endless:
            mark = "{{"
        end = -1 if mark in endless else text.find(_ENDS[mark], found.start() + len(mark))
        if end >= 0:
            yield found.start(), end + len(mark)
            last = end + len(mark)
        elif mark == "{{{":
            endless.add(mark)
        else:
            endless.add(mark)
            last = found.start() + len(mark)


def tagged(text: str, where: str) -> tuple[list[Tagged], str]:
    """Return the messages, and the text outside of them; no message where the text has no such tag.

    Raises `FindingsError` for tags that are no well-formed XML: a reader would then take all of it for one message.
    """
    if not _TAG.search(text):
        return [], text
    blocks: list[str] = []
    marked, last = "", 0
    for start, end in spans(text):
        marked += f"{text[last:start]}\ue000{len(blocks)}\ue001"
        blocks.append(text[start:end])
        last = end
    marked += text[last:]
    if "<!" in marked or "<?" in marked or "\ue000" in text:
        hint = "leave out comments and declarations"
        raise FindingsError("markup that is not read beside <message> tags", where=where, hint=hint)
    try:
        root = ET.fromstring(f"<root>{marked}</root>")  # noqa: S314 - see above
    except ET.ParseError as error:
        hint = "close each tag, and write &lt; and &amp; for < and & in a text"
        raise FindingsError(f"the <message> tags are no XML: {error}", where=where, hint=hint) from None

    def back(marked: str) -> str:
        return _TOKEN.sub(lambda found: blocks[int(found[1])], marked)

    outside = (root.text or "") + "".join(child.tail or "" for child in root)
    outside += "".join(f"<{child.tag}>" for child in root if child.tag != "message")
    found = [_message(child, back) for child in root if child.tag == "message"]
    return found, back(outside).strip()


def _message(element: ET.Element, back: Callable[[str], str]) -> Tagged:
    odd = [f"the attribute {key}" for key in element.attrib if key != "role"]
    odd += [f"<{child.tag}>" for child in element if child.tag != "text" or child.attrib or len(child)]
    return Tagged(back(element.get("role", "")), back("".join(element.itertext()).strip()), tuple(odd))
