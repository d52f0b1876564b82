"""promptfoo's `tests:` and `defaultTest:` → rows of an eval set, through the importer of cases; the rest is a loss."""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from llmops_cli.convert._promptfoo_prompts import PROGRAMS, Shelf
from llmops_cli.convert._source import beside, json_of, text_of, yaml_of
from llmops_cli.errors import UsageError
from llmops_cli.ingest.promptfoo import build
from llmops_cli.model.exchange import Json

MOST = 10_000
KNOWN = frozenset({"vars", "assert", "description", "metadata", "options"})
ASSERTION = frozenset({"type", "value", "weight", "metric"})
OWN: Mapping[str, type] = {"tags": list, "critical": bool, "never": bool, "context": list, "messages": list}
"""What a case of ours says and a test has no word for: it stands in the test's `metadata.llmops`."""
Case = dict[str, Any]


def cases_of(config: Mapping[str, Json], shelf: Shelf) -> list[Case]:
    """Return the cases: each test with what `defaultTest` adds to it, one for each value of a list."""
    common = config.get("defaultTest")
    if isinstance(common, str):
        shelf.lose("defaultTest", f"{common} is not read", "write it into the configuration")
    base = common if isinstance(common, Mapping) else {}
    _unknown(base, "defaultTest", shelf)
    if base.get("description"):
        shelf.lose("defaultTest.description", "a case has a description of its own", "write it into the tests")
    found: list[Case] = []
    for place, test in enumerate(_tests(config.get("tests"), shelf)):
        where = f"tests[{place}]"
        if not isinstance(test, Mapping):
            shelf.lose(where, "is no test")
            continue
        _unknown(test, where, shelf)
        found += _expanded(test, base, where, shelf)
        if len(found) > MOST:
            raise UsageError(f"more than {MOST} cases", where=shelf.path, hint="lists in `vars:` multiply")
    return _named(found)


def _tests(said: Json, shelf: Shelf) -> Iterator[Json]:
    for item in said if isinstance(said, list) else [said] if said else []:
        if not isinstance(item, str):
            yield item
            continue
        target = item.removeprefix("file://")
        path = beside(shelf.files, shelf.path, target)
        if target.endswith(PROGRAMS) or path is None or not path.endswith((".yaml", ".yml", ".json")):
            hint = "CSV and JSONL: llmops evalset import FILE; what a program makes: save it as YAML"
            shelf.lose("tests", f"{target} is not here, or is no YAML", hint)
            continue
        text = text_of(shelf.files[path], path)
        value = json_of(text, path) if path.endswith(".json") else yaml_of(text, path)
        yield from value if isinstance(value, list) else [value]


def _unknown(test: Mapping[str, Json], where: str, shelf: Shelf) -> None:
    for key in sorted(set(test) - KNOWN):
        shelf.lose(f"{where}.{key}", "has no place in a case here")
    options = test.get("options")
    rest = set(options) - {"disableVarExpansion"} if isinstance(options, Mapping) else set()
    for key in sorted(rest):
        shelf.lose(f"{where}.options.{key}", "has no place in a case here")


def _expanded(test: Mapping[str, Json], base: Mapping[str, Json], where: str, shelf: Shelf) -> Iterator[Case]:
    """Yield the test once for each combination of the values that its lists hold, as promptfoo runs it."""
    values = {**_vars(base.get("vars"), "defaultTest", shelf), **_vars(test.get("vars"), where, shelf)}
    options = {**_mapping(base.get("options")), **_mapping(test.get("options"))}
    lists = {} if options.get("disableVarExpansion") else {k: v for k, v in values.items() if isinstance(v, list)}
    checked = _checked([*_list(base.get("assert")), *_list(test.get("assert"))], where, shelf)
    for chosen in itertools.islice(itertools.product(*lists.values()), MOST + 1):
        case: Case = {"inputs": {**values, **dict(zip(lists, chosen, strict=True))}, **checked}
        if isinstance(test.get("description"), str) and test["description"]:
            case["id"] = test["description"]
        if metadata := {**_mapping(base.get("metadata")), **_mapping(test.get("metadata"))}:
            case |= _own(metadata, where, shelf)
        yield case


def _own(metadata: dict[str, Json], where: str, shelf: Shelf) -> Case:
    """Return what an export of ours wrote into the metadata, taken out of it, and the rest."""
    said = metadata.get("llmops")
    own = {key: value for key, value in _mapping(said).items() if type(value) is OWN.get(key)}
    for key in sorted(set(_mapping(said)) - set(own)):
        shelf.lose(f"{where}.metadata.llmops.{key}", "is nothing that an export of ours writes, and is not read")
    rest = {key: value for key, value in metadata.items() if key != "llmops" or not isinstance(value, Mapping)}
    return {**own, **({"metadata": rest} if rest else {})}


def _vars(said: Json, where: str, shelf: Shelf) -> dict[str, Json]:
    if isinstance(said, str):
        shelf.lose(f"{where}.vars", f"{said} is not read", "write the values into the test")
    found: dict[str, Json] = {}
    for name, value in _mapping(said).items():
        at = f"{where}.vars.{name}"
        if isinstance(value, str) and value.startswith("file://"):
            value = _file(value.removeprefix("file://"), at, shelf)  # noqa: PLW2901 - the file's text is the value
        if isinstance(value, str) and "{{" in value:
            shelf.lose(at, "is rendered as a template there; a value here is only text", "write out what it means")
        found[name] = value
    return found


def _file(target: str, where: str, shelf: Shelf) -> str:
    path = beside(shelf.files, shelf.path, target)
    if path is None or path.endswith((*PROGRAMS, ".yaml", ".yml", ".json", ".pdf")):
        shelf.lose(where, f"{target} is not here, or is no plain text", "write its text into the test")
        return ""
    return text_of(shelf.files[path], path).rstrip()


def _checked(assertions: list[Json], where: str, shelf: Shelf) -> Case:
    """Return what the assertions say that a case can say; each of the others is a loss."""
    made: Case = {}
    for item in assertions:
        if not _is_known(item, where, shelf):
            continue
        case = build()({"tests": [{"vars": {"x": 1}, "assert": [item]}]}, shelf.path)[0]
        if "expected" in made and "expected" in case:
            shelf.lose(f"{where}.assert", f"a case expects one text, and not {case['expected']!r:.60} as well")
            continue
        made |= {"expected": case["expected"]} if "expected" in case else {}
        named = {"name": item["metric"]} if isinstance(item.get("metric"), str) else {}
        if named and "expected" in case:
            made["scorer"] = item["metric"]
        made["checks"] = [*made.get("checks", ()), *({**check, **named} for check in case.get("checks", ()))]
    return {key: value for key, value in made.items() if value or key == "expected"}


def _is_known(item: Json, where: str, shelf: Shelf) -> bool:
    at = f"{where}.assert"
    if not isinstance(item, Mapping):
        shelf.lose(at, "is no assertion")
        return False
    value = item.get("value")
    try:
        build()({"tests": [{"vars": {"x": 1}, "assert": [item]}]}, shelf.path)
    except UsageError as error:
        kind = str(item.get("type"))
        judge = "llm" in kind or kind.startswith("model-graded")
        hint = "a judge: an eval set's scorer {type: judge, prompt: …}" if judge else error.hint
        shown = "" if value is None else f": {value!r:.60}"
        shelf.lose(at, f"the assertion {kind} has no counterpart here{shown}", hint)
        return False
    if isinstance(value, str) and ("{{" in value or value.startswith("file://")):
        shelf.lose(at, f"its value {value[:40]!r} is rendered or read there", "write out what it means")
        return False
    if item.get("type") == "is-json" and value is not None:
        shelf.lose(at, "is-json with a schema", "give the prompt `output: {schema: …}` and the set {type: json_schema}")
        return False
    for key in sorted(set(item) - ASSERTION):
        shelf.lose(f"{at}.{key}", f"has no place in a check here ({item.get('type')})")
    if item.get("weight", 1) == 0:
        hint = "write a scorer with `gate: false` into the eval set"
        shelf.lose(f"{at}.weight", f"the assertion {item.get('type')} decides nothing there: it is left out", hint)
        return False
    if item.get("weight", 1) != 1:
        shelf.lose(f"{at}.weight", "checks have no weight here: each must hold")
    return True


def _named(cases: list[Case]) -> list[Case]:
    """Return the cases with ids that are there once."""
    seen: dict[str, int] = {}
    for place, case in enumerate(cases, start=1):
        name = str(case.get("id") or f"case-{place:03}")
        seen[name] = seen.get(name, 0) + 1
        case["id"] = name if seen[name] == 1 else f"{name}-{seen[name]}"
    order = ("id", "inputs", "expected", "scorer", *OWN, "checks", "metadata")
    return [{key: case[key] for key in order if key in case} for case in cases]


def types_of(values: list[Json]) -> Json:
    """Return the JSON Schema type that all these values have: one, or a list of several."""
    names = {"str": "string", "bool": "boolean", "int": "number", "float": "number", "list": "array", "dict": "object"}
    found = sorted({names.get(type(value).__name__, "string") for value in values})
    return found[0] if len(found) == 1 else found or "string"


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
