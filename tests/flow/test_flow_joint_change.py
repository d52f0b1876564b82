"""A prompt and what its cases expect, changed together: the gate fails it, and the way that it tells leads through."""

import json
import subprocess
import sys

import pytest
from gitrepo import clean_environment
from noisy import cases, noisy

GREET = 'id: greet\nmodel: local/m\nvariables: {name: string}\ntemplate: "%s {{ name }}"\nevals: [greet]\n'
OTHER = range(0, 100, 7)


def answers(words, number):
    """The edited words answer each seventh case with what the changed cases expect."""
    return 0.0 if words == "Hi" and number in OTHER else 1.0


def other_cases(project):
    rows = [json.loads(line) for line in cases(100).splitlines()]
    for at in OTHER:
        rows[at]["expected"] = "no idea"
    project.write("evalsets/greet.jsonl", "".join(json.dumps(row) + "\n" for row in rows))


@pytest.fixture
def world(project, llmops):
    with noisy(project, llmops, answers):
        project.branch("change")
        yield project


def gate(llmops, project, code=0):
    return llmops(project.root, "gate", code=code).out


def test_a_joint_change_fails_and_no_acceptance_is_offered_but_the_way_that_leads_on(world, llmops):
    other_cases(world)
    world.write("prompts/greet.yaml", GREET % "Hi")
    world.commit(message="both")
    said = gate(llmops, world, code=1)
    assert "15 cases broke that this change edits too" in said
    assert "edit the cases, then llmops baseline record greet --runs 5, and commit both" in said
    assert "baseline review" not in said, "an acceptance does not clear it"
    assert "not compared" not in said
    llmops(world.root, "eval", "run", "greet")
    refused = llmops(world.root, "baseline", "accept", "greet", "--reason", "wanted", code=2).err
    assert "an acceptance does not clear it" in refused


def test_the_cases_first_with_a_baseline_of_them_and_then_the_prompt(world, llmops):
    other_cases(world)
    done = llmops(world.root, "baseline", "record", "greet", "--runs", "5").out
    assert "100 cases × 5" in done
    assert "85.0%" in done, "the changed cases are scored anew, not kept as they were"
    world.commit(message="cases and their baseline")
    assert "PASSED" in gate(llmops, world)
    world.run("branch", "--force", "main", "change")
    world.write("prompts/greet.yaml", GREET % "Hi")
    world.commit(message="prompt")
    assert "PASSED" in gate(llmops, world)


def test_a_baseline_of_other_cases_than_the_base_has_by_now_is_to_be_recorded_and_named(world, llmops):
    other_cases(world)
    base = world.commit(message="cases alone")
    world.run("branch", "--force", "main", "change")
    world.write("prompts/greet.yaml", GREET % "Hi")
    world.commit(message="prompt")
    said = gate(llmops, world, code=4)
    assert f"llmops baseline record greet@{base.strip()[:7]} --runs 5" in said
    assert "Ask for what is missing" not in said, "nothing is missing that asking would bring"


def test_pending_and_review_say_that_an_acceptance_of_a_joint_change_clears_no_gate(world, llmops):
    other_cases(world)
    world.write("prompts/greet.yaml", GREET % "Hi")
    world.commit(message="both")
    llmops(world.root, "eval", "run", "greet")
    said = llmops(world.root, "baseline", "pending").out
    assert "15 cases changed with the prompt: the gate goes by the base's" in said
    assert "llmops baseline record greet --runs 5" in said
    assert llmops(world.root, "baseline", "pending", "--format", "json").json()["pending"][0]["other_cases"] == 15
    shown = reviewed(world, "a\nwanted\nno\nq\n")
    assert "an acceptance does not clear it" in shown
    assert "though the gate fails all the same" in shown
    assert "not accepted" in shown


def reviewed(world, text):
    command = [sys.executable, "-m", "llmops_cli", "-C", str(world.root), "baseline", "review"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, env=clean_environment(), check=True)
    return done.stdout + done.stderr


def test_pending_says_nothing_of_cases_where_they_are_those_of_the_base(world, llmops):
    world.write("prompts/greet.yaml", GREET % "Hi")
    world.commit(message="prompt alone")
    llmops(world.root, "eval", "run", "greet")
    assert "changed with the prompt" not in llmops(world.root, "baseline", "pending").out
