"""Three versions of a text → one, line by line: what git itself does, for where nothing more is known."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_LINES = re.compile(r"[^\n]*\n|[^\n]+")
# Lines of two texts that the matcher compares; above it only equal heads and tails are found.
MAX_PAIRS = 4_000_000


@dataclass(frozen=True, slots=True)
class Marks:
    """How a conflict is marked: the width of the marks, and what the two sides are called."""

    size: int = 7
    ours: str = "ours"
    theirs: str = "theirs"

    def conflict(self, ours: str, theirs: str) -> str:
        """Return both texts (each empty or ended by a newline) between marks."""
        top, middle, bottom = (mark * self.size for mark in "<=>")
        return f"{top} {self.ours}\n{ours}{middle}\n{theirs}{bottom} {self.theirs}\n"


Clash = Callable[[str, str], str]
"""What becomes of two texts that both sides wrote in one place."""


def merge_lines(base: str, ours: str, theirs: str, clash: Clash) -> str:
    """Return the text with the changes of both sides; where they meet, what `clash` makes of them.

    Changes of neighbouring lines meet, as they do in git.
    """
    if ours in (base, theirs):
        return theirs
    if theirs == base:
        return ours
    old, one, other = (_LINES.findall(text) for text in (base, ours, theirs))
    shared = _shared(old, _matches(old, one), _matches(old, other))
    merged: list[str] = []
    at_old = at_one = at_other = 0
    for start, in_one, in_other, size in [*shared, (len(old), len(one), len(other), 0)]:
        before, mine, yours = (
            "".join(lines) for lines in (old[at_old:start], one[at_one:in_one], other[at_other:in_other])
        )
        merged.append(_settled(before, mine, yours, clash))
        merged += old[start : start + size]
        at_old, at_one, at_other = start + size, in_one + size, in_other + size
    return "".join(merged)


def _settled(before: str, mine: str, yours: str, clash: Clash) -> str:
    if mine in (before, yours):
        return yours
    return mine if yours == before else clash(mine, yours)


def _matches(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int, int]]:
    """Return the runs of equal lines: (start in old, start in new, how many)."""
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    inner_old, inner_new = old[head : len(old) - tail], new[head : len(new) - tail]
    runs = [(0, 0, head)]
    if len(inner_old) * len(inner_new) <= MAX_PAIRS:
        blocks = SequenceMatcher(None, inner_old, inner_new, autojunk=False).get_matching_blocks()
        runs += [(head + block.a, head + block.b, block.size) for block in blocks]
    runs.append((len(old) - tail, len(new) - tail, tail))
    return [run for run in runs if run[2]]


def _shared(
    old: Sequence[str], ones: list[tuple[int, int, int]], others: list[tuple[int, int, int]]
) -> list[tuple[int, int, int, int]]:
    """Return the runs of lines that all three have: (start in old, in one, in other, how many), in order."""
    in_one = {start + at: place + at for start, place, size in ones for at in range(size)}
    in_other = {start + at: place + at for start, place, size in others for at in range(size)}
    runs: list[tuple[int, int, int, int]] = []
    for line in range(len(old)):
        if line not in in_one or line not in in_other:
            continue
        place = (line, in_one[line], in_other[line])
        if runs and place == tuple(start + runs[-1][3] for start in runs[-1][:3]):
            runs[-1] = (*runs[-1][:3], runs[-1][3] + 1)
        else:
            runs.append((*place, 1))
    return runs
