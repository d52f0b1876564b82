"""Alternatives (anyOf, oneOf) and conjunctions (allOf) on two sides of a JSON Schema.

Each alternative that must still fit has to fit one on the other side; what needs two of them together to be proven
counts as broken.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from llmops_cli.compare.follow import followed
from llmops_cli.compare.keywords import ANNOTATIONS, kinds, type_text, values
from llmops_cli.compare.refs import Node, node
from llmops_cli.compare.walk import Finding, Walk
from llmops_cli.model.diff import Json

_MAX_DEPTH = 8
_MAX_REDUCED = 16
# Alternatives of these words alone are held against each other; to look inside of them would be dear.
_FLAT = ANNOTATIONS | {"type", "enum", "const", "minLength", "maxLength", "pattern", "format", "multipleOf"}
_FLAT |= {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems"}


def alternatives(side: Node) -> str:
    """Return the keyword of a schema that says nothing but its alternatives; else ""."""
    schema = side.schema or {}
    said = [key for key in schema if key not in ANNOTATIONS and not key.startswith("x-")]
    listed = len(said) == 1 and said[0] in ("anyOf", "oneOf") and isinstance(schema[said[0]], list)
    return said[0] if listed else ""


def compare(walk: Walk, one: Node, other: Node, name: str) -> Iterator[Finding]:  # noqa: C901 - a case an outcome
    """Yield what differs where one side at least is a list of alternatives."""
    old, new = _reduced(walk, one, walk.before), _reduced(walk, other, walk.after)
    path = (*other.path, alternatives(other)) if alternatives(other) else other.path
    if not (_apart(one, old) and _apart(other, new)):
        if not walk.same(one.schema, other.schema):
            yield walk.says("unknown", path, f"{name}: oneOf with alternatives that overlap changed")
        return
    must, may = (new, old) if walk.side == "output" else (old, new)
    words = ("new", "gone") if walk.side == "output" else ("gone", "new")
    for at, branch in enumerate(must):
        found = _best(walk, branch, may, name)
        whole = _ends(walk, branch, one if walk.side == "output" else other)
        if found is None and walk.all_fit(*whole, forward=walk.side == "input"):
            yield Finding(path, breaking=False, words=f"{name}: alternative {_word(branch)} said in another way")
        elif found is not None:
            yield from found
        elif len(must) == len(may):
            yield from walk.compare(*_ends(walk, branch, may[at]), name)
        else:
            yield Finding(path, breaking=True, words=f"{name}: alternative {_word(branch)} {words[0]}")
    for branch in may:
        if all(walk.fits(*_ends(walk, needed, branch), name) is None for needed in must):
            yield Finding(path, breaking=False, words=f"{name}: alternative {_word(branch)} {words[1]}")


def conditions(walk: Walk, one: Node, other: Node, name: str) -> Iterator[Finding]:
    """Yield what differs in anyOf, oneOf and allOf that stand beside other keywords."""
    before, after = one.schema or {}, other.schema or {}
    for key in ("anyOf", "oneOf", "allOf"):
        old, new = _listed(before, key), _listed(after, key)
        path = (*other.path, key)
        if old and new and key != "allOf":
            left = Node({key: old}, one.path, f"{one.part}/{key}")
            right = Node({key: new}, other.path, f"{other.part}/{key}")
            yield from walk.compare(left, right, name)
            continue
        if key == "allOf":
            for at, (was, now) in enumerate(zip(old, new, strict=False)):
                yield from walk.compare(node(was, (*one.path, key, at)), node(now, (*path, at)), name)
        if len(old) != len(new):
            more = len(new) > len(old)
            yield walk.says(
                "narrower" if more else "wider", path, f"{name}: {key} {'introduced' if more else 'dropped'}"
            )


def _best(walk: Walk, branch: Node, offered: Sequence[Node], name: str) -> tuple[Finding, ...] | None:
    """Return the findings against the alternative that fits best; None where none fits."""
    fitting = [found for end in offered if (found := walk.fits(*_ends(walk, branch, end), name)) is not None]
    return min(fitting, key=len, default=None)


def _ends(walk: Walk, must: Node, may: Node) -> tuple[Node, Node]:
    """Return the pair as before and after: what must fit was there before at an input, is there after at an output."""
    return (may, must) if walk.side == "output" else (must, may)


def _reduced(walk: Walk, side: Node, root: Json) -> list[Node]:
    """Return the alternatives without those that say nothing, for another one of them takes all that they take."""
    branches = _branches(side, root)
    if alternatives(side) != "anyOf" or len(branches) > _MAX_REDUCED:
        return branches
    kept = list(branches)
    for branch in branches:
        if any(other is not branch and _covers(walk, other, branch, root) for other in kept):
            kept = [other for other in kept if other is not branch]
    return kept


def _covers(walk: Walk, outer: Node, inner: Node, root: Json) -> bool:
    flat = all((side.schema or {}).keys() <= _FLAT for side in (outer, inner))
    return outer.schema == {} or (flat and walk.holds(outer, inner, root))


def _branches(side: Node, root: Json, depth: int = 0) -> list[Node]:
    """Return the alternatives of a schema; of a list of types, one for each; else the schema itself."""
    key = alternatives(side)
    listed = _listed(side.schema or {}, key) if key else []
    nodes = [followed(node(branch, (*side.path, key, at)), root) for at, branch in enumerate(listed)]
    if depth < _MAX_DEPTH and key == "anyOf":
        nodes = [
            part
            for inner in nodes
            for part in (_branches(inner, root, depth + 1) if alternatives(inner) == key else [inner])
        ]
    return [part for branch in (nodes if key else [side]) for part in _by_type(branch)]


def _by_type(branch: Node) -> Iterator[Node]:
    if branch.schema is None:
        return
    said = branch.schema.get("type")
    if not isinstance(said, list):
        yield branch
        return
    for kind in said:
        yield Node({**branch.schema, "type": kind}, branch.path, f"{branch.part}/{kind}")


def _apart(side: Node, branches: Sequence[Node]) -> bool:
    """Return whether no value can fit two alternatives, which `oneOf` would refuse."""
    if alternatives(side) != "oneOf":
        return True
    schemas = [branch.schema or {} for branch in branches]
    return all(not kinds(one) & kinds(other) or _told_apart(one, other) for one, other in combinations(schemas, 2))


def _told_apart(one: Mapping[str, Json], other: Mapping[str, Json]) -> bool:
    """Return whether a required field has values of its own on each side."""
    if kinds(one) | kinds(other) != {"object"}:
        return False
    fields = [_mapping(side) for side in (one, other)]
    for key in set(_listed(one, "required")) & set(_listed(other, "required")) & set(fields[0]) & set(fields[1]):
        marks = [values(side[key]) if isinstance(side[key], Mapping) else None for side in fields]
        if marks[0] is not None and marks[1] is not None and not {*map(repr, marks[0])} & {*map(repr, marks[1])}:
            return True
    return False


def _mapping(schema: Mapping[str, Json]) -> Mapping[str, Json]:
    said = schema.get("properties")
    return said if isinstance(said, Mapping) else {}


def _listed(schema: Mapping[str, Json], key: str) -> list[Json]:
    said = schema.get(key)
    return said if isinstance(said, list) else []


def _word(branch: Node) -> str:
    schema = branch.schema or {}
    return str(schema.get("title") or type_text(schema))
