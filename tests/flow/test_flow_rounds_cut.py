"""A first look of several runs a case that the budget ends early: the rounds that were whole are judged."""

import pytest
from noisy import edit, noisy


def steady(_words, number):
    return 0.98 if number % 10 else 0.6


def gate(llmops, project, *flags, code=None):
    return llmops(project.root, "gate", "--format", "json", "-j", "16", *flags, code=code).json()


@pytest.fixture
def twice(project, llmops):
    """A hundred cases that are to be asked three times each, with a baseline of five runs."""
    with noisy(project, llmops, steady) as (_, server):
        text = (project.root / "evalsets/greet.yaml").read_text()
        project.commit({"evalsets/greet.yaml": f"{text}repeats: 3\n"}, "three runs a case")
        edit(project, "Hi")
        project.server = server
        yield project


@pytest.mark.parametrize(("cap", "rounds"), [(100, 1), (150, 1), (299, 2)])
@pytest.mark.parametrize("plan", ["rounds", "fixed"])
def test_the_rounds_that_were_whole_give_a_verdict_and_the_cap_is_named(plan, cap, rounds, twice, llmops):
    text = (twice.root / "evalsets/greet.yaml").read_text()
    twice.write("evalsets/greet.yaml", f"{text}gate: {{plan: {plan}, confirm: false}}\n")
    twice.run("stash", "push", "-q", "prompts")
    twice.commit(message="plan")
    twice.run("stash", "pop", "-q")
    before = len(twice.server.requests)
    found = gate(llmops, twice, "--max-calls", cap)
    assert len(twice.server.requests) - before <= cap
    assert found["verdict"] in ("PASS", "IMPROVED", "INCONCLUSIVE")
    (family,) = found["families"]
    assert (family["runs"], family["missing"]) == ({"base": 5, "head": rounds}, 0)
    assert family["look"] == {"number": rounds, "of": rounds}
    (prompt,) = found["prompts"]
    assert any(f"no further round: budget: the cap of {cap} calls is reached" in one for one in prompt["reasons"])
    assert not [one for one in prompt["reasons"] if one.startswith("no answer")]


def test_less_than_one_round_is_incomplete_and_says_why(twice, llmops):
    found = gate(llmops, twice, "--max-calls", 60, code=4)
    assert found["verdict"] == "INCOMPLETE"
    assert any("the cap of 60 calls is reached" in one for one in found["prompts"][0]["reasons"])


def test_the_budget_is_enough_for_all_rounds_that_are_planned(twice, llmops):
    found = gate(llmops, twice, "--max-calls", 300)
    assert found["families"][0]["runs"]["head"] == 3
    assert not [one for one in found["prompts"][0]["reasons"] if "no further round" in one]
