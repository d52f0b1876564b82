"""What of two values only a model tells apart: the order of the fields that it writes, a number's spelling."""

import json
from collections.abc import Iterator, Mapping

from llmops_cli.compare.paths import Path, join
from llmops_cli.model.diff import Area, Change, ChangeClass, Json
from llmops_cli.model.order import fields
from llmops_cli.model.prompt import canonical

_WORDS = "the order of the fields, in which the model writes them"


def reordered(before: Json, after: Json, top: Path, area: Area) -> Iterator[Change]:
    """Yield each `properties` that has the same fields in another order."""
    old = dict(fields(before))
    for place, keys in fields(after):
        if place in old and old[place] != keys:
            one, other = _at(before, place), _at(after, place)
            if canonical(one) == canonical(other):  # else the difference is told where it lies
                yield Change(join((*top, *place)), "changed", ChangeClass.PATCH, area, one, other, _WORDS)


def spelled(value: Json) -> str:
    """Return the value as a template prints it: `1.0` is not `1`, and keys have an order."""
    return json.dumps(value, ensure_ascii=False)


def spelled_row(row: Mapping[str, Json], *, keep: bool) -> str:
    """Return a few-shot row so; the order of its keys and inputs means nothing, unless a variable keeps it."""
    return spelled(_sorted({key: said if keep else _sorted(said) for key, said in row.items()}))


def _sorted(value: Json) -> Json:
    return dict(sorted(value.items())) if isinstance(value, Mapping) else value


def _at(value: Json, path: Path) -> Json:
    for key in path:
        value = value[key]
    return value
