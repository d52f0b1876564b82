"""Recordings and baselines in a merge: branches that record merge by themselves; what is left undecided is said."""

import subprocess

import pytest

RECORDINGS = "evalsets/.recordings"
ATTRIBUTES = f"{RECORDINGS}/.gitattributes"
OTHER = 'id: greet\nmodel: echo/m\nvariables: {name: string}\ntemplate: "Hi {{ name }}"\nevals: [greet]\n'


def record(repo, llmops, branch, files=None):
    repo.branch(branch, "main")
    for path, text in (files or {}).items():
        repo.write(path, text)
    done = llmops(repo.root, "eval", "run", "greet", "--mode", "record")
    repo.commit(message=branch)
    return done


def merge(repo, branch):
    return subprocess.run(
        ["git", "merge", "--no-edit", branch], cwd=repo.root, env=repo.environment, capture_output=True, check=False
    )


def test_two_branches_that_record_the_same_set_merge_by_themselves(project, llmops):
    said = record(project, llmops, "a").err
    assert f"commit {ATTRIBUTES} with the recordings" in said
    (project.root / ".llmops").rename(project.root.parent / "away")
    again = record(project, llmops, "b", {"prompts/greet.yaml": OTHER})
    assert again.code == 0
    assert merge(project, "a").returncode == 0
    assert (project.root / ATTRIBUTES).read_text() == "*.jsonl merge=union\n"
    assert "No problems" in llmops(project.root, "validate").out
    lines = (project.root / RECORDINGS / "greet/greet.jsonl").read_text().splitlines()
    assert len(lines) == 24
    llmops(project.root, "gate", "--base", "a", "--mode", "replay", code=None)


def test_the_hint_comes_once_and_an_attribute_of_ones_own_stays(project, llmops):
    project.commit({".gitattributes": f"{RECORDINGS}/** -merge\n"}, "own")
    assert ATTRIBUTES not in record(project, llmops, "a").err
    assert not (project.root / ATTRIBUTES).exists()


def test_marks_of_a_conflict_in_recordings_are_a_problem_of_validate_as_of_the_gate(project, llmops):
    record(project, llmops, "a")
    path = project.root / RECORDINGS / "greet/greet.jsonl"
    first, _, rest = path.read_text().partition("\n")
    path.write_text(f"{first}\n<<<<<<< HEAD\n=======\n{rest}")
    project.commit(message="conflict")
    done = llmops(project.root, "validate", code=1)
    assert "greet.jsonl:2" in done.out
    assert "LR003" in done.out
    path.write_text(f"{first[:-3]}\n{rest}")
    done = llmops(project.root, "validate", code=1)
    assert "greet.jsonl:1" in done.out
    assert "delete the line and record again" in done.out


@pytest.fixture
def undecided(project, llmops):
    """A merge of two branches that stored a baseline of the same version, which git leaves undecided."""
    project.commit({".gitattributes": "evalsets/.baselines/** -merge\n", ".gitignore": ".llmops/\n"}, "attributes")
    for name in ("a", "b"):
        project.branch(name, "main")
        llmops(project.root, "eval", "run", "greet", "--mode", "live")
        llmops(project.root, "baseline", "accept", "greet", "--reason", name)
        project.commit(message=name)
    assert merge(project, "a").returncode == 1
    return project


def test_a_baseline_that_a_merge_left_undecided_is_said_by_validate_and_gate_until_it_is_added(undecided, llmops):
    for command in (("validate",), ("gate", "--base", "main", "--mode", "replay")):
        done = llmops(undecided.root, *command, code=1)
        assert "LB009" in done.out + done.err
        assert "llmops baseline merge evalsets/.baselines/greet/greet/" in done.out + done.err
    undecided.run("add", "--all")
    assert "No problems" in llmops(undecided.root, "validate").out
    llmops(undecided.root, "gate", "--base", "main", "--mode", "replay")
