import json

import pytest

from llmops_cli.model.broken import Wrong
from llmops_cli.model.completion import Completion
from llmops_cli.model.evalset import Case
from llmops_cli.model.run import Score
from llmops_cli.score._symptom import Failed, symptoms
from llmops_cli.score._wrong import wrong_fields, wrong_number

OBJECT = {"vendor": {"name": "Acme"}, "total": 12.5, "items": ["a", "b"]}
GOT = {"items": ["a"], "total": 12.5, "vendor": {"name": "Emca"}}
NAME = Wrong("vendor.name", "Acme", "Emca")


def wrong(text, expected=OBJECT, **parts):
    failed = Failed(Case("c", {}, expected), Completion(text), Score("json_fields", 0.5, parts=parts))
    return wrong_fields(failed, symptoms(failed))


@pytest.mark.parametrize(
    ("text", "parts", "found"),
    [
        (json.dumps(GOT), {"vendor.name": 0.0, "total": 1.0, "items": 0.67}, (NAME, Wrong("items", ["a", "b"], ["a"]))),
        (f"```json\n{json.dumps(GOT)}\n```", {"vendor.name": 0.0, "total": 1.0}, (NAME,)),
        (json.dumps({"total": 12.5}), {"vendor.name": 0.0, "total": 1.0}, (Wrong("vendor.name", "Acme", None),)),
        (json.dumps({**OBJECT, "total": None}), {}, (Wrong("total", 12.5, None),)),
        (json.dumps({**OBJECT, "more": 1}), {}, (Wrong("more", None, 1),)),
        ("[1]", {"vendor.name": 0.0, "total": 0.0}, ()),
        (f"```json\n{json.dumps(GOT)}\n```", {"vendor.name": 0.0, "total": 0.0}, ()),
        ("no JSON at all", {"vendor.name": 0.0}, ()),
        (json.dumps(GOT), {"politeness": 0.0}, ()),
    ],
)
def test_each_wrong_field_is_told_with_what_was_expected_and_what_came(text, parts, found):
    assert wrong(text, **parts) == found


def test_without_an_expected_object_there_are_no_fields():
    assert wrong(json.dumps(GOT), [1, 2]) == ()


@pytest.mark.parametrize(
    ("expected", "text", "found"),
    [
        ("20 + 22 = 42", "that is 20 + 21 = 41", (42, 41)),
        (0.5, "1/4, so 0.25.", (0.5, 0.25)),
        (18, "I cannot say", (18, None)),
        (18, "1e999999", (18, "1E+999999")),
        (10**40, "7", (str(10**40), 7)),
        (18, "18", None),
        ("no number", "18", None),
    ],
)
def test_where_a_number_is_wanted_the_two_numbers_are_told_and_not_how_the_texts_begin(expected, text, found):
    failed = Failed(Case("c", {}, expected), Completion(text), Score("numeric", 0.0))
    assert wrong_number(failed) == ((Wrong("the last number", *found),) if found else ())
