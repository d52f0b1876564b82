"""Cases of ours → the `tests:` of a promptfoo configuration."""

from collections.abc import Mapping, Sequence

from llmops_cli.convert._promptfoo_tests import OWN
from llmops_cli.model.exchange import Json, Loss

NOT_OPTIONS = ("type", "not", "primary", "name", "gate", "min")
Row = Mapping[str, Json]


def test_of(case: Row, scorers: Sequence[Row], losses: list[Loss]) -> dict[str, Json]:
    """Return a case as a test; what has no assertion, and what would be read as a template there, is a loss."""
    where = f"evals.{case['id']}"
    test: dict[str, Json] = {"description": case["id"], "vars": dict(case["inputs"])}
    losses += _live({**case["inputs"]}, f"{where}.inputs", "is a template or a file there, and not only text")
    if any(isinstance(value, list) for value in case["inputs"].values()):
        test["options"] = {"disableVarExpansion": True}
    asserts = []
    for scorer in [*scorers, *case.get("checks", ())]:
        if scorer.get("type") == "exact" and case.get("expected") is None:
            continue  # there is nothing to compare with
        made = _assert(scorer, case.get("expected"))
        if made is None:
            name = scorer.get("type")
            losses.append(Loss("evals", f"promptfoo has no assertion for the scorer {name}", "write one there"))
        else:
            asserts.append({**made, **_named(scorer)})
    losses += _live(asserts, f"{where}.checks", "is a template or a file in a check there")
    expected = case.get("expected")
    if isinstance(expected, str) and expected != expected.strip():
        hint = "take the white space at its ends away"
        losses.append(Loss(f"{where}.expected", "`equals` compares the ends of a text too, and ours does not", hint))
    if asserts:
        test["assert"] = asserts
    metadata = {**case.get("metadata", {}), **({"llmops": own} if (own := _own(case)) else {})}
    return test | ({"metadata": metadata} if metadata else {})


def rules_lost(scorers: Sequence[Row]) -> list[Loss]:
    """Return a loss for each rule of a set's scorers that promptfoo has no word for; `gate: false` it has: a weight."""
    found = []
    gating = [scorer for scorer in scorers if scorer.get("gate", True)]
    for scorer in scorers:
        name = scorer.get("name", scorer["type"])
        if scorer.get("primary") and len(gating) > 1:
            hint = "the gate here takes the others for secondary"
            found.append(Loss(f"evals.{name}.primary", "each assertion of a test decides there alike", hint))
        if "min" in scorer:
            hint = "promptfoo eval has a threshold for the share of tests that pass"
            found.append(Loss(f"evals.{name}.min", "promptfoo has no floor for the mean of an assertion", hint))
    return found


def _named(scorer: Row) -> dict[str, Json]:
    """Return the name as promptfoo has it, and the weight 0 of a scorer that does not gate: it then always passes."""
    named = {"metric": scorer["name"]} if scorer.get("name") else {}
    return named | ({} if scorer.get("gate", True) else {"weight": 0})


def _own(case: Row) -> dict[str, Json]:
    """Return what a test there has no word for."""
    return {key: case[key] for key in OWN if case.get(key)}


def _live(value: Json, where: str, what: str) -> list[Loss]:
    """Return a loss for each text that promptfoo would render, or take for the name of a file."""
    if isinstance(value, str):
        live = value.startswith("file://") or any(mark in value for mark in ("{{", "{%", "{#"))
        return [Loss(where, f"{value[:40]!r} {what}", "promptfoo has no way to say it as text")] if live else []
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [loss for key, item in pairs for loss in _live(item, f"{where}.{key}", what)]


def _assert(scorer: Row, expected: Json) -> dict[str, Json] | None:
    prefix = "not-" if scorer.get("not") else ""
    options = {key: value for key, value in scorer.items() if key not in NOT_OPTIONS}
    match scorer.get("type"):
        case "exact" if not options and not prefix and expected is not None:
            return {"type": "equals", "value": expected}
        case "json_valid" if not options:
            return {"type": f"{prefix}is-json"}
        case "regex" if set(options) == {"pattern"}:
            return {"type": f"{prefix}regex", "value": options["pattern"]}
        case "contains":
            return _contains(options, prefix, expected)
        case _:
            return None


def _contains(options: dict[str, Json], prefix: str, expected: Json) -> dict[str, Json] | None:
    small = options.pop("ignore_case", False)
    if not options and isinstance(expected, str):
        options = {"value": expected}
    if len(options) != 1 or (small and "value" not in options):
        return None
    key, value = next(iter(options.items()))
    names = {"value": "icontains" if small else "contains", "all": "contains-all", "any": "contains-any"}
    return {"type": f"{prefix}{names[key]}", "value": value} if key in names else None
