"""Which texts were seen, in 16 MB for a million of them: their 64-bit hashes in open tables, no strings kept.

Where each stood first takes as much again.

Two different texts share a hash with a chance of one in thirty million for a set of a million.
"""

from array import array

SHARDS = 256  # each grows by itself, so that no growth copies everything at once
FIRST = 64
FULL = 0.75


class Seen:
    """The texts seen so far."""

    def __init__(self) -> None:
        """Begin with none."""
        self._tables = [array("Q", bytes(8 * FIRST)) for _ in range(SHARDS)]
        self._counts = [0] * SHARDS

    def add(self, text: str) -> bool:
        """Return whether the text was new."""
        number = hash(text) & 0xFFFF_FFFF_FFFF_FFFF or 1  # 0 marks an empty slot
        shard = number % SHARDS
        table = self._tables[shard]
        last = len(table) - 1
        slot = (number // SHARDS) & last
        while kept := table[slot]:
            if kept == number:
                return False
            slot = (slot + 1) & last
        table[slot] = number
        self._counts[shard] += 1
        if self._counts[shard] > FULL * last:
            self._tables[shard], _ = _grown(table)
        return True


class Firsts:
    """The texts seen so far, each with the place at which it stood first."""

    def __init__(self) -> None:
        """Begin with none."""
        self._tables = [(array("Q", bytes(8 * FIRST)), array("Q", bytes(8 * FIRST))) for _ in range(SHARDS)]
        self._counts = [0] * SHARDS

    def add(self, text: str, place: int) -> int:
        """Return where the text stood first: `place`, if it is new."""
        number = hash(text) & 0xFFFF_FFFF_FFFF_FFFF or 1
        shard = number % SHARDS
        table, places = self._tables[shard]
        last = len(table) - 1
        slot = (number // SHARDS) & last
        while kept := table[slot]:
            if kept == number:
                return places[slot]
            slot = (slot + 1) & last
        table[slot], places[slot] = number, place
        self._counts[shard] += 1
        if self._counts[shard] > FULL * last:
            self._tables[shard] = _grown(table, places)
        return place


def _grown(table: "array[int]", places: "array[int] | None" = None) -> "tuple[array[int], array[int]]":
    """Return the table at twice its size, and the places, where any are kept."""
    larger = array("Q", bytes(16 * len(table)))
    moved = array("Q", bytes(16 * len(places or ())))
    last = len(larger) - 1
    for old, number in enumerate(table):
        if number:
            slot = (number // SHARDS) & last
            while larger[slot]:
                slot = (slot + 1) & last
            larger[slot] = number
            if places:
                moved[slot] = places[old]
    return larger, moved
