import pytest

from llmops_cli.model.completion import Completion, Usage
from llmops_cli.model.evalset import Case, ScorerSpec
from llmops_cli.model.run import Score
from llmops_cli.plugins import find
from llmops_cli.score._make import make
from llmops_cli.score._symptom import Failed, symptoms

OBJECT = {"total": "12.50", "date": "2026-01-01"}
GOOD = '{"total": "12.50", "date": "2026-01-01"}'


def found(text, expected=None, *, scorer="exact", parts=None, usual=None, **facts):
    (one,) = all_found(text, expected, scorer=scorer, parts=parts, usual=usual, **facts)
    return one


def all_found(text, expected=None, *, scorer="exact", parts=None, usual=None, **facts):
    score = Score(scorer, 0.0, passed=False, parts=parts or {})
    return symptoms(Failed(Case("c", {}, expected), Completion(text, **facts), score), usual_tokens=usual)


def rescored(text, expected, kind, **options):
    """What is found where the scorer itself may say what the form costs."""
    scorer = make(ScorerSpec(kind, kind, options=options), find("score", kind))
    case, answer = Case("c", {}, expected), Completion(text)
    return symptoms(Failed(case, answer, scorer(case, answer), scorer))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"```json\n{GOOD}\n```", "a fence around the JSON"),
        (f"```\n{GOOD}\n```", "a fence around the JSON"),
        (f"Here it is:\n```json\n{GOOD}\n```\nAnything else?", "a fence around the JSON"),
        (f"Here it is: {GOOD} Anything else?", "words around the JSON"),
        (GOOD[:-1], "JSON that cannot be read"),
        ("{'total': '12.50'}", "JSON that cannot be read"),
        ("The total is 12.50", "no JSON"),
        (GOOD, "JSON of another content"),
        ("", "an empty answer"),
        ("I'm sorry, but I can't help with that.", "a refusal"),
    ],
)
def test_an_answer_that_should_be_json_says_how_it_is_none(text, words):
    assert found(text, OBJECT) == words
    assert found(text, scorer="json_valid") == words


def test_each_field_that_is_wrong_is_named():
    assert found(GOOD, OBJECT, parts={"total": 0.0, "date": 1.0}) == "wrong in total"
    assert all_found(GOOD, OBJECT, parts={"b": 0.5, "a": 0.0, "c": 1.0}) == ("wrong in b", "wrong in a")


FENCED = f"```json\n{GOOD}\n```"
OTHER = GOOD.replace("12.50", "99")


@pytest.mark.parametrize(
    ("text", "kind", "options", "words"),
    [
        (FENCED, "json_valid", {}, ("a fence around the JSON",)),
        (FENCED, "exact", {}, ("a fence around the JSON",)),
        (FENCED, "json_fields", {"fence": "strict"}, ("a fence around the JSON",)),
        (f"```json\n{OTHER}\n```", "json_fields", {"fence": "strict"}, ("a fence around the JSON",)),
        (f"```json\n{OTHER}\n```", "json_fields", {}, ("wrong in total",)),
        (f"Here:\n```json\n{OTHER}\n```", "json_fields", {}, ("wrong in total",)),
        (f"```json\n{OTHER}\n```", "exact", {}, ("JSON of another content",)),
        (f"Here: {GOOD}", "json_fields", {}, ("words around the JSON",)),
        (f"Here: {GOOD}", "exact", {}, ("words around the JSON",)),
    ],
)
def test_a_form_is_named_only_where_it_costs_something(text, kind, options, words):
    assert rescored(text, OBJECT, kind, **options) == words


def test_a_text_s_form_is_no_cause_for_a_scorer_that_looks_at_something_else():
    assert rescored("The Billing", "billing", "exact") == ("the right answer with words around it",)
    assert rescored("The Billing", "billing", "regex", pattern="^[0-9]+$") == ("another answer",)


def test_what_has_a_part_right_was_read_by_a_scorer_that_cannot_be_asked_again():
    assert found(FENCED, OBJECT, scorer="own", parts={"total": 0.0, "date": 1.0}) == "wrong in total"
    assert found(FENCED, OBJECT, scorer="own", parts={"total": 0.0, "date": 0.0}) == "a fence around the JSON"


@pytest.mark.parametrize(
    ("text", "expected", "words"),
    [
        ("Billing", "billing", "right but for upper and lower case"),
        ('"billing".', "billing", "right but for quotes, marks or spaces"),
        ("**billing**", "billing", "right but for quotes, marks or spaces"),
        ("The category is billing.", "billing", "the right answer with words around it"),
        ("bug", "billing", "another answer"),
        ("rebilling", "billing", "another answer"),
        ("anything", None, "another answer"),
        ("…", "…?", "right but for quotes, marks or spaces"),
    ],
)
def test_a_text_says_whether_only_its_form_is_wrong(text, expected, words):
    assert found(text, expected) == words


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"finish_reason": "length"}, "cut short by max_tokens"),
        ({"refusal": "no"}, "a refusal"),
        ({"usage": Usage(100, 200), "usual": 120.0}, "much longer than before"),
        ({"usage": Usage(20, 5), "usual": 120.0}, "much shorter than before"),
        ({"usage": Usage(100, 20), "usual": 120.0}, "another answer"),
    ],
)
def test_what_the_provider_says_of_an_answer_counts(facts, words):
    assert found("another", "billing", **facts) == words


def test_where_the_case_asks_for_a_refusal_a_refusal_is_no_symptom():
    assert found("I can't help with that.", expected=False, scorer="refusal") != "a refusal"


@pytest.mark.parametrize(
    ("text", "words"),
    [("The category is billing.", "judged worse"), ("bug", "judged worse"), ("", "an empty answer")],
)
def test_what_a_judge_decides_is_not_held_against_the_expected_words(text, words):
    failed = Failed(Case("c", {}, "billing"), Completion(text), Score("tone", 0.0, passed=False), judged=True)
    assert symptoms(failed) == (words,)
