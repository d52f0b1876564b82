"""`validate` sees broken label files."""

import json

import pytest

SHA = "5f" * 32
PATH = "evalsets/.labels/greet.jsonl"


def label(**change):
    return (
        json.dumps({"case": "c01", "answer_sha256": SHA, "scorer": "contains", "label": True, "by": "ada", **change})
        + "\n"
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (label() + label(label="maybe"), f"{PATH}:2:"),
        (label() + label(case="c99"), f"{PATH}:2:1: LE052 a label of case c99, which greet does not have"),
        (label(scorer="tone"), f"{PATH}:1:1: LE052 a label for scorer tone, which greet does not have"),
        (label() + label(), "LE051"),
    ],
)
def test_a_broken_label_is_a_finding(project, llmops, text, says):
    project.write(PATH, text)
    assert says in llmops(project.root, "validate", "--format", "concise", code=1).out
    assert says in llmops(project.root, "validate", PATH, "--format", "concise", code=1).out
    assert says in llmops(project.root, "evalset", "lint", "greet", "--format", "concise", code=1).out


def test_good_labels_are_none(project, llmops):
    project.write(PATH, label() + label(by="bo"))
    llmops(project.root, "validate")


def test_labels_of_an_eval_set_that_is_not_there_are_a_finding(project, llmops):
    project.write("evalsets/.labels/gone.jsonl", label())
    out = llmops(project.root, "validate", "--format", "concise", code=1).out
    assert "evalsets/.labels/gone.jsonl:1:1: LE052" in out
