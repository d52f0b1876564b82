"""A `strict: true` output schema with what strict structured outputs do not have.

Why:
    The provider refuses the schema, and with it each call: every object must forbid other keys, every key must be
    required (let its type include "null" where it may be absent), the top must be an object, and some keywords are not
    known.

Bad:
    output: {strict: true, schema: {type: object, properties: {total: {type: string}}}}

Good:
    output:
      strict: true
      schema: {type: object, properties: {total: {type: string}}, required: [total], additionalProperties: false}
"""

from collections.abc import Iterator, Mapping
from typing import Any

from llmops_cli.check.known import facts, family
from llmops_cli.check.place import of_value, problem
from llmops_cli.model.problem import Problem, Subject

UNKNOWN = ("allOf", "not", "dependentRequired", "dependentSchemas", "if", "then", "else", "patternProperties")
MAX_DEPTH = 64


def check(subject: Subject) -> Iterator[Problem]:
    """Yield an error for each flaw of the schema, by its place inside."""
    output = subject.prompt.output
    schema = output.get("schema")
    if output.get("strict") is not True or not isinstance(schema, Mapping) or subject.schema_flaw(schema):
        return
    place = of_value(subject, "output", "schema")
    all_required = family(facts(subject)) != "anthropic"
    flaws = list(_flaws(schema, "", all_required=all_required))
    if schema.get("type") != "object" or "anyOf" in schema:
        flaws.insert(0, "the top must be `type: object`")
    for flaw in dict.fromkeys(flaws):
        yield problem("LP082", "unstrict-schema", "error", place, f"strict: {flaw}", hint="or remove `strict: true`")


def _flaws(schema: Any, where: str, *, all_required: bool, depth: int = 0) -> Iterator[str]:
    """Yield what strict mode refuses, in a schema and all below it."""
    if not isinstance(schema, Mapping) or depth > MAX_DEPTH:
        return
    at = where or "the top"
    yield from (f"{at} has `{word}`" for word in UNKNOWN if word in schema)
    properties = schema.get("properties")
    if schema.get("type") == "object" or isinstance(properties, Mapping):
        if schema.get("additionalProperties") is not False:
            yield f"{at} needs `additionalProperties: false`"
        missing = [name for name in properties or () if name not in schema.get("required", ())]
        if missing and all_required:
            yield f"{at} must require {', '.join(missing)}"
    for path, part in _parts(schema):
        yield from _flaws(part, f"{where}.{path}".lstrip("."), all_required=all_required, depth=depth + 1)


def _parts(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key in ("properties", "$defs", "definitions"):
        inside = schema.get(key)
        if isinstance(inside, Mapping):
            yield from inside.items()
    if "items" in schema:
        yield "items", schema["items"]
    branches = schema.get("anyOf", ())
    if isinstance(branches, (list, tuple)):
        yield from ((f"anyOf[{index}]", part) for index, part in enumerate(branches))
