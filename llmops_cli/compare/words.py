"""Which words of a text changed.

From coarse to fine: lines, sentences, words; only what differs at one grain is looked at with the next. So long texts
stay quick, and a text that would take too long at one grain (thousands of equal pieces) is taken at the next coarser.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal

from llmops_cli.model.diff import TextChange

Sign = Literal[" ", "-", "+"]
Piece = tuple[Sign, str]

_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_SENTENCES = re.compile(r".+?[.!?;:](?:\s+|$)|.+", re.DOTALL)
_WORDS_WITH_BLANKS = re.compile(r"\{\{[^{}\n]*\}\}\s*|(?:(?!\{\{)\S)+\s*|\s+|\S")
# A tag of a template is one word. The mark that ends a sentence belongs to its word. Scripts that set no spaces go
# character by character.
_WORDS = re.compile(
    r"\{\{[^{}\n]*\}\}|\n|[^\S\n]+|[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W\u3040-\u9fff]+[.,;:!?]?(?=\s|$)"
    r"|[^\W\u3040-\u9fff]+|."
)
_GRAINS = (_LINES, _SENTENCES, _WORDS_WITH_BLANKS, _WORDS)
# Comparisons that the matcher may make: about a tenth of a second.
_MAX_PAIRS = 400_000


def words(label: str, before: str, after: str) -> TextChange:
    """Return the pieces that were kept, removed and added, in order."""
    return TextChange(label, tuple(_joined(_pieces(before, after, _GRAINS))))


def _pieces(before: str, after: str, grains: Sequence[re.Pattern[str]]) -> Iterator[Piece]:
    if before == after or not before or not after or not grains:
        yield from _replaced(before, after)
        return
    grain, *finer = grains
    one, other = grain.findall(before), grain.findall(after)
    start, end = _ends(one, other)
    stop_one, stop_other = len(one) - end, len(other) - end
    yield " ", "".join(one[:start])
    middle_one, middle_other = one[start:stop_one], other[start:stop_other]
    if _pairs(middle_one, middle_other) > _MAX_PAIRS:
        yield from _pieces("".join(middle_one), "".join(middle_other), [])
    else:
        yield from _matched(middle_one, middle_other, finer)
    yield " ", "".join(one[stop_one:])


def _matched(before: list[str], after: list[str], finer: Sequence[re.Pattern[str]]) -> Iterator[Piece]:
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, i, to_i, j, to_j in matcher.get_opcodes():
        old, new = "".join(before[i:to_i]), "".join(after[j:to_j])
        if tag == "equal":
            yield " ", old
        else:
            yield from _pieces(old, new, finer)


def _replaced(before: str, after: str) -> Iterator[Piece]:
    if before == after:
        yield " ", before
    else:
        yield "-", before
        yield "+", after


def _ends(one: list[str], other: list[str]) -> tuple[int, int]:
    """Return how many items are equal at the start, and at the end after that."""
    most = min(len(one), len(other))
    start = next((at for at in range(most) if one[at] != other[at]), most)
    most -= start
    end = next((at for at in range(most) if one[-1 - at] != other[-1 - at]), most)
    return start, end


def _pairs(one: list[str], other: list[str]) -> int:
    counts, others = Counter(one), Counter(other)
    return sum(count * others[item] for item, count in counts.items()) + len(one) + len(other)


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Join pieces of one sign; between two kept pieces what was removed comes before what was added.

    A kept blank between two changed words is taken into the change: `[-a b-]{+c d+}` reads better than four pieces.
    """
    signed = [piece for piece in pieces if piece[1]]
    for at in range(1, len(signed) - 1):
        sign, text = signed[at]
        between = signed[at - 1][0] != " " and signed[at + 1][0] != " "
        if sign == " " and between and text.isspace() and "\n" not in text:
            signed[at] = ("*", text)  # type: ignore[assignment]  # both sides, for the lines below only
    for kept, group in groupby(signed, key=lambda piece: piece[0] == " "):
        run = list(group)
        if kept:
            yield " ", "".join(text for _, text in run)
            continue
        removed = "".join(text for sign, text in run if sign != "+")
        added = "".join(text for sign, text in run if sign != "-")
        if removed:
            yield "-", removed
        if added:
            yield "+", added
