"""Which items of two lists belong together."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from difflib import SequenceMatcher

Pair = tuple[int, int]


def exact(before: Sequence[str], after: Sequence[str]) -> list[Pair]:
    """Return the pairs of equal items: those in order first, then equal ones that stand elsewhere."""
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    pairs = [(block.a + at, block.b + at) for block in blocks for at in range(block.size)]
    taken, given = {i for i, _ in pairs}, {j for _, j in pairs}
    free: dict[str, list[int]] = {}
    for j in range(len(after) - 1, -1, -1):
        if j not in given:
            free.setdefault(after[j], []).append(j)
    for i, item in enumerate(before):
        if i not in taken and free.get(item):
            pairs.append((i, free[item].pop()))
    return sorted(pairs)


def nearest(before: Iterable[int], after: Iterable[int], alike: Callable[[int, int], float]) -> list[Pair]:
    """Return pairs of the items left over, the most alike first; an item that is like none stays alone.

    `alike` gives 0 for items that do not belong together.
    """
    free = list(after)
    ranked = sorted((-alike(i, j), abs(i - j), i, j) for i in before for j in free)
    pairs: list[Pair] = []
    for score, _, i, j in ranked:
        if score < 0 and all(i != one and j != other for one, other in pairs):
            pairs.append((i, j))
    return sorted(pairs)


def moved(pairs: Sequence[Pair]) -> set[Pair]:
    """Return the fewest pairs that must move so that all others keep their order."""
    ordered = sorted(pairs)
    tails: list[int] = []
    length = [0] * len(ordered)
    for at, (_, j) in enumerate(ordered):
        length[at] = bisect_left(tails, j)
        tails[length[at] : length[at] + 1] = [j]
    stays: set[Pair] = set()
    wanted = len(tails) - 1
    for at in range(len(ordered) - 1, -1, -1):
        if length[at] == wanted:
            stays.add(ordered[at])
            wanted -= 1
    return set(ordered) - stays
