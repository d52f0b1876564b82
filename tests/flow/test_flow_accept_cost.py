"""A rise in cost that somebody wants: accepted with a reason it fails no more, a further rise does."""

import json
import re

import pytest
from support import ModelServer, Reply, chat, last_text

PROMPT = (
    'id: greet\nmodel: local/gpt-4o-mini\nvariables: {name: string}\ntemplate: "Hello {{ name }}"\nevals: [greet]\n'
)


def wordy(body):
    """A model that answers `Hello` in 100 tokens, and in ten more for each further word of greeting."""
    text = last_text(body)
    count = 100 + 40 * (len(re.findall(r"\w+", text)) - 2) + len(text) % 2
    usage = {"prompt_tokens": 10, "completion_tokens": count, "total_tokens": count + 10}
    return Reply(body=json.dumps(chat(text, usage=usage)).encode())


@pytest.fixture
def priced(project, llmops):
    with ModelServer(wordy) as server:
        settings = f"schema: llmops/config@1\nendpoints: {{local: {{url: '{server.url}'}}}}\n"
        project.commit({"llmops.yaml": settings, "prompts/greet.yaml": PROMPT}, "a priced model")
        llmops(project.root, "eval", "run", "greet")
        llmops(project.root, "baseline", "accept", "greet", "--reason", "first")
        project.commit(message="baseline")
        project.branch("dearer")
        yield project


def edited(project, llmops, words):
    project.commit({"prompts/greet.yaml": PROMPT.replace("Hello", words)}, words)
    llmops(project.root, "eval", "run", "greet")


def gate(project, llmops, code=0):
    done = llmops(project.root, "gate", "--format", "json", code=code).json()
    return done["verdict"], [one["rule"] for one in done["hard"]]


def test_an_accepted_rise_in_cost_clears_the_rule_in_the_next_gate(priced, llmops):
    edited(priced, llmops, "Well hello")
    assert gate(priced, llmops, code=1) == ("FAIL", ["cost"])
    assert "llmops baseline review greet" in llmops(priced.root, "gate", code=1).out
    refused = llmops(priced.root, "baseline", "accept", "greet", "--reason", "friendlier", code=2)
    assert "--allow-regress" in refused.err
    llmops(priced.root, "baseline", "accept", "greet", "--reason", "friendlier", "--allow-regress")
    priced.commit(message="accept it")
    assert gate(priced, llmops) == ("ACCEPTED", [])
    assert "accepted by" in llmops(priced.root, "gate").out


def test_a_further_rise_is_not_covered(priced, llmops):
    edited(priced, llmops, "Well hello")
    llmops(priced.root, "baseline", "accept", "greet", "--reason", "friendlier", "--allow-regress")
    edited(priced, llmops, "Well hello my friend")
    assert gate(priced, llmops, code=1) == ("FAIL", ["cost"])


def test_what_does_not_break_the_rule_is_not_accepted_beforehand(priced, llmops):
    edited(priced, llmops, "Hallo")
    llmops(priced.root, "baseline", "accept", "greet", "--reason", "the same price")
    headers = [
        json.loads(path.read_text().partition("\n")[0])
        for path in (priced.root / "evalsets/.baselines").rglob("*.jsonl")
    ]
    assert all("cost" not in one["accepted"]["drops"] for one in headers)
