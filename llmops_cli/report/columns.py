"""Cells → lines whose columns stand under each other, whatever colours are laid on them afterwards."""

from collections.abc import Callable, Collection, Sequence

GAP = 3


def columns(rows: Sequence[Sequence[str]], *, right: Collection[int] = (), gap: int = GAP) -> list[list[str]]:
    """Return the rows, each cell padded to its column's width and the gap; the last cell of a row has neither.

    `right` are the columns whose cells stand at the right edge.
    """
    widths: dict[int, int] = {}
    for row in rows:
        for place, cell in enumerate(row[:-1]):
            widths[place] = max(widths.get(place, 0), len(cell))
        if len(row) - 1 in right:
            widths[len(row) - 1] = max(widths.get(len(row) - 1, 0), len(row[-1]))

    def pad(place: int, cell: str) -> str:
        return cell.rjust(widths[place]) if place in right else cell.ljust(widths[place])

    return [
        [*(pad(place, cell) + " " * gap for place, cell in enumerate(row[:-1])), _last(row, right, pad)] for row in rows
    ]


def lines(
    rows: Sequence[Sequence[str]], *, indent: str = "  ", right: Collection[int] = (), gap: int = GAP
) -> list[str]:
    """Return the rows as lines without trailing blanks."""
    return [(indent + "".join(row)).rstrip() for row in columns(rows, right=right, gap=gap)]


def _last(row: Sequence[str], right: Collection[int], pad: Callable[[int, str], str]) -> str:
    return pad(len(row) - 1, row[-1]) if len(row) - 1 in right else row[-1]
