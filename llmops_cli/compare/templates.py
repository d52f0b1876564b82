"""What of a template's text means nothing, and which names it uses, in order; found without a template engine."""

import re
from collections.abc import Iterator

from llmops_cli.model.prompt import Placeholder, Prompt

_TAG = re.compile(r"\{\{[-+]?(.*?)[-+]?\}\}|\{%[-+]?(.*?)[-+]?%\}|\{#.*?#\}", re.DOTALL)
# An opening without its end; one right before a tag; an opening or half a string in a tag.
_BROKEN = re.compile(r"\{[{%#\0]")
_BROKEN_TAG = re.compile(r"(?s)\A\{[{%][-+]?(?=.*(?:\{[{%#]|['\"])|\{)")
_RAW = re.compile(r"\{%[-+]?\s*raw\b")
_TOKEN = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\w+|[=!<>]=|//|\*\*|\S", re.DOTALL)
_STRING = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_NAME = re.compile(r"(?<![\w.|])\s*([A-Za-z_]\w*)")
_CONSTANT = re.compile(r"\{([A-Za-z_]\w*)\}")


def plain(text: str) -> str:
    r"""Return the template with one spacing inside its tags, comments emptied and newlines as `\n`.

    Texts with the same plain form render alike. A template with raw text, where spacing is text, or with a tag that has
    no end stays as it is.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    between, tags = _TAG.sub("\0", text), [tag[0] for tag in _TAG.finditer(text)]
    if _RAW.search(text) or _BROKEN.search(between) or any(_BROKEN_TAG.search(_STRING.sub("", tag)) for tag in tags):
        return text
    return _TAG.sub(lambda tag: _spaced(tag[0]), text)


def names(prompt: Prompt) -> Iterator[str]:
    """Yield the names that the messages and includes use, in order; a placeholder uses its name."""
    for message in prompt.messages:
        if isinstance(message, Placeholder):
            yield message.name
        else:
            yield from _names(message.content)
    for path in sorted(prompt.includes):
        yield from _names(prompt.includes[path])


def static(text: str, constants: dict[str, str]) -> str:
    """Return what of a template is there on every call: tags taken out, constants put in."""
    between = _TAG.sub("", text)
    return _CONSTANT.sub(lambda found: constants.get(found[1], found[0]), between)


def _names(text: str) -> Iterator[str]:
    for tag in _TAG.finditer(text):
        yield from _NAME.findall(_STRING.sub("''", tag[1] or tag[2] or ""))


def _spaced(tag: str) -> str:
    if tag.startswith("{#"):
        return f"{tag[:3] if tag[2:3] in '-+' else '{#'}{tag[-3:] if tag[-3:-2] in '-+' else '#}'}"
    start = 3 if tag[2:3] in "-+" else 2
    stop = -3 if tag[-3:-2] in "-+" and len(tag) > start + 2 else -2
    return " ".join([tag[:start], *_TOKEN.findall(tag[start:stop]), tag[stop:]])
