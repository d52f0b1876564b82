"""The commands that the gate tells its reader to run: they exist, take these arguments and do what was said."""

import pytest
from terminal import Terminal
from test_cli_gate import BAD, RENAMED, prompt, rewritten


@pytest.fixture
def edited(project, llmops):
    """A project with a committed baseline of two runs and a prompt that breaks every case; the base's name."""
    llmops(project.root, "eval", "run", "greet", "--repeat", "2")
    llmops(project.root, "baseline", "accept", "greet", "--reason", "first")
    base = project.commit(message="baseline")
    project.write("prompts/greet.yaml", prompt(BAD))
    return project, f"greet@{base.strip()[:7]}"


def test_after_a_fail_the_edit_is_explained_and_waits_for_review_with_the_answers_that_the_gate_got(edited, llmops):
    project, _ = edited
    assert "llmops eval explain greet" in llmops(project.root, "gate", code=1).out
    assert "culprit" in llmops(project.root, "eval", "explain", "greet").out
    assert "greet · greet   FAIL" in llmops(project.root, "baseline", "pending", "greet", code=None).out
    with Terminal(project.root, "baseline", "review", "greet") as screen:
        for line, wanted in (("a", "accept, reject"), ("shouting is wanted", "reason: "), ("yes", "type yes: ")):
            screen.expect(wanted)
            screen.type(line)
        assert screen.end() == 0, screen.text
    assert "shouting is wanted" in llmops(project.root, "gate").out
    assert "HEAD → worktree" in llmops(project.root, "prompt", "diff", "greet").out


def test_the_base_s_version_is_measured_recorded_further_and_looked_at_by_its_address(edited, llmops):
    project, base = edited
    assert "× 2" in llmops(project.root, "eval", "power", base).out
    assert "12 cases × 5" in llmops(project.root, "baseline", "record", base, "--runs", "5").out
    assert "nothing moved" in llmops(project.root, "baseline", "drift", base).out


def test_the_base_s_baseline_is_recorded_anew_by_its_address(edited, llmops):
    project, base = edited
    llmops(project.root, "eval", "run", base, "--mode", "live", "--repeat", "5")
    assert "12 cases × 5" in llmops(project.root, "baseline", "accept", base, "--reason", "the provider changed").out
    project.run("checkout", "--", "prompts/greet.yaml")
    assert "× 5" in llmops(project.root, "baseline", "show", "greet").out


def test_a_base_without_a_baseline_gets_one_by_its_address(project, llmops):
    base = "greet@" + project.run("rev-parse", "HEAD").strip()[:7]
    project.write("prompts/greet.yaml", prompt(BAD))
    told = llmops(project.root, "gate", "--mode", "replay", code=3).out
    assert f"llmops eval run {base}" in told
    hint = llmops(project.root, "baseline", "record", base, code=2).err
    assert f"llmops eval run {base}" in hint, "the version that was named, not the edited one"
    llmops(project.root, "eval", "run", base)
    assert "12 cases" in llmops(project.root, "baseline", "accept", base, "--reason", "first").out


def test_cases_that_cannot_be_rendered_are_named_and_pair_once_they_are_changed_alike(edited, llmops):
    project, _ = edited
    project.write("prompts/greet.yaml", RENAMED)
    told = llmops(project.root, "gate", code=4).out
    assert "answers are missing (cannot-render 12)" in told
    assert "llmops validate" in told
    assert "llmops gate" not in told
    assert "c00 (and 11 more) cannot be rendered by greet" in llmops(project.root, "validate", code=1).out
    rewritten(project, lambda inputs: {"who": inputs["name"]})
    assert "GATE PASSED" in llmops(project.root, "gate").out


def test_other_inputs_go_first_and_alone(edited, llmops):
    project, _ = edited
    project.write("prompts/greet.yaml", prompt())
    rewritten(project, lambda inputs: {"name": f"easy {inputs['name']}"})
    llmops(project.root, "eval", "run", "greet")
    llmops(project.root, "baseline", "accept", "greet", "--reason", "easier cases")
    assert "GATE PASSED" in llmops(project.root, "gate").out
    project.commit(message="cases")
    project.write("prompts/greet.yaml", RENAMED)
    rewritten(project, lambda inputs: {"who": inputs["name"]})
    assert "GATE PASSED" in llmops(project.root, "gate").out


def test_no_drop_is_accepted_that_nothing_was_measured_against(edited, llmops):
    project, base = edited
    for path in project.root.glob("evalsets/.baselines/greet/greet/*.jsonl"):
        path.unlink()
    project.run("stash", "push", "--quiet", "--", "prompts")
    base = project.commit(message="the baseline is gone").strip()[:7]
    project.run("stash", "pop", "--quiet")
    llmops(project.root, "eval", "run", "greet")
    refused = llmops(project.root, "baseline", "accept", "greet", "--reason", "x", "--allow-regress", code=2).err
    assert f"no baseline of greet on greet as it was at {base} is stored" in refused
    assert "nothing was compared" in llmops(project.root, "baseline", "accept", "greet", "--reason", "x").err
    llmops(project.root, "eval", "run", f"greet@{base}")
    llmops(project.root, "baseline", "accept", f"greet@{base}", "--reason", "as it was")
    llmops(project.root, "baseline", "accept", "greet", "--reason", "wanted", "--allow-regress")
    assert "ACCEPTED" in llmops(project.root, "gate").out
