"""What promptfoo is told of our scorers: their names, which of them decide, and what it has no word for."""

import json

import pytest
from gitrepo import Repo

from llmops_cli.convert import promptfoo
from llmops_cli.convert._source import yaml_of
from llmops_cli.model.prompt import Message, Prompt, Variable
from llmops_cli.model.source import NOWHERE

ASKS = Prompt(
    "x", "openai/gpt-4o", (Message("user", "{{ a }}"),), NOWHERE, variables=(Variable("a", {"type": "string"}),)
)
CASE = {"id": "c", "inputs": {"a": "v"}, "expected": "e"}
NAMED = {"type": "exact", "name": "right", "primary": True}
CALM = {"type": "regex", "pattern": "^[^!]*$", "name": "calm"}


def written(*scorers):
    done = promptfoo.write_with_cases(ASKS, [CASE], scorers)
    (text,) = done.files.values()
    return (
        yaml_of(text.decode(), "x")["tests"][0]["assert"],
        [f"{loss.path}: {loss.message}" for loss in done.losses],
        done,
    )


def test_a_scorers_name_goes_out_as_a_metric_and_comes_back():
    asserts, losses, done = written(NAMED)
    assert (asserts, losses) == ([{"type": "equals", "value": "e", "metric": "right"}], [])
    back = promptfoo.read(done.files, "promptfooconfig.yaml")
    assert (back.prompts[0].scorers, back.losses) == ((NAMED,), ())


def test_a_check_keeps_its_name():
    done = promptfoo.write_with_cases(ASKS, [{**CASE, "checks": [CALM]}], [{"type": "exact", "primary": True}])
    back = promptfoo.read(done.files, "promptfooconfig.yaml")
    assert back.prompts[0].cases[0]["checks"] == [CALM]


def test_names_that_differ_from_test_to_test_stay_with_their_cases():
    config = """\
prompts: ['{{a}}']
tests:
  - {vars: {a: x}, assert: [{type: equals, value: one, metric: m}]}
  - {vars: {a: y}, assert: [{type: equals, value: two, metric: n}]}
"""
    (prompt,) = promptfoo.read({"promptfooconfig.yaml": config.encode()}, "promptfooconfig.yaml").prompts
    assert prompt.scorers == ()
    assert [case["checks"] for case in prompt.cases] == [
        [{"type": "exact", "name": "m"}],
        [{"type": "exact", "name": "n"}],
    ]
    assert all("scorer" not in case for case in prompt.cases)


def test_a_scorer_that_does_not_gate_decides_nothing_there_either():
    asserts, losses, done = written(NAMED, {**CALM, "gate": False})
    assert asserts[1] == {"type": "regex", "value": "^[^!]*$", "metric": "calm", "weight": 0}
    assert losses == []
    (loss,) = promptfoo.read(done.files, "promptfooconfig.yaml").losses
    assert "decides nothing there" in loss.message


@pytest.mark.parametrize(
    ("scorers", "words"),
    [
        ((NAMED, CALM), "evals.right.primary: each assertion of a test decides there alike"),
        (({**NAMED, "min": 0.9},), "evals.right.min: promptfoo has no floor"),
        (({**CALM, "pass_at": 0.5},), "no assertion for the scorer regex"),
    ],
)
def test_what_promptfoo_has_no_word_for_is_a_loss(scorers, words):
    done = promptfoo.write_with_cases(ASKS, [CASE], scorers)
    assert [loss for loss in done.losses if words in f"{loss.path}: {loss.message}"]


def test_a_set_goes_out_with_its_scorers_names_gates_and_floors(tmp_path, llmops):
    repo = Repo.create(tmp_path / "r")
    prompt = "id: p\nmodel: openai/gpt-4o\nvariables: {a: string}\ntemplate: '{{ a }}'\nevals: [e]\n"
    scorers = "[{type: exact, name: right, primary: true}, {type: regex, name: calm, pattern: x, gate: false}]"
    repo.write("prompts/p.yaml", prompt)
    repo.write("evalsets/e.yaml", f"id: e\nscorers: {scorers}\n")
    repo.write("evalsets/e.jsonl", json.dumps(CASE) + "\n")
    llmops(repo.root, "prompt", "export", "p", "--to", "promptfoo", "-o", "out.yaml")
    text = (repo.root / "out.yaml").read_text()
    assert "metric: right" in text
    assert "metric: calm" in text
    assert "weight: 0" in text
