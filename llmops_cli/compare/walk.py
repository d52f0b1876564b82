"""One comparison of two JSON Schemas: what was found, what is known already, and what it may still cost."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from llmops_cli.compare.bounds import Reach
from llmops_cli.compare.follow import followed
from llmops_cli.compare.paths import Path
from llmops_cli.compare.refs import Node, same
from llmops_cli.compare.takes import finite, takes
from llmops_cli.model.diff import Json

Side = Literal["input", "output"]

_MAX_STEPS = 20_000
_MAX_DEPTH = 48
_MAX_PROOFS = 4


@dataclass(frozen=True, slots=True)
class Finding:
    """What a difference means: its path (of the side after it, where it is there), and the reason in words."""

    path: Path
    breaking: bool
    words: str


@dataclass(slots=True)
class Walk:
    """The two documents, on which side of a call they stand, and how to look at two nodes that stand for one value.

    `strict` holds new fields against what stood for them before. Elsewhere nobody sends a field that was not named;
    a part that speaks of a value beside others (`then`, `not`) may well speak of fields that are.
    """

    before: Json
    after: Json
    side: Side
    look: "Callable[[Walk, Node, Node, str], Iterable[Finding]]"
    known: dict[tuple[Path, str, Path, str, bool], tuple[Finding, ...]] = field(default_factory=dict)
    alike: dict[tuple[Path, str, Path, str], bool] = field(default_factory=dict)
    steps: int = 0
    depth: int = 0
    strict: bool = False
    proofs: int = 0

    def compare(self, one: Node, other: Node, name: str) -> tuple[Finding, ...]:
        """Return the findings of two nodes. A pair that is met again inside of itself holds if the rest holds."""
        one, other = followed(one, self.before), followed(other, self.after)
        place = (one.path, one.part, other.path, other.part)
        key = (*place, self.strict)
        if key in self.known:
            return self.known[key]
        self.steps += 1
        if self.steps > _MAX_STEPS or self.depth > _MAX_DEPTH:
            if self.depth > _MAX_DEPTH and self._alike(place, one, other):
                return ()
            return (Finding(other.path, breaking=True, words=f"{name}: too large or too deep to compare"),)
        self.known[key] = ()
        self.depth += 1
        self.known[key] = tuple(self.look(self, one, other, name))
        self.depth -= 1
        return self.known[key]

    def fits(self, one: Node, other: Node, name: str) -> tuple[Finding, ...] | None:
        """Return what `compare` finds if nothing of it breaks; else None, and forget what was assumed on the way."""
        known = dict(self.known)
        found = self.compare(one, other, name)
        if not any(finding.breaking for finding in found):
            return found
        self.known = known
        return None

    def strictly(self, one: Node, other: Node, name: str) -> list[Finding]:
        """Return what `compare` finds in parts that stand beside others."""
        strict, self.strict = self.strict, True
        found = self.compare(one, other, name)
        self.strict = strict
        return list(found)

    def within(self, one: Node, other: Node, *, forward: bool) -> bool:
        """Return whether it is proven that one side takes all that the other lets through.

        `forward` asks it of the values of before.
        """
        if forward:
            return self._proven(one, other, (self.before, self.after))
        return self._proven(other, one, (self.after, self.before))

    def holds(self, outer: Node, inner: Node, root: Json) -> bool:
        """Return whether it is proven that a part of one document takes all that another part of it lets through."""
        return self._proven(inner, outer, (root, root))

    def _proven(self, inner: Node, outer: Node, roots: tuple[Json, Json]) -> bool:
        if self.proofs >= _MAX_PROOFS:
            return False
        proof = Walk(*roots, "input", self.look, steps=self.steps, depth=self.depth + 1, strict=True)
        proof.proofs = self.proofs + 1
        found = proof.compare(inner, outer, "")
        self.steps = proof.steps
        return not any(finding.breaking for finding in found)

    def all_fit(self, one: Node, other: Node, *, forward: bool) -> bool:
        """Return whether the values of one side can all be listed and the other side lets each of them through.

        `forward` asks for the values of before.
        """
        (giver, source), (taker, target) = (one, self.before), (other, self.after)
        if not forward:
            giver, source, taker, target = taker, target, giver, source
        schema = False if taker.schema is None else taker.schema
        given = False if giver.schema is None else giver.schema
        values = finite(given, source)
        return values is not None and all(
            takes(schema, value, target) or takes(given, value, source) is False for value in values
        )

    def same(self, one: Json, other: Json) -> bool:
        """Return whether two parts are equal, what they refer to included."""
        return same(one, other, (self.before, self.after))

    def _alike(self, key: tuple[Path, str, Path, str], one: Node, other: Node) -> bool:
        if key not in self.alike:
            self.alike[key] = self.same(one.schema, other.schema)
        return self.alike[key]

    def says(self, reach: Reach, path: Path, words: str) -> Finding:
        """Return the finding for what lets more through, less, or nobody knows."""
        fine = "wider" if self.side == "input" else "narrower"
        told = f"{words}, which cannot be compared" if reach == "unknown" else words
        return Finding(path, breaking=reach != fine, words=told)


Rule = Callable[[Walk, Node, Node, str], Iterator[Finding]]
"""Looks at some keywords of two schemas. The name is how to call the value in words."""


def field_name(name: str, key: str) -> str:
    """Return how to call a field of a value: the whole has a space in front, `output total`, `variable order.total`."""
    return f"{name} {key}" if name == "output" else f"{name}.{key}"
