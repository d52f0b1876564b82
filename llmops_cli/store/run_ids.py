"""Names of runs: 26 characters that sort by time, of which people see and type the first eight."""

from collections.abc import Collection

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SHOWN = 8
TIME_CHARACTERS = 10
ENTROPY_BYTES = 10
TICK_MS = 32 ** (TIME_CHARACTERS - SHOWN)
"""The first eight characters count in steps of this many milliseconds, about a second."""


def new_id(now_ms: int, entropy: bytes, taken: Collection[str] = ()) -> str:
    """Return an id (a ULID) from the time and 10 random bytes, whose first eight characters no id of `taken` has.

    Runs that start in the same second would look alike, so the later ones are dated a moment ahead.
    """
    if len(entropy) != ENTROPY_BYTES:
        raise ValueError(f"{ENTROPY_BYTES} bytes of entropy, not {len(entropy)}")
    seen = {run[:SHOWN] for run in taken}
    while _encode(now_ms, TIME_CHARACTERS)[:SHOWN] in seen:
        now_ms += TICK_MS
    return _encode(now_ms, TIME_CHARACTERS) + _encode(int.from_bytes(entropy, "big"), ENTROPY_BYTES * 8 // 5)


def is_id(name: str) -> bool:
    """Return whether a folder's name is the id of a run."""
    return len(name) == TIME_CHARACTERS + ENTROPY_BYTES * 8 // 5 and all(letter in ALPHABET for letter in name)


def _encode(number: int, width: int) -> str:
    letters = []
    for _ in range(width):
        number, digit = divmod(number, 32)
        letters.append(ALPHABET[digit])
    return "".join(reversed(letters))
