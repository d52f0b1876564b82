"""A change may not slow the gate down: how fast a model is called is the target branch's to say, in CI."""

import pytest
from support import ModelServer
from test_flow_labels_gate import of
from test_flow_policy import judged as judged_at_head
from test_flow_tricks import GOOD, judged, made, prompt

from llmops_cli.flow.paces import at_known_paces
from llmops_cli.model.settings import ModelRoute, Settings

ALIKE = 'template: "Hello, {{ name }}"'


@pytest.fixture
def server():
    with ModelServer() as made_server:
        yield made_server


def policy(server, models):
    return f"endpoints: {{local: {{url: {server.url}}}}}\nmodels: {{{models}}}\n"


SLOW = {
    "a low rpm": "fast: {model: local/x, rpm: 1}",
    "few tokens": "fast: {model: local/x, tpm: 1}",
    "another model": "fast: {model: local/y, rpm: 1}",
    "another name": "fast: local/x, slow: {model: local/x, rpm: 1}",
}


@pytest.mark.parametrize("gate", [judged, judged_at_head])
@pytest.mark.parametrize("name", SLOW)
def test_a_pace_that_the_change_brings_does_not_hold_the_gate_up(name, gate, server, tmp_path, llmops, monkeypatch):
    text = prompt(GOOD, model="fast")
    main = made(tmp_path, llmops, {"llmops.yaml": policy(server, "fast: local/x"), "prompts/greet.yaml": text})
    model = "slow" if "slow" in SLOW[name] else "fast"
    change = {"llmops.yaml": policy(server, SLOW[name]), "prompts/greet.yaml": prompt(ALIKE, model=model)}
    main.commit(change, "pull request")
    before = len(server.requests)
    found, code = gate(main, llmops, monkeypatch, tmp_path, "--max-seconds", "20")
    assert (of(found), code) == ([("changed", "PASS")], 0)
    asked = {request["model"] for request in server.requests[before:]}
    assert ("y" in asked) is (name == "another model")


def test_on_ones_own_machine_an_edited_pace_counts_at_once(server, tmp_path, llmops):
    text = prompt(GOOD, model="fast")
    main = made(tmp_path, llmops, {"llmops.yaml": policy(server, "fast: local/x"), "prompts/greet.yaml": text})
    main.write("llmops.yaml", policy(server, "fast: {model: local/x, rpm: 1}"))
    main.write("prompts/greet.yaml", prompt(ALIKE, model="fast"))
    found = llmops(main.root, "gate", "--format", "json", "--max-seconds", "1", code=None).json()
    assert of(found) == [("changed", "INCOMPLETE")]


ROUTES = {
    "a known name": ({"a": ModelRoute("m", rpm=1, timeout_s=900)}, ("m", None, None)),
    "a known name of another model": ({"a": ModelRoute("n", tpm=1)}, ("n", None, None)),
    "a new name of a known model": ({"new": ModelRoute("o", rpm=1)}, ("o", 60, 30)),
    "a new model": ({"new": ModelRoute("p", rpm=7, timeout_s=8)}, ("p", 7, 8)),
}


@pytest.mark.parametrize("name", ROUTES)
def test_a_pace_is_that_of_the_name_or_else_of_the_model(name):
    models, expected = ROUTES[name]
    known = {"a": ModelRoute("m"), "b": ModelRoute("o", rpm=60, timeout_s=30), "c": ModelRoute("o", rpm=1)}
    (found,) = at_known_paces(Settings(models=models), known).models.values()
    assert (found.model, found.rpm, found.timeout_s) == expected
