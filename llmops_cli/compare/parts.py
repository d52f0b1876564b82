"""Two versions of one part of a prompt → the hunks between them, and the part as it is with some of them.

Each function notes hunks with `note` and returns what makes the part of a choice: of no hunk the old part, of all of
them the new one, of any others something between.
"""

import copy
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from llmops_cli.compare import align
from llmops_cli.compare.nested import keys_that_differ
from llmops_cli.compare.paths import drop, join, put
from llmops_cli.compare.sentences import aligned
from llmops_cli.compare.templates import plain
from llmops_cli.model.hunk import Hunk, Json, Kind, Path

Chosen = Collection[int]
Make = Callable[[Chosen], Json]
Note = Callable[[Hunk], int]
"""Keeps a hunk and returns its number."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One item of a list. `old` and `new` are its places before and after, None where it is not there.

    `number` is the hunk that adds, removes or moves it; None where it stays. `make` makes the item itself.
    """

    old: int | None
    new: int | None
    make: Make
    number: int | None = None


def same(said: Json) -> Make:
    """Return what makes the same of every choice."""
    return lambda _: said


def text(note: Note, label: str, path: Path, before: str, after: str) -> Make:
    """Return what makes a text: one hunk a sentence. Spacing inside the tags of a template is no edit."""
    one, other = (side.replace("\r\n", "\n").replace("\r", "\n") for side in (before, after))
    if plain(one) == plain(other):
        return lambda _: after
    pieces: list[tuple[str, str, int]] = []
    places = [0, 0]
    for old, new in aligned(one, other):
        number = -1
        if old != new:
            kind = kind_of(old or None, new or None)
            number = note(Hunk(label, path, kind, old or None, new or None, places[bool(new)]))
        pieces.append((old, new, number))
        places = [places[0] + len(old), places[1] + len(new)]
    return lambda chosen: "".join(new if number in chosen else old for old, new, number in pieces)


def kind_of(before: Json, after: Json) -> Kind:
    """Return what happened to a part that differs; None is one that is absent."""
    return "added" if before is None else "removed" if after is None else "changed"


def value(note: Note, label: str, path: Path, before: Json, after: Json) -> Make:
    """Return what makes a value that changes as a whole; None is one that is absent."""
    if before == after:
        return lambda _: after
    number = note(Hunk(label, path, kind_of(before, after), before, after))
    return lambda chosen: after if number in chosen else before


def mapping(note: Note, label: str, path: Path, before: Mapping[str, Json], after: Mapping[str, Json]) -> Make:
    """Return what makes a mapping: one hunk a key that differs, also of mappings inside."""
    found = []
    for one in keys_that_differ(before, after):
        name = label + join(("_", *one.path)).removeprefix("_")
        found.append((note(Hunk(name, (*path, *one.path), one.kind, one.before, one.after)), one))

    def make(chosen: Chosen) -> Json:
        root = copy.deepcopy(dict(before))
        for number, one in found:
            if number in chosen and one.kind == "removed":
                drop(root, one.path)
            elif number in chosen:
                put(root, one.path, copy.deepcopy(one.after))
        return root

    return make


def items(slots: Sequence[Slot]) -> Make:
    """Return what makes a list of the slots. What stays anchors the order; between anchors the old come first."""
    fixed = [slot for slot in slots if slot.number is None]
    anchors = [(slot.old or 0, slot.new or 0) for slot in sorted(fixed, key=lambda slot: slot.old or 0)]

    def make(chosen: Chosen) -> Json:
        placed = []
        for slot in slots:
            side = slot.number is None or slot.number in chosen
            at = slot.new if side else slot.old
            if at is not None:
                behind = sum(anchor[side] <= at for anchor in anchors)
                placed.append(((behind, slot.number is not None, side, at), slot.make(chosen)))
        return [made for _, made in sorted(placed, key=lambda pair: pair[0])]

    return make


def slots(
    note: Note,
    pairs: Sequence[align.Pair],
    sides: tuple[Sequence[Json], Sequence[Json]],
    path: Path,
    label: Callable[[Json, int], str],
    inner: Callable[[int, int], Make],
) -> Make:
    """Return what makes a list whose items pair up as `pairs` says; `inner` makes what differs inside of a pair."""
    before, after = sides
    moved = align.moved(pairs)
    found = []
    for i, j in pairs:
        number = note(Hunk(label(after[j], j), (*path, j), "moved", i, j)) if (i, j) in moved else None
        found.append(Slot(i, j, inner(i, j), number))
    for i in sorted({*range(len(before))} - {i for i, _ in pairs}):
        number = note(Hunk(label(before[i], i), (*path, i), "removed", before[i], None))
        found.append(Slot(i, None, same(before[i]), number))
    for j in sorted({*range(len(after))} - {j for _, j in pairs}):
        number = note(Hunk(label(after[j], j), (*path, j), "added", None, after[j]))
        found.append(Slot(None, j, same(after[j]), number))
    return items(found)
