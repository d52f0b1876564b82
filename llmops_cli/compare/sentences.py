"""Texts cut into sentences, and which sentence of one text became which of another."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

Pair = tuple[str, str]

# A tag of a template is never cut. A sentence ends with its mark and the space behind it, unless a small letter goes on
# ("e.g. this"); a line ends a sentence by the same rule, so that wrapped prose stays together.
_END = re.compile(
    r"\{\{[^{}\n]*\}\}|\{%[^%\n]*%\}|\{#[^#]*#\}"
    r"|(?P<end>[.!?]{1,8}[\"')\]*_]{0,4}\s++(?![a-z])|[。！？]\s*+|(?<!\s)[^\S\n]*+\n\s*+(?![a-z]))"
)
_NUMBER = re.compile(r"\s*(?:\d{1,3}|[A-Za-z])[.)]\s+")
_ALIKE = 0.3  # share of equal words from which a sentence that replaced another is the same one, reworded
_MAX_CELLS = 10_000  # sentences before × after that are matched by likeness; above, in order
_MAX_PAIRS = 400_000  # equal sentences that the matcher may look at


def split(text: str) -> list[str]:
    """Return the sentences, each with the space behind it; joined they are the text. A list's `1. ` begins one."""
    pieces: list[str] = []
    start = 0
    for found in _END.finditer(text):
        if found["end"] is not None and not _NUMBER.fullmatch(text, start, found.end()):
            pieces.append(text[start : found.end()])
            start = found.end()
    return [*pieces, text[start:]] if text[start:] else pieces


def aligned(before: str, after: str) -> list[Pair]:
    """Return old and new sentences side by side, equal where kept, "" where there is none; joined: the texts."""
    one, other = split(before), split(after)
    if _pairs(one, other) > _MAX_PAIRS:
        return list(_in_order(one, other))
    found: list[Pair] = []
    for tag, i, to_i, j, to_j in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if tag == "equal":
            found += [(text, text) for text in one[i:to_i]]
        else:
            found += _block(one[i:to_i], other[j:to_j])
    return found


def _block(one: Sequence[str], other: Sequence[str]) -> Iterator[Pair]:
    if not one or not other or len(one) == len(other) == 1 or len(one) * len(other) > _MAX_CELLS:
        yield from _in_order(one, other)
    else:
        yield from _by_likeness(one, other)


def _in_order(one: Sequence[str], other: Sequence[str]) -> Iterator[Pair]:
    for at in range(max(len(one), len(other))):
        yield (one[at] if at < len(one) else ""), (other[at] if at < len(other) else "")


def _by_likeness(one: Sequence[str], other: Sequence[str]) -> Iterator[Pair]:
    """Yield the pairs, in order on both sides, whose likenesses add up to most; what is like nothing stands alone."""
    words = [[Counter(text.split()) for text in side] for side in (one, other)]
    like = [[_likeness(left, right) for right in words[1]] for left in words[0]]
    best = [[0.0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i in range(len(one) - 1, -1, -1):
        for j in range(len(other) - 1, -1, -1):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], like[i][j] + best[i + 1][j + 1] if like[i][j] else 0.0)
    i = j = 0
    gap: tuple[list[str], list[str]] = ([], [])
    while i < len(one) and j < len(other):
        if like[i][j] and best[i][j] == like[i][j] + best[i + 1][j + 1]:
            yield from _unlike(*gap)
            yield one[i], other[j]
            i, j, gap = i + 1, j + 1, ([], [])
        elif best[i][j] == best[i + 1][j]:
            gap[0].append(one[i])
            i += 1
        else:
            gap[1].append(other[j])
            j += 1
    yield from _unlike([*gap[0], *one[i:]], [*gap[1], *other[j:]])


def _unlike(one: Sequence[str], other: Sequence[str]) -> Iterator[Pair]:
    """Yield sentences that are like none: as many old as new ones replace each other, else each stands alone."""
    if len(one) == len(other):
        yield from zip(one, other, strict=True)
        return
    yield from ((text, "") for text in one)
    yield from (("", text) for text in other)


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    total = one.total() + other.total()
    share = 2 * (one & other).total() / total if total else 1.0
    return share if share >= _ALIKE else 0.0


def _pairs(one: Sequence[str], other: Sequence[str]) -> int:
    counts, others = Counter(one), Counter(other)
    return sum(count * others[item] for item, count in counts.items())
