"""One line of an eval set → a Case, or everything that is wrong with it.

Written by hand and not by JSON Schema, as 100,000 lines must take a second. A test holds that both say the same.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from llmops_cli.load.json_ import Flaw, keys
from llmops_cli.load.jsonl import Line, problem
from llmops_cli.load.scorers import free_name, name_of, spec
from llmops_cli.model.evalset import Case, ScorerSpec
from llmops_cli.model.problem import Problem
from llmops_cli.model.prompt import digest
from llmops_cli.model.source import Source

ID = re.compile(r"[^\x00-\x1f\x7f]{1,200}")
TYPE = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")


def case(line: Line, path: str, taken: frozenset[str] = frozenset()) -> Case | list[Problem]:
    """Return the case of a line, or its problems. `taken` are the names of the set's own scorers."""
    value = line.value
    if not _is_valid(value):
        return sorted(_problems(line, path), key=lambda each: each.order)
    source = Source(path, line.number, 1)
    checks: tuple[ScorerSpec, ...] = ()
    if "checks" in value:
        checks = _checks(value["checks"], source, taken)
        if len({check.name for check in checks} - taken) < len(checks):
            return [_at(line, path, "checks", "LE031", "two scorers of the case have one name")]
    inputs = value["inputs"]
    return Case(
        id=value["id"] if "id" in value else digest(inputs)[:12],
        inputs=inputs,
        expected=value.get("expected"),
        tags=tuple(value.get("tags", ())),
        critical=value.get("critical", False),
        never=value.get("never", False),
        checks=checks,
        context=tuple(value.get("context", ())),
        messages=tuple(value.get("messages", ())),
        metadata=value.get("metadata", {}),
        source=source,
    )


def _checks(said: list[Any], source: Source, taken: frozenset[str]) -> tuple[ScorerSpec, ...]:
    named = {each["name"] for each in said if isinstance(each, dict) and "name" in each}
    used = {*taken, *named}
    checks = []
    for each in said:
        name = name_of(each)
        if isinstance(each, str) or "name" not in each:
            name = free_name(name, used)
            used.add(name)
        checks.append(spec(each, name, source))
    return tuple(checks)


def _is_id(value: Any) -> bool:
    return ID.fullmatch(value) is not None


def _is_texts(value: Any) -> bool:
    return set(map(type, value)) <= {str}


def _is_turns(value: Any) -> bool:
    return all(isinstance(turn, dict) and isinstance(turn.get("role"), str) for turn in value)


def _is_checks(value: Any) -> bool:
    return all(isinstance(check, str) or _is_check(check) for check in value)


def _is_check(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("type"), str) or not TYPE.fullmatch(value["type"]):
        return False
    name = value.get("name", "name")
    flags = all(isinstance(value[key], bool) for key in ("not", "gate", "primary") if key in value)
    shares = all(_is_share(value[key]) for key in ("pass_at", "min") if key in value)
    return flags and shares and isinstance(name, str) and 0 < len(name) <= 100  # noqa: PLR2004 - the schema's limit


def _is_share(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1


FITS: Mapping[str, tuple[type, Callable[[Any], bool] | None, str]] = {
    "id": (str, _is_id, "text of 1 to 200 characters without control characters"),
    "inputs": (dict, None, "an object"),
    "expected": (object, None, ""),
    "tags": (list, _is_texts, "a list of texts"),
    "critical": (bool, None, "true or false"),
    "never": (bool, None, "true or false"),
    "checks": (list, _is_checks, 'a list of scorers, e.g. {"type": "contains", "value": "INV-17"}'),
    "context": (list, _is_texts, "a list of texts"),
    "messages": (list, _is_turns, 'a list of turns, e.g. {"role": "user", "content": "…"}'),
    "metadata": (dict, None, "an object"),
}


def _is_valid(value: Mapping[str, Any]) -> bool:
    for key, item in value.items():
        rule = FITS.get(key)
        if rule is None:
            if not key.startswith("x-"):
                return False
        elif not isinstance(item, rule[0]) or (rule[1] is not None and not rule[1](item)):
            return False
    return "inputs" in value


def _problems(line: Line, path: str) -> Iterator[Problem]:
    for key, item in line.value.items():
        if key in FITS:
            kind, fits, wanted = FITS[key]
            if not isinstance(item, kind) or (fits is not None and not fits(item)):
                yield _at(line, path, key, "LE009", f"{key} must be {wanted}")
        elif not key.startswith("x-"):
            near = get_close_matches(key, FITS, n=1)
            hint = f"did you mean {near[0]}?" if near else "put your own data below metadata"
            yield _at(line, path, key, "LE007", f"unknown key {key}", hint)
    if "inputs" not in line.value:
        yield problem(line.text, Flaw("LE008", 0, "the case has no inputs"), line.number, path, 'e.g. {"inputs": {…}}')


def _at(line: Line, path: str, key: str, code: str, message: str, hint: str = "") -> Problem:
    """Return a problem with a top-level key (LE007: the key itself, else its value)."""
    place = next(place for place in keys(line.text) if place.depth == 1 and place.key == key)
    flaw = Flaw(code, place.value_offset, message)
    if code == "LE007":
        flaw = Flaw(code, place.offset, message, len(key) + 2)
    return problem(line.text, flaw, line.number, path, hint)


def at_key(line: Line, path: str, key: str, code: str, message: str) -> Problem:
    """Return a problem with the value of a top-level key; with the line, where the key is not there."""
    if key in line.value:
        return _at(line, path, key, code, message)
    return problem(line.text, Flaw(code, 0, message), line.number, path)
