"""Whether callers and readers of a JSON Schema can live with another one.

Inputs are contravariant: whoever sends must still be let through. Outputs are covariant: whoever reads must still find
what was there, where it was. A difference of which neither can be proven is breaking.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from llmops_cli.compare import conditional, keywords, objects, unions
from llmops_cli.compare.bounds import Reach
from llmops_cli.compare.refs import Node, node
from llmops_cli.compare.walk import Finding, Rule, Side, Walk
from llmops_cli.model.diff import Json


def findings(before: Json, after: Json, *, side: Side, name: str) -> tuple[Finding, ...]:
    """Return each difference that matters, with what it means; `name` is how to call the whole."""
    walk = Walk(before, after, side, _look)
    return tuple(dict.fromkeys(walk.compare(node(before, ()), node(after, ()), name)))


def _look(walk: Walk, one: Node, other: Node, name: str) -> Iterator[Finding]:
    if one.schema is None or other.schema is None:
        if one.schema is not other.schema:
            reach: Reach = "wider" if one.schema is None else "narrower"
            words = f"{name}: {'now possible' if one.schema is None else 'no longer possible'}"
            yield walk.says(reach, other.path, words)
        return
    there, back = (walk.all_fit(one, other, forward=forward) for forward in (True, False))
    if there and back:
        return
    fits = there if walk.side == "input" else back
    for finding in _differences(walk, one, other, name):
        yield replace(finding, breaking=False) if fits else finding


def _differences(walk: Walk, one: Node, other: Node, name: str) -> Iterator[Finding]:
    if unions.alternatives(one) or unions.alternatives(other):
        yield from unions.compare(walk, one, other, name)
        return
    for rule in _RULES:
        yield from rule(walk, one, other, name)


def _values(walk: Walk, one: Node, other: Node, name: str) -> Iterator[Finding]:
    for key, reach, words in keywords.compare(_schema(one), _schema(other)):
        yield walk.says(reach, (*other.path, key), f"{name}: {words}")


def _items(walk: Walk, one: Node, other: Node, name: str) -> Iterator[Finding]:
    before, after = _schema(one), _schema(other)
    if "array" not in keywords.kinds(before) & keywords.kinds(after):
        return
    old, new = before.get("prefixItems", []), after.get("prefixItems", [])
    if isinstance(old, list) and isinstance(new, list):
        for at in range(max(len(old), len(new))):
            yield from walk.compare(_item(one, old, at), _item(other, new, at), f"{name}[{at}]")
    else:
        yield walk.says("unknown", (*other.path, "prefixItems"), f"{name}: prefixItems changed")
    if "items" in before or "items" in after:  # else there is no end to what an item may hold
        ends = (node(before.get("items"), (*one.path, "items")), node(after.get("items"), (*other.path, "items")))
        yield from walk.compare(*ends, f"{name}[]")


def _item(side: Node, prefix: list[Json], at: int) -> Node:
    """Return the schema of the item at a place: behind the named places it is the one of all others."""
    if at < len(prefix):
        return node(prefix[at], (*side.path, "prefixItems", at))
    return node((side.schema or {}).get("items"), (*side.path, "items"))


def _others(walk: Walk, one: Node, other: Node, name: str) -> Iterator[Finding]:
    """Keywords that are not compared by meaning, or that look at what all the others have let through.

    What no draft of JSON Schema knows asserts nothing.
    """
    before, after = _schema(one), _schema(other)
    keys = sorted({*before, *after} & keywords.OPAQUE)
    if any(key.startswith("unevaluated") for key in keys):
        keys += ["allOf", "anyOf", "oneOf", "if", "then", "else", "dependentSchemas"]
    for key in keys:
        if (key in before) != (key in after) or not walk.same(before.get(key), after.get(key)):
            yield walk.says("unknown", (*other.path, key), f"{name}: {key} changed")


def _schema(node: Node) -> Mapping[str, Json]:
    return node.schema or {}


_RULES: tuple[Rule, ...] = (_values, conditional.compare, _items, objects.compare, unions.conditions, _others)
