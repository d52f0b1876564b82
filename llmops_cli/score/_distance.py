"""How alike two texts are."""

_LONGEST = 10_000


def similarity(one: str, other: str) -> float:
    """Return 1 − Levenshtein distance ÷ length of the longer text: 1.0 for equal texts, 0.0 for nothing alike.

    Texts above 10,000 characters are alike only if equal.
    """
    if one == other:
        return 1.0
    longer = max(len(one), len(other))
    return 0.0 if longer > _LONGEST else 1 - distance(one, other) / longer


def distance(one: str, other: str) -> int:
    """Return the Levenshtein distance: the least number of characters inserted, deleted or replaced.

    Bit-parallel after Hyyrö (2003), "A bit-vector algorithm for computing Levenshtein and Damerau edit distances": one
    step a character of `other`, all of `one` at once in a Python integer.
    """
    if not one:
        return len(other)
    size = len(one)
    full, last = (1 << size) - 1, 1 << (size - 1)
    places: dict[str, int] = {}
    for index, char in enumerate(one):
        places[char] = places.get(char, 0) | 1 << index
    up, down, steps = full, 0, size
    for char in other:
        match = places.get(char, 0)
        diagonal = (((match & up) + up) ^ up) | match | down
        right_up = down | (full & ~(diagonal | up))
        right_down = up & diagonal
        steps += bool(right_up & last) - bool(right_down & last)
        right_up = (right_up << 1) | 1
        right_down <<= 1
        up = full & (right_down | (full & ~(diagonal | right_up)))
        down = right_up & diagonal & full
    return steps
