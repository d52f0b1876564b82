"""promptfoo's `tests:` (YAML or JSON, read already) → cases of ours. What we cannot say is listed, never dropped.

`vars` become inputs, `description` the id, deterministic assertions become checks: equals, contains, icontains,
contains-all, contains-any, regex, is-json, and their `not-` forms. A test with any other assertion is reported.

Options:
    (none)

Example:
    llmops evalset import promptfooconfig.yaml --id support --from promptfoo

"""

from collections.abc import Callable, Mapping
from typing import Any

from llmops_cli.errors import UsageError

KNOWN: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "equals": lambda value: {"type": "exact", "value": value},
    "contains": lambda value: {"type": "contains", "value": value},
    "icontains": lambda value: {"type": "contains", "value": value, "ignore_case": True},
    "contains-all": lambda value: {"type": "contains", "all": value},
    "contains-any": lambda value: {"type": "contains", "any": value},
    "regex": lambda value: {"type": "regex", "pattern": value},
    "is-json": lambda _value: {"type": "json_valid"},
}


def build() -> "Promptfoo":
    """Return the importer."""
    return Promptfoo()


class Promptfoo:
    """Turns a promptfoo configuration into cases."""

    def __call__(self, document: Any, name: str) -> list[dict[str, Any]]:
        """Return the cases. Raises `UsageError` that lists every assertion which has no counterpart here."""
        tests = document.get("tests") if isinstance(document, Mapping) else document
        if not isinstance(tests, list) or not tests:
            raise UsageError("no `tests:` list", where=name, hint="tests in other files are imported one by one")
        lost: list[str] = []
        cases = [_case(test, number, lost) for number, test in enumerate(tests, start=1)]
        if lost:
            raise UsageError("not importable: " + "; ".join(lost), where=name, hint=f"known: {', '.join(KNOWN)}")
        return cases


def _case(test: Any, number: int, lost: list[str]) -> dict[str, Any]:
    if not isinstance(test, Mapping) or not isinstance(test.get("vars"), Mapping):
        lost.append(f"test {number} has no `vars:` mapping")
        return {"inputs": {}}
    case: dict[str, Any] = {"inputs": dict(test["vars"])}
    if isinstance(test.get("description"), str):
        case["id"] = test["description"]
    checks = [check for item in test.get("assert") or [] if (check := _check(item, number, lost))]
    equal = [check["value"] for check in checks if check["type"] == "exact" and not check.get("not")]
    if equal:
        case["expected"] = equal[0]
    rest = [check for check in checks if check["type"] != "exact" or check.get("not")]
    if rest:
        case["checks"] = rest
    return case


def _check(item: Any, number: int, lost: list[str]) -> dict[str, Any] | None:
    kind = str(item.get("type", "")) if isinstance(item, Mapping) else ""
    plain = kind.removeprefix("not-")
    if plain not in KNOWN or (plain == "equals" and kind != plain):
        lost.append(f"test {number}: assertion {kind or item!r}")
        return None
    check = KNOWN[plain](item.get("value"))
    return {**check, "not": True} if kind != plain else check
