import json
from dataclasses import fields
from pathlib import Path

import pytest

from llmops_cli.errors import UnknownNameError
from llmops_cli.load.schema import check, names, schema_text
from llmops_cli.load.yaml_ import parse
from llmops_cli.model.settings import GatePolicy

GATE = {
    "schema": "llmops/gate@1",
    "verdict": "FAIL",
    "exit_code": 1,
    "base": "73e912e",
    "head": "90373b1",
    "mode": "replay",
    "calls": {"live": 0, "recorded": 1319, "cached": 0, "skipped": 0, "saved": 1319},
    "cost_usd": 0.0,
    "families": [],
    "prompts": [],
    "hard": [{"rule": "critical", "prompt": "p", "evalset": "e", "case": "c", "detail": "d", "added": "later"}],
    "unverified": {"recordings": 0, "baselines": 0},
}


def problems(text: str, name: str) -> list:
    document, wrong = parse(text.encode(), "f.yaml")
    assert wrong == []
    return check(document, name)


def test_every_schema_is_json_schema_and_refers_to_nothing_outside_itself():
    from jsonschema import Draft202012Validator

    assert {"prompt", "evalset", "case", "config", "gate", "runs", "run", "problems", "prompt-diff", "request"} <= {
        *names()
    }
    for name in names():
        schema = json.loads(schema_text(name))
        Draft202012Validator.check_schema(schema)
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert all(ref.startswith("#/") for ref in _references(schema))


def _references(value) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [ref for item in value.values() for ref in _references(item)]
    return [ref for item in value for ref in _references(item)] if isinstance(value, list) else []


def test_the_gates_keys_are_those_of_the_policy_in_both_files():
    wanted = {field.name for field in fields(GatePolicy)}
    for name in ("config", "evalset"):
        assert set(json.loads(schema_text(name))["$defs"]["gate"]["properties"]) == wanted


def test_an_unknown_schema_says_which_there_are():
    with pytest.raises(UnknownNameError) as raised:
        schema_text("../../pyproject")
    assert "prompt" in raised.value.hint


def test_outputs_may_grow_but_not_lose_a_key():
    assert problems(json.dumps(GATE | {"new": 1}), "gate") == []
    less = {key: value for key, value in GATE.items() if key != "verdict"}
    assert [problem.slug for problem in problems(json.dumps(less), "gate")] == ["missing-key"]


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("id: p\nmodel: m\ntemplate: x\nverison: a\n", "unknown key verison", "did you mean version?"),
        ("id: p\nmodel: m\ntemplate: x\nzzz: a\n", "unknown key zzz", "x-"),
        ("id: 1.10\nmodel: m\ntemplate: x\n", "id must be text, not a number", "quote it"),
        (
            "id: p\nmodel: m\ntemplate: x\nparams: {logprobs: yes}\n",
            "params.logprobs must be true or false, not text",
            "write true or false",
        ),
        (
            "id: p\nmodel: m\ntemplate: x\nparams: {seed: '1'}\n",
            "params.seed must be a whole number, not text",
            "write the number without quotes",
        ),
        (
            "id: p\nmodel: m\nmessages: [{role: sytem, content: x}]\n",
            "messages[0].role must be one of system, developer, user, assistant, not 'sytem'",
            "did you mean system?",
        ),
        ("id: p\nmodel: m\n", "a prompt has either `messages` or `template`", ""),
        (
            "id: p\nmodel: m\ntemplate: x\nvariables: {a b: string}\n",
            "a variable's name is letters, digits and _: 'a b'",
            "",
        ),
    ],
)
def test_a_problem_says_what_and_what_next(text, message, hint):
    (problem,) = problems(text, "prompt")
    assert problem.message == message
    assert hint in problem.hint
    assert problem.excerpt == text.split("\n")[problem.source.line - 1]


def test_the_carets_mark_the_key_or_the_value():
    key, value = problems("id: p\nmodel: m\ntemplate: x\nx: {}\nevals: word\n", "prompt")
    assert (key.source.column, key.width) == (1, 1)
    assert value.excerpt[value.source.column - 1 :][: value.width] == "word"


def test_a_prompt_cannot_name_a_host_a_header_or_a_key():
    for key in ("api_base", "base_url", "api_key", "headers", "extra_headers", "extra_body", "organization"):
        (problem,) = problems(f"id: p\nmodel: m\ntemplate: x\nparams: {{{key}: x}}\n", "prompt")
        assert problem.slug == "unknown-key"
        (problem,) = problems(f"id: p\nmodel: m\ntemplate: x\n{key}: x\n", "prompt")
        assert problem.slug == "unknown-key"


def test_schemas_lie_in_the_package():
    folder = Path(__file__).parents[2] / "llmops_cli" / "schemas"
    assert {path.name for path in folder.iterdir()} == {f"{name}.schema.json" for name in names()}
