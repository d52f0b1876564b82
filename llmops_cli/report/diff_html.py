"""`llmops prompt diff --format html`: one page that stands alone. No script, nothing remote, all text escaped."""

import re
from collections.abc import Iterator, Sequence

from llmops_cli.model.diff import ChangeClass, PromptDiff, TextChange
from llmops_cli.report import diff_words
from llmops_cli.report.diff_style import STYLE
from llmops_cli.report.sanitize import html, line, workflow

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'none'; form-action 'none'; base-uri 'none'"
_TAGS = {"-": "del", "+": "ins"}
_PLAIN = re.compile(r"[A-Za-z0-9._/-]+")
_FOLD = 400
"""Characters that were kept in one piece from which on its middle is folded away."""


def page(diffs: Sequence[PromptDiff], *, unchanged: int = 0) -> str:
    """Return the page. Each prompt has an anchor of its id; what did not change is folded; no script opens it."""
    closing = _line(diff_words.closing(diffs, unchanged))
    links = "\n".join(_link(diff, at) for at, diff in enumerate(diffs))
    parts = "\n".join(_prompt(diff, at) for at, diff in enumerate(diffs))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>Prompt diff</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#prompts">Skip to the prompts</a>\n'
        f"<header><h1>Prompt diff</h1><p>{closing}</p></header>\n"
        f'<nav aria-label="Prompts"><ul>\n{links}\n</ul></nav>\n<main id="prompts">\n{parts}\n</main>\n'
        "</body>\n</html>\n"
    )


def _link(diff: PromptDiff, at: int) -> str:
    name = _line(diff.id)
    return f'<li><a href="#{_anchor(diff, at)}"><bdi>{name}</bdi></a> {_badge(diff.change_class)}</li>'


def _anchor(diff: PromptDiff, at: int) -> str:
    """Return the id under which a link finds the prompt: its own; a number for what is no plain id."""
    return f"prompt:{diff.id}" if _PLAIN.fullmatch(diff.id) else f"prompt-{at + 1}"


def _badge(change_class: ChangeClass) -> str:
    return f'<span class="class {change_class.value}">{change_class.value}</span>'


def _prompt(diff: PromptDiff, at: int) -> str:
    name = _anchor(diff, at)
    sides, bump = _line(diff_words.sides(diff)), _line(diff_words.bump(diff))
    title = f'<a href="#{name}"><bdi>{_line(diff.id)}</bdi></a> {_badge(diff.change_class)}'
    head = f'<h2 id="{name}-name">{title}</h2>'
    rows = "\n".join([*_contract(diff), *_rows(diff)])
    texts = "\n".join(_text(text, text.label) for text in diff.texts)
    cases = "\n".join(_text(text, f"case {text.label}") for text in diff.shown_cases)
    return (
        f'<section id="{name}" aria-labelledby="{name}-name">\n{head}\n'
        f'<p class="sides">{sides} <span class="bump">{bump}</span></p>\n<dl>\n{rows}\n</dl>\n'
        f"{texts}\n{cases}\n</section>"
    )


def _contract(diff: PromptDiff) -> Iterator[str]:
    for change_class, words in diff_words.contract(diff):
        yield f"<dt>contract</dt><dd>{_badge(change_class)} {_line(words)}</dd>"
    for words in diff_words.call_lines(diff):
        yield f"<dt>call sites</dt><dd><code>{_line(' '.join(words.split()))}</code></dd>"


def _rows(diff: PromptDiff) -> Iterator[str]:
    for label, words in (*diff_words.rows(diff), *diff_words.effects(diff)):
        yield f"<dt>{_line(label)}</dt><dd>{_line(words)}</dd>"


def _text(text: TextChange, label: str) -> str:
    pieces = "".join(_piece(sign, part) for sign, part in text.pieces)
    return f'<figure><figcaption><bdi>{_line(label)}</bdi></figcaption><div class="text">{pieces}</div></figure>'


def _piece(sign: str, part: str) -> str:
    tag = _TAGS.get(sign)
    if tag:
        return f"<{tag}>{_text_of(part)}</{tag}>"
    if len(part) <= _FOLD:
        return f"<span>{_text_of(part)}</span>"
    half = _FOLD // 4
    count = f"{len(part) - 2 * half:,}"
    return (
        f"<span>{_text_of(part[:half])}</span><details><summary>{count} characters as before</summary>"
        f"<span>{_text_of(part[half:-half])}</span></details><span>{_text_of(part[-half:])}</span>"
    )


def _line(said: str) -> str:
    """Return one line, safe in the page and in a log that the page is printed to."""
    return html(workflow(line(said)))


def _text_of(part: str) -> str:
    return html(workflow(part))
