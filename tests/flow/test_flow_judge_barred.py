"""A change that only a poor judge judges: the gate says that the judge may not decide, how poor, and what to do."""

import re

import pytest
from labelling import SET, judged_by, labels

ONLY = SET.replace("  - {type: contains, primary: true}\n", "")


@pytest.fixture
def poor(project, llmops, tmp_path):
    """A set whose only judge says yes to every second answer, whatever people say."""
    with judged_by(project, lambda number: f"SCORE: {number % 2}", evalset=ONLY):
        llmops(project.root, "eval", "run", "greet")
        (tmp_path / "l.csv").write_text(labels(lambda i: ["yes", "no"][i // 2 % 2]), encoding="utf-8")
        llmops(project.root, "review", "import", tmp_path / "l.csv", "--evalset", "greet", "--by", "ada")
        llmops(project.root, "eval", "calibrate", "--write", code=1)
        project.commit(message="labels")
        project.write("prompts/greet.yaml", (project.root / "prompts/greet.yaml").read_text().replace("Hello", "Hi"))
        yield project


@pytest.mark.parametrize("fmt", ["text", "markdown", "html"])
def test_the_gate_says_that_the_judge_may_not_decide_and_what_to_do(fmt, poor, llmops):
    said = llmops(poor.root, "gate", "--format", fmt, code=1).out
    assert "no eval set judges" not in said
    assert "evalset new" not in said
    assert "no scorer may decide about" in said
    assert re.search(r"judge tone may not gate: J is 0\.00 \[−0\.\d\d, 0\.\d\d\] on 60 labels: below 0\.5", said)
    assert "llmops eval calibrate greet --scorer tone --write" in said
    assert "llmops review import labels.csv --evalset greet --scorer tone" in said


def test_the_command_that_the_gate_names_says_j(poor, llmops):
    said = llmops(poor.root, "gate", code=1).out
    command = re.search(r"How good is the judge\? llmops (.*)", said)[1]
    assert "may not gate: J is 0.00" in llmops(poor.root, *command.split(), code=1).out


def test_a_set_without_a_gating_scorer_is_not_called_none(poor, llmops):
    poor.commit({"evalsets/greet.yaml": ONLY.replace("pass_at: 0.5", "gate: false")}, "open")
    poor.write("prompts/greet.yaml", (poor.root / "prompts/greet.yaml").read_text().replace("Hi", "Hey"))
    said = llmops(poor.root, "gate", code=1).out
    assert "no scorer may decide about greet" in said
    assert "Let one decide: gate: true at a scorer of its eval set" in said
