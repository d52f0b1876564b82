"""Every scorer against its cases in tests/spec/score, and the laws that hold for all of them."""

import json
import string
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from scored import scorer

from llmops_cli.errors import UsageError
from llmops_cli.model.completion import Completion
from llmops_cli.model.evalset import Case
from llmops_cli.plugins import names
from llmops_cli.score._make import negated

SPEC = Path(__file__).resolve().parent.parent / "spec" / "score"
CASES = [
    pytest.param(path.stem, case, id=f"{path.stem}: {case['name']}")
    for path in sorted(SPEC.glob("*.yaml"))
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]
KEYS = {"name", "options", "expected", "answer", "value", "passed", "unscored", "usage_error", "parts", "detail"}
WELL_FORMED = {
    "exact": ({"ignore_case": True}, ["a", 1, None, {"a": [1]}]),
    "contains": ({"any": ["a", "b"]}, [None]),
    "numeric": ({"rel_tolerance": 0.1}, [12, "A: 3", None, "none", 1.5]),
    "regex": ({"pattern": "a.*b"}, [None]),
    "json_valid": ({"fence": "strip"}, [None]),
    "json_schema": ({"schema": {"type": "object", "patternProperties": {"^a": {"type": "number"}}}}, [None]),
    "json_fields": (
        {"compare": {"a": "number", "b": "date", "c": {"type": "fuzzy", "at": 0.5}, "d": "icase"}},
        [{"a": 1}, {"b": "2024-01-02"}, {"c": ["x", "y"], "d": "Z"}, None, "text", {"a": "none"}, {"e": {"f": None}}],
    ),
    "length": ({"at_most": 10, "unit": "words"}, [None]),
    "refusal": ({}, [True, False, None, "yes"]),
    "judge": ({"prompt": "judges/tone"}, [None, "x", {"a": 1}]),
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abcdef"), inner, max_size=5),
    max_leaves=12,
)
TEXTS = (
    st.text(max_size=200)
    | st.text(alphabet=string.digits + ',.-+eE$%/ \n`{}[]":abc', max_size=60)
    | st.sampled_from(["[Infinity]", "[1e999]", '{"a": 1e999, "score": 1e999}', "SCORE: 0.5", "1e999999"])
    | JSON.map(json.dumps)
    | JSON.map(lambda value: f"```json\n{json.dumps(value)}\n```")
)
ANSWERS = st.builds(
    Completion,
    TEXTS,
    finish_reason=st.sampled_from(["stop", "length", "content_filter", "error", "tool_calls"]),
    refusal=st.sampled_from(["", "I will not."]),
    tool_calls=st.sampled_from([(), ({"name": "look_up"},)]),
)


def echo_judge(inputs, _case):
    """A judge that replies with the answer it was to judge: whatever a model may write is a reply."""
    return Completion(inputs["answer"])


def completion(said) -> Completion:
    if isinstance(said, str):
        return Completion(said)
    return Completion(**{**said, "text": said.get("text", ""), "tool_calls": tuple(said.get("tool_calls", ()))})


@pytest.mark.parametrize(("kind", "case"), CASES)
def test_an_answer_gets_the_score_that_its_conformance_case_names(kind, case):
    assert set(case) <= KEYS
    options = case.get("options", {})
    if "usage_error" in case:
        with pytest.raises(UsageError) as raised:
            scorer(kind, options)
        assert case["usage_error"] in f"{raised.value.message} ({raised.value.hint})"
        assert raised.value.hint
        return
    got = scorer(kind, options)(Case("c", {}, expected=case.get("expected")), completion(case["answer"]))
    if "unscored" in case:
        assert got.value is None
        assert case["unscored"] in got.detail
        return
    assert got.value is not None, got.detail
    if "passed" in case:
        assert got.passed is case["passed"], got
        assert got.value == case.get("value", float(case["passed"]))
    else:
        assert got.passed is None
        assert got.value == pytest.approx(case["value"])
    assert case.get("detail", "") in got.detail
    assert dict(got.parts) == pytest.approx(case.get("parts", got.parts))


def test_every_scorer_has_conformance_cases_with_a_right_and_a_wrong_answer():
    for name in names("score"):
        if name == "judge":
            continue  # needs a judge that answers: test_score_judge.py
        values = [
            case.get("value", case.get("passed")) for kind, case in (param.values for param in CASES) if kind == name
        ]
        assert 1 in values, name
        assert 0 in values, name


@pytest.mark.parametrize("kind", sorted(set(WELL_FORMED) | set(names("score"))))
@settings(max_examples=50)
@given(data=st.data(), answer=ANSWERS)
def test_a_scorer_never_raises_and_its_value_lies_in_0_to_1(kind, data, answer):
    options, expecteds = WELL_FORMED[kind]
    case = Case("c", {"q": "?"}, expected=data.draw(st.sampled_from(expecteds) | JSON))
    got = scorer(kind, options, ask=echo_judge)(case, answer)
    assert got.value is None or 0 <= got.value <= 1
    assert "the scorer failed" not in got.detail
    assert (got.passed is None) or got.value == float(got.passed)
    assert got.value is not None or (got.passed is None and got.detail)
    assert got.detail.isprintable()
    assert len(got.detail) <= 300


@pytest.mark.parametrize("kind", sorted(WELL_FORMED))
@settings(max_examples=50)
@given(data=st.data(), answer=ANSWERS)
def test_not_twice_is_the_score_itself_and_unscored_stays_unscored(kind, data, answer):
    options, expecteds = WELL_FORMED[kind]
    case = Case("c", {}, expected=data.draw(st.sampled_from(expecteds)))
    plain = scorer(kind, options, ask=echo_judge)(case, answer)
    once = scorer(kind, {**options, "not": True}, ask=echo_judge)(case, answer)
    twice = negated(once)
    assert twice.passed is plain.passed
    if plain.value is None:
        assert once.value is None
    else:
        assert twice.value == pytest.approx(plain.value, abs=1e-9)
        assert once.value == pytest.approx(1 - plain.value, abs=1e-9)


@pytest.mark.parametrize("kind", sorted(set(WELL_FORMED) - {"judge", "refusal"}))
@pytest.mark.parametrize("expected", ["x", 12, {"a": 1}])
def test_an_empty_answer_is_wrong_and_one_that_the_provider_withheld_is_unscored(kind, expected):
    options, _ = WELL_FORMED[kind]
    case = Case("c", {}, expected=expected)
    if scorer(kind, options)(case, Completion("12 x a b")).value is not None:
        assert scorer(kind, options)(case, Completion(" \n")).value == 0
        assert scorer(kind, options)(case, Completion("", finish_reason="length")).value == 0
    got = scorer(kind, options)(case, Completion("", finish_reason="content_filter"))
    assert got.value is None
    assert "content_filter" in got.detail
