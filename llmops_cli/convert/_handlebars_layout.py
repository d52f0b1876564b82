r"""Texts and tags → Handlebars text in which each text prints as it is.

Handlebars reads white space: a block's tag that is alone on its line takes the line with it. So where a tag begins a
line, a line break is written behind it for Handlebars to take; where it would take more, an empty comment stops it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_OPENING = re.compile(r"(?<!\\)(\\*+)\{\{")
_BLANK_LINE_END = re.compile(r"[ \t]*(?:\n|\Z)")
GUARD = "{{!}}"


@dataclass(frozen=True, slots=True)
class Plain:
    """Text that is printed as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Mustache:
    """A tag without its braces. `alone`: Handlebars drops its line if nothing else stands there; `tall`: it shall."""

    code: str
    alone: bool = False
    tall: bool = False


Item = Plain | Mustache


def comment(text: str) -> Mustache:
    """Return a comment as a tag."""
    long = "}}" in text or "\n" in text or text.startswith("--")
    return Mustache(f"!--{text.replace('--}}', '-- }}')}--" if long else f"!{text}", alone=True, tall=True)


def written(items: Iterable[Item], *, guarded: bool = False) -> str:
    """Return the template. `guarded`: every tag that could take its line with it is kept from doing so."""
    whole = _merged(items)
    made = ""
    for place, item in enumerate(whole):
        following = whole[place + 1] if place + 1 < len(whole) else None
        if isinstance(item, Plain):
            made = _after_tag(made, _escaped(item.text, before_tag=following is not None))
        else:
            made = _tag(made, item, following, guarded=guarded)
    return made


def _merged(items: Iterable[Item]) -> list[Item]:
    made: list[Item] = []
    for item in items:
        if isinstance(item, Plain) and made and isinstance(made[-1], Plain):
            made[-1] = Plain(made[-1].text + item.text)
        elif not isinstance(item, Plain) or item.text:
            made.append(item)
    return made


def _escaped(text: str, *, before_tag: bool) -> str:
    """Return plain text as Handlebars has it: `{{` behind a backslash, other backslashes doubled where they count."""
    # A backslash before `{{` would be read as its escape: an empty comment between them keeps them apart.
    text = _OPENING.sub(lambda found: f"{found[1]}\\{GUARD}\\{{{{" if found[1] else "\\{{", text)
    return f"{text}\\" if before_tag and text.endswith("\\") else text


def _after_tag(made: str, text: str) -> str:
    """Return the text put behind a tag: a `}` would be read as the tag's own."""
    if made.endswith("}}") and text.startswith("}"):
        return f"{made[:-2]}~}}}} {text}"
    return made + text


def _tag(made: str, tag: Mustache, following: Item | None, *, guarded: bool) -> str:
    left = ""
    if made.endswith("{"):
        made, left = f"{made} ", "~"
    text = f"{{{{{left}{tag.code}}}}}"
    line = made.rpartition("\n")[2]
    if not tag.alone or left or line.strip(" \t"):
        return made + text
    blank_after = _BLANK_LINE_END.match(following.text) if isinstance(following, Plain) else following is None
    if guarded or (line and blank_after):
        return f"{made}{GUARD}{text}"
    if (tag.tall or blank_after) and not line and following is not None:
        return f"{made}{text}\n"
    return made + text
