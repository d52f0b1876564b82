"""The fields of an object on two sides of a JSON Schema."""

from collections.abc import Iterator, Mapping

from llmops_cli.compare.keywords import kinds
from llmops_cli.compare.refs import Node, node
from llmops_cli.compare.walk import Finding, Walk, field_name
from llmops_cli.model.diff import Json

_OTHERS = "additionalProperties"


def compare(walk: Walk, one: Node, other: Node, name: str) -> Iterator[Finding]:
    """Yield what differs in properties, required and additionalProperties."""
    before, after = one.schema or {}, other.schema or {}
    if "object" not in kinds(before) & kinds(after):
        return
    old, new = _mapping(before), _mapping(after)
    for key in sorted({*old, *new}):
        label = field_name(name, key)
        paths = [(*side.path, "properties", key) for side in (one, other)]
        if key in old and key in new:
            yield from walk.compare(node(old[key], paths[0]), node(new[key], paths[1]), label)
        elif key in new and (walk.strict or key in _required(before)):  # it may have been there: anything would do
            yield from walk.compare(_rest(one), node(new[key], paths[1]), label)
        elif key in new:
            yield _added(walk, paths[1], label, required=key in _required(after))
            yield from _against_others(walk, (_rest(one), node(new[key], paths[1])), label)
        else:
            yield _removed(walk, paths[0], label, closed=_closed(after))
            if walk.side == "input":
                yield from _against_others(walk, (node(old[key], paths[0]), _rest(other)), label)
    yield from _patterns(walk, one, other, name)
    yield from _requirements(walk, one, other, name)
    yield from _others(walk, one, other, name)


def _added(walk: Walk, path: tuple[str | int, ...], label: str, *, required: bool) -> Finding:
    if walk.side == "output":
        return Finding(path, breaking=False, words=f"{label} added")
    return Finding(path, breaking=required, words=f"{label} added, {'required' if required else 'optional'}")


def _removed(walk: Walk, path: tuple[str | int, ...], label: str, *, closed: bool) -> Finding:
    """A reader misses the field; a sender is refused only where other fields than the named are."""
    return Finding(path, breaking=walk.side == "output" or closed, words=f"{label} removed")


def _against_others(walk: Walk, ends: tuple[Node, Node], label: str) -> Iterator[Finding]:
    """A field that had or gets no schema of its own is under the one for all other fields, if there is any."""
    if all(end.schema for end in ends):
        yield from walk.compare(*ends, label)


def _patterns(walk: Walk, one: Node, other: Node, name: str) -> Iterator[Finding]:
    """Fields whose names fit a pattern: a pattern that is new is held against what stood for all other fields."""
    old, new = (_mapping(side.schema or {}, "patternProperties") for side in (one, other))
    for key in sorted({*old, *new}):
        label, paths = f"{name}: fields like {key}", [(*side.path, "patternProperties", key) for side in (one, other)]
        if key in old and key in new:
            yield from walk.compare(node(old[key], paths[0]), node(new[key], paths[1]), label)
        elif walk.side == "output":
            yield Finding(
                paths[key in new], breaking=key in old, words=f"{label} {'added' if key in new else 'removed'}"
            )
        elif key in new:
            yield from walk.compare(_rest(one), node(new[key], paths[1]), label)
            named = {*_mapping(one.schema or {}), *old}  # a field of before may fit the pattern too
            yield Finding(paths[1], breaking=bool(named) and new[key] not in ({}, True), words=f"{label} added")
        else:
            yield from walk.compare(node(old[key], paths[0]), _rest(other), label)
            yield Finding(paths[0], breaking=False, words=f"{label} removed")


def _requirements(walk: Walk, one: Node, other: Node, name: str) -> Iterator[Finding]:
    before, after = one.schema or {}, other.schema or {}
    old, new = _required(before), _required(after)
    path = (*other.path, "required")
    for key in sorted(old ^ new):
        label = field_name(name, key)
        if key in new and key not in _mapping(before) and key in _mapping(after):
            yield Finding(path, walk.side == "input", _added(walk, path, label, required=True).words)
        elif key in old and key in _mapping(before) and key not in _mapping(after):
            yield _removed(walk, path, label, closed=_closed(after))
        else:
            words = f"{label}: {'optional → required' if key in new else 'required → optional'}"
            yield walk.says("narrower" if key in new else "wider", path, words)


def _others(walk: Walk, one: Node, other: Node, name: str) -> Iterator[Finding]:
    """Fields that are not named. To a reader, fields that he does not know of are like new ones: he passes them by."""
    before, after = _rest(one), _rest(other)
    if walk.side == "output" and before.schema is None and after.schema is not None:
        yield Finding((*other.path, _OTHERS), breaking=False, words=f"{name}: other fields may appear")
    elif walk.side == "output" and before.schema and after.schema is None:
        yield Finding((*other.path, _OTHERS), breaking=True, words=f"{name}: other fields removed")
    elif before.schema != {} or after.schema != {}:
        yield from walk.compare(before, after, f"{name}: other fields")


def _rest(side: Node) -> Node:
    return node((side.schema or {}).get(_OTHERS), (*side.path, _OTHERS))


def _closed(schema: Mapping[str, Json]) -> bool:
    return schema.get(_OTHERS) is False or "unevaluatedProperties" in schema


def _mapping(schema: Mapping[str, Json], key: str = "properties") -> Mapping[str, Json]:
    said = schema.get(key)
    return said if isinstance(said, Mapping) else {}


def _required(schema: Mapping[str, Json]) -> frozenset[str]:
    said = schema.get("required")
    return frozenset(map(str, said)) if isinstance(said, list) else frozenset()
