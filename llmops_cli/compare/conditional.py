"""Keywords of a JSON Schema that only take away: what brings them in narrows, what drops them widens.

Where one stands on both sides its parts are compared, each in the direction in which it works. What cannot be decided
is said to be so, and counts as breaking.
"""

from collections.abc import Callable, Iterator, Mapping

from llmops_cli.compare import keywords
from llmops_cli.compare.bounds import Reach, is_number
from llmops_cli.compare.refs import Node, node
from llmops_cli.compare.walk import Finding, Walk
from llmops_cli.model.diff import Json

Ends = tuple[Node, Node]
_FEWEST = 1  # what `contains` asks for where nothing else is said


def compare(walk: Walk, one: Node, other: Node, name: str) -> Iterator[Finding]:
    """Yield what differs in the restricting keywords."""
    before, after = one.schema or {}, other.schema or {}
    always = [name for side in (before, after) for name in _listed(side.get("required"))]
    for keys in keywords.restrictions(before, after):
        old, new = (_effective(keys, side, always) for side in (before, after))
        path = (*other.path, keys[0])
        if not old and not new:
            continue
        if not old or not new:
            reach: Reach = "wider" if not new else "narrower"
            yield walk.says(reach, path, f"{name}: {keys[0]} {'introduced' if new else 'dropped'}")
        elif not walk.same(old, new):
            rule = _RULES.get(keys[0])
            ends = Node(old, one.path), Node(new, other.path)
            found = rule(walk, ends, name) if rule else None
            yield from [walk.says("unknown", path, f"{name}: {keys[0]} changed")] if found is None else found


def _effective(keys: tuple[str, ...], schema: Mapping[str, Json], always: list[Json]) -> dict[str, Json]:
    """Return what of these keywords asserts something: without the first of a group the others say nothing.

    `always`: fields that a side requires anyway; that they are required, or no longer, is told of itself.
    """
    said = {key: schema[key] for key in keys if key in schema}
    first = said.get(keys[0])
    if keys[0] in ("if", "contains") and keys[0] not in said:
        return {}
    if keys[0] == "if" and all(said.get(key, True) in (True, {}) for key in ("then", "else")):
        return {}
    if keys[0] == "not" and isinstance(first, Mapping) and "nullable" not in first:
        return said if keywords.kinds(first) & keywords.kinds(schema) else {}
    if keys[0] == "dependentRequired" and isinstance(first, Mapping):
        return _dependent(first, always)
    return said


def _dependent(said: Mapping[str, Json], always: list[Json]) -> dict[str, Json]:
    """Return the fields that bring others with them; what is required anyway is brought by none."""
    if not all(isinstance(names, list) for names in said.values()):
        return {"dependentRequired": said}
    needed = {key: [name for name in names if name not in always] for key, names in said.items()}
    needed = {key: names for key, names in needed.items() if names}
    return {"dependentRequired": needed} if needed else {}


def _listed(said: Json) -> list[Json]:
    return said if isinstance(said, list) else []


def _inner(ends: Ends, key: str) -> Ends:
    one, other = (node((side.schema or {}).get(key), (*side.path, key)) for side in ends)
    return one, other


def _names(walk: Walk, ends: Ends, name: str) -> list[Finding] | None:
    return walk.strictly(*_inner(ends, "propertyNames"), f"{name}: names of fields")


def _branches(walk: Walk, ends: Ends, name: str) -> list[Finding] | None:
    """Under one condition each branch stands for the same values on both sides."""
    if not walk.same(*((side.schema or {})["if"] for side in ends)):
        return None
    return [found for key in ("then", "else") for found in walk.strictly(*_inner(ends, key), f"{name}: {key}")]


def _contained(walk: Walk, ends: Ends, name: str) -> list[Finding] | None:
    one, other = (side.schema or {} for side in ends)
    fewest = [side.get("minContains", _FEWEST) for side in (one, other)]
    most = [side.get("maxContains") for side in (one, other)]
    if not all(is_number(limit) for limit in (*fewest, *(limit for limit in most if limit is not None))):
        return None
    if not walk.same(one["contains"], other["contains"]):
        alike = fewest[0] == fewest[1] and most == [None, None]
        return walk.strictly(*_inner(ends, "contains"), f"{name}: contains") if alike else None
    found: list[Finding] = []
    if fewest[0] != fewest[1]:
        reach: Reach = "narrower" if fewest[1] > fewest[0] else "wider"
        words = f"{name}: minContains {fewest[0]} → {fewest[1]}"
        found.append(walk.says(reach, (*ends[1].path, "minContains"), words))
    if most[0] != most[1]:
        narrower = most[0] is None or (most[1] is not None and most[1] < most[0])
        words = " → ".join("none" if limit is None else str(limit) for limit in most)
        found.append(
            walk.says(
                "narrower" if narrower else "wider", (*ends[1].path, "maxContains"), f"{name}: maxContains {words}"
            )
        )
    return found


def _dependents(walk: Walk, ends: Ends, name: str) -> list[Finding] | None:
    """A field brings others with it: one more that must come narrows, one less widens."""
    maps = [(side.schema or {})["dependentRequired"] for side in ends]
    if not all(isinstance(side, Mapping) and all(isinstance(said, list) for said in side.values()) for side in maps):
        return None
    old, new = ({(key, str(other)) for key, said in side.items() for other in said if other != key} for side in maps)
    path = (*ends[1].path, "dependentRequired")
    more = [walk.says("narrower", path, f"{name}: {key} now needs {other}") for key, other in sorted(new - old)]
    less = [walk.says("wider", path, f"{name}: {key} no longer needs {other}") for key, other in sorted(old - new)]
    return more + less


def _dependent_schemas(walk: Walk, ends: Ends, name: str) -> list[Finding] | None:
    maps = _inner(ends, "dependentSchemas")
    keys = sorted({*(maps[0].schema or {}), *(maps[1].schema or {})})
    return [found for key in keys for found in walk.strictly(*_inner(maps, key), f"{name}: with {key}")]


def _refused(walk: Walk, ends: Ends, name: str) -> list[Finding] | None:
    """What is refused works the other way round: who refuses more lets less through."""
    one, other = _inner(ends, "not")
    less, more = walk.within(one, other, forward=False), walk.within(one, other, forward=True)
    if not less and not more:
        return None
    if less and more:
        return []
    return [walk.says("wider" if less else "narrower", (*other.path,), f"{name}: not {'less' if less else 'more'}")]


_RULES: Mapping[str, Callable[[Walk, Ends, str], list[Finding] | None]] = {
    "not": _refused,
    "if": _branches,
    "contains": _contained,
    "propertyNames": _names,
    "dependentRequired": _dependents,
    "dependentSchemas": _dependent_schemas,
}
