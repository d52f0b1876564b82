"""A gate that lacks answers names what is missing and the cure: the key's variable, the url, the cap that was reached."""

import pytest
from support import ModelServer

PROMPT = 'id: greet\nmodel: {model}\nvariables: {{name: string}}\ntemplate: "{words} {{{{ name }}}}"\nevals: [greet]\n'


@pytest.fixture
def gated(project, llmops):
    """A project with a baseline by `echo`, and endpoints that lack a key or that nobody listens at."""
    with ModelServer() as server:
        gone = server.url
    endpoints = f"{{gone: {{url: '{gone}'}}, keyed: {{url: '{gone}', key_env: SOME_KEY}}}}"
    settings = f"schema: llmops/config@1\nendpoints: {endpoints}\n"
    files = {"llmops.yaml": settings, "prompts/greet.yaml": PROMPT.format(model="echo/m", words="Hello")}
    project.commit(files, "first")
    llmops(project.root, "eval", "run", "greet")
    llmops(project.root, "baseline", "accept", "greet", "--reason", "first")
    project.commit(message="baseline")
    project.gone = gone
    return project


def asked(gated, llmops, *flags, model="echo/m"):
    gated.write("prompts/greet.yaml", PROMPT.format(model=model, words="Hi"))
    return llmops(gated.root, "gate", *flags, code=4).out


def test_the_variable_that_holds_the_key_is_named(gated, llmops):
    told = asked(gated, llmops, model="keyed/m")
    assert "SOME_KEY is not set" in told
    assert "export SOME_KEY=…" in told


def test_the_url_that_did_not_answer_is_named(gated, llmops):
    told = asked(gated, llmops, model="gone/m")
    assert "no answer: refused-connection ×" in told
    assert f"{gated.gone}: nothing answers there" in told


def test_the_cap_that_was_reached_is_named_and_what_came_after_it_is_called_not_asked(gated, llmops):
    told = asked(gated, llmops, "--max-calls", 5, "-j", 1)
    assert "the cap of 5 calls is reached" in told
    assert "raise it with --max-calls" in told
    assert "not asked" in told
    assert ", missing" not in told


def test_a_recording_that_is_not_there_is_named_with_the_command_that_records_it(gated, llmops):
    told = asked(gated, llmops, "--mode", "replay")
    assert "no recording of case c00" in told
    assert "llmops eval run greet --mode record" in told
