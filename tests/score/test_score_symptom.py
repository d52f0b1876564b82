import pytest

from llmops_cli.model.completion import Completion, Usage
from llmops_cli.model.evalset import Case
from llmops_cli.model.run import Score
from llmops_cli.score._symptom import symptom

OBJECT = {"total": "12.50", "date": "2026-01-01"}
GOOD = '{"total": "12.50", "date": "2026-01-01"}'


def found(text, expected=None, *, scorer="exact", parts=None, usual=None, **facts):
    answer = Completion(text, **facts)
    score = Score(scorer, 0.0, passed=False, parts=parts or {})
    return symptom(Case("c", {}, expected), answer, score, usual_tokens=usual)


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


def test_fields_that_are_wrong_are_named():
    assert found(GOOD, OBJECT, parts={"total": 0.0, "date": 1.0}) == "wrong in total"
    many = dict.fromkeys("abcde", 0.0)
    assert found(GOOD, OBJECT, parts=many) == "wrong in a, b, c (+2)"


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
