"""Whom a changed prompt meets besides the base: the last release, and the base on the cases that the change brings."""

import json

import pytest
from noisy import cases, edit, noisy

WRONG = {"A": 0, "B": 1, "C": 2, "D": 4}


def sliding(words, number):
    """Each letter gets so many of a hundred cases wrong, always."""
    return 0.0 if number % 100 < WRONG[words] else 1.0


def release(project, llmops):
    llmops(project.root, "prompt", "release", "greet", "-m", "as it is")
    project.commit(message="release")


def step(project, llmops, words, *flags):
    """Move the base to other words, with their baseline."""
    edit(project, words)
    llmops(project.root, "eval", "run", "greet", "-j", "16")
    llmops(project.root, "baseline", "accept", "greet", "--reason", "a small step", *flags)
    project.commit(message=words)


def gate(llmops, project, *flags, code=0):
    return llmops(project.root, "gate", "--format", "json", "-j", "16", *flags, code=code).json()


def verdicts(found):
    return {family["against"]: family["verdict"] for family in found["families"]}


@pytest.fixture
def slide(project, llmops):
    """Three hundred cases; the release gets all right, the base one of a hundred wrong."""
    with noisy(project, llmops, sliding, count=300, words="A", gate={"margin": 0.05}) as (model, _):
        release(project, llmops)
        step(project, llmops, "B")
        yield project, model


def test_small_drops_do_not_add_up_unseen(slide, llmops):
    project, _ = slide
    edit(project, "C")
    assert gate(llmops, project)["verdict"] == "PASS"
    step(project, llmops, "C")
    edit(project, "D")
    found = gate(llmops, project, code=1)
    assert verdicts(found) == {"": "PASS", "release 1.0.0": "FAIL"}
    shown = llmops(project.root, "gate", code=1).out
    assert "release 1.0.0" in shown


def test_the_last_release_is_no_opponent_where_the_policy_says_so(slide, llmops):
    project, _ = slide
    step(project, llmops, "C")
    path = project.root / "evalsets/greet.yaml"
    path.write_text(path.read_text().replace('"margin"', '"anchor": "none", "margin"'))
    project.commit(message="no anchor")
    edit(project, "D")
    assert verdicts(gate(llmops, project)) == {"": "PASS"}


def test_a_drop_that_was_accepted_on_the_way_is_no_slide(project, llmops):
    with noisy(project, llmops, sliding, count=300, words="A", gate={"margin": 0.05}):
        release(project, llmops)
        step(project, llmops, "D", "--allow-regress")
        path = project.root / "prompts/greet.yaml"
        path.write_text(path.read_text().replace("model:", "params: {temperature: 0.5}\nmodel:"))
        found = gate(llmops, project)
        assert verdicts(found)["release 1.0.0"] == "ACCEPTED"
        assert found["verdict"] in ("PASS", "IMPROVED")


def test_new_cases_are_asked_of_both_versions_and_can_only_fail(project, llmops):
    def answer(words, number):
        return 0.0 if words == "Hi" and number >= 100 else 1.0

    with noisy(project, llmops, answer) as (_, server):
        edit(project, "Hi")
        project.write("evalsets/greet.jsonl", cases(120))
        before = len(server.requests)
        found = gate(llmops, project, code=1)
        assert verdicts(found) == {"": "PASS", "the base on the cases of this change": "FAIL"}
        asked = [json.dumps(body) for body in server.requests[before:]]
        assert any("Hello n119" in body for body in asked)
        assert any("Hi n119" in body for body in asked)


def test_new_cases_on_which_both_versions_fail_change_nothing(project, llmops):
    with noisy(project, llmops, lambda _words, number: float(number < 100)):
        edit(project, "Hi")
        project.write("evalsets/greet.jsonl", cases(120))
        assert gate(llmops, project)["verdict"] in ("PASS", "IMPROVED")


def test_in_replay_new_cases_wait(project, llmops):
    with noisy(project, llmops, lambda _words, _number: 1.0):
        edit(project, "Hi")
        llmops(project.root, "eval", "run", "greet", "--mode", "record", "-j", "16")
        project.write("evalsets/greet.jsonl", cases(120))
        found = gate(llmops, project, "--mode", "replay")
        assert set(verdicts(found)) == {""}
        assert [family["unpaired"]["added"] for family in found["families"]] == [[f"c{at}" for at in range(100, 120)]]
