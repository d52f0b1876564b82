"""The merge driver and the order of fields, which reaches a model: who alone changed it is heard, two are asked."""

import pytest

from llmops_cli.compare.merge_lines import Marks
from llmops_cli.flow.merge_driver import merge_files
from llmops_cli.load.yaml_ import parse

MARKS = Marks()
HEAD = "id: g\nmodel: gpt-4o\ntemplate: hi\n"
BLOCK = """output:
  schema:
    type: object
    properties:
      answer:
        type: string
      reason:
        type: string
      score:
        type: number
"""
ANSWER, REASON, SCORE = (
    f"      {name}:\n        type: {kind}\n"
    for name, kind in (("answer", "string"), ("reason", "string"), ("score", "number"))
)
FLOW = "output: {schema: {type: object, properties: {answer: {type: string}, reason: {type: string}, score: {type: number}}}}\n"
TOOL = """tools:
  - type: function
    function:
      name: look
      parameters:
        type: object
        properties: {answer: {type: string}, reason: {type: string}, score: {type: number}}
"""
REASON_FIRST = BLOCK.replace(ANSWER + REASON, REASON + ANSWER)
SCORE_FIRST = BLOCK.replace(ANSWER + REASON + SCORE, SCORE + ANSWER + REASON)


def flowed(text):
    return text.replace(
        "{answer: {type: string}, reason: {type: string}, ", "{reason: {type: string}, answer: {type: string}, "
    )


def merged(base, ours, theirs):
    done = merge_files(*((HEAD + text).encode() for text in (base, ours, theirs)), lambda _: [], MARKS)
    return done.reasons, done.data.decode()


def order(text):
    document, _ = parse(text.encode(), "x")
    value = document.value
    schema = value["output"]["schema"] if "output" in value else value["tools"][0]["function"]["parameters"]
    return list(schema["properties"])


@pytest.mark.parametrize(
    ("base", "reordered", "other"),
    [
        (BLOCK, REASON_FIRST, FLOW),
        (FLOW, flowed(FLOW), BLOCK),
        (BLOCK, REASON_FIRST, BLOCK.replace("number", "integer")),
        (FLOW, flowed(FLOW), FLOW.replace("number", "integer")),
        (TOOL, flowed(TOOL), TOOL.replace("number", "integer")),
        (TOOL, flowed(TOOL), TOOL.replace("score: {type: number}", "score: {type: number}, extra: {type: string}")),
        (BLOCK, REASON_FIRST, f"{BLOCK}      extra:\n        type: string\n"),
    ],
    ids=["block and flow", "flow and block", "block", "flow", "tool", "a new field of a tool", "a new field"],
)
@pytest.mark.parametrize("swapped", [False, True], ids=["ours", "theirs"])
def test_an_order_that_one_side_alone_changed_is_taken(base, reordered, other, swapped):
    reasons, text = merged(base, *((other, reordered) if swapped else (reordered, other)))
    assert not reasons
    assert order(text)[:3] == ["reason", "answer", "score"]
    assert ("integer" in text) == ("integer" in other)
    assert ("extra" in text) == ("extra" in other)


@pytest.mark.parametrize("base", [BLOCK])
def test_two_different_orders_are_a_conflict(base):
    reasons, text = merged(base, REASON_FIRST, SCORE_FIRST)
    assert reasons
    assert "<<<<<<<" in text


def test_the_same_order_on_both_sides_is_none():
    reasons, text = merged(BLOCK, REASON_FIRST, REASON_FIRST.replace("number", "integer"))
    assert not reasons
    assert order(text) == ["reason", "answer", "score"]


def test_two_that_add_one_schema_in_different_orders_are_asked():
    reasons, _ = merged("", BLOCK, REASON_FIRST)
    assert reasons
    assert not merged("", BLOCK, FLOW)[0]
