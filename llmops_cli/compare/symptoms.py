"""Cases that broke alike: which of many stand for them all."""

from collections.abc import Mapping, Sequence

from llmops_cli.compare.breaks import Broke

FIFTHS = 5
PAIR = 2
"""One case of a kind accuses nobody: of noisy ones it is the unluckiest."""
Kind = tuple[int, tuple[str, ...]]


def representatives(broke: Sequence[Broke], tags: Mapping[str, Sequence[str]], most: int) -> tuple[Broke, ...]:
    """Return at most so many of the cases: of each kind two, then two more. `broke` is sorted, the surest first.

    Cases are of one kind that fell by as much and have the same tags: two parts of an edit that each break something
    break other cases, or break some by more than others. A kind that was seen oftener comes first.
    """
    kinds: dict[Kind, list[Broke]] = {}
    for one in broke:
        kinds.setdefault((round(one.drop * FIFTHS), tuple(sorted(tags.get(one.case, ())))), []).append(one)
    first = {kind: place for place, kind in enumerate(kinds)}

    def order(kind: Kind) -> tuple[object, ...]:
        best = kinds[kind][0]
        return (best.rank[:-1], len(kinds[kind]) < PAIR, -len(kinds[kind]), first[kind])

    rows = [kinds[kind] for kind in _spread(sorted(kinds, key=order))]
    return _dealt(rows, most)


def _spread(kinds: Sequence[Kind]) -> list[Kind]:
    """Return the kinds so that other falls come before other tags of the same fall."""
    falls: dict[int, list[Kind]] = {}
    for kind in kinds:
        falls.setdefault(kind[0], []).append(kind)
    longest = max(map(len, falls.values()), default=0)
    return [row[at] for at in range(longest) for row in falls.values() if at < len(row)]


def _dealt(rows: Sequence[Sequence[Broke]], most: int) -> tuple[Broke, ...]:
    """Return two of each row in turn, those of a row together; a place that is left over goes to the first rows."""
    counts = [0] * len(rows)
    left = min(most, sum(map(len, rows)))
    while left:
        step = PAIR if left >= PAIR else 1
        for at, row in enumerate(rows):
            take = min(step, left, len(row) - counts[at])
            counts[at] += take
            left -= take
            if left < step:
                break
    return tuple(one for row, count in zip(rows, counts, strict=True) for one in row[:count])
