"""Recordings that a change brings, held against the model that is said to have given them."""

import json

import pytest
from noisy import edit, noisy

RECORDINGS = "evalsets/.recordings/greet/greet.jsonl"


def gate(llmops, project, *flags, code=0):
    return llmops(project.root, "gate", "--format", "json", "-j", "8", *flags, code=code).json()


def reasons(found):
    return " ".join(reason for prompt in found["prompts"] for reason in prompt["reasons"])


@pytest.fixture
def forged(project, llmops):
    """A change that makes the prompt useless, with recordings in which every answer is right."""
    with noisy(project, llmops, lambda words, _number: float(words == "Hello"), gate={"plan": "fixed"}) as (model, _):
        edit(project, "Shout")
        llmops(project.root, "eval", "run", "greet", "--mode", "record", "-j", "8")
        path = project.root / RECORDINGS
        path.write_text(path.read_text().replace("no idea", "n000 n001 n002 n003 n004 n005 n006 n007 n008 n009"))
        names = " ".join(f"n{at:03}" for at in range(100))
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        lines = []
        for row in rows:
            if "text" in row:
                row["text"] = names
            lines.append(json.dumps(row))
        path.write_text("\n".join(lines) + "\n")
        for cached in (project.root / ".llmops").glob("cache.sqlite*"):
            cached.unlink()
        yield project, model


def test_forged_recordings_pass_unverified_and_are_named(forged, llmops):
    project, _ = forged
    found = gate(llmops, project)
    assert found["verdict"] in ("PASS", "IMPROVED")
    assert found["unverified"]["recordings"] == 100


def test_a_sample_that_is_asked_again_finds_them_out(forged, llmops):
    project, _ = forged
    found = gate(llmops, project, "--verify-recordings", "10", code=1)
    assert found["verdict"] == "FAIL"
    assert [rule["rule"] for rule in found["hard"]] == ["recordings"]
    assert "10 of 100 recordings of this change asked again" in found["hard"][0]["detail"]
    assert found["calls"]["live"] == 10


def test_honest_recordings_stand(project, llmops):
    with noisy(project, llmops, lambda _words, _number: 0.9, gate={"plan": "fixed"}):
        edit(project, "Hi")
        llmops(project.root, "eval", "run", "greet", "--mode", "record", "-j", "8")
        found = gate(llmops, project, "--verify-recordings", "30", code=None)
        assert not found["hard"]
        assert "30 of 100 recordings of this change asked again" in reasons(found)


def test_where_no_call_can_be_made_nothing_is_verified_and_that_is_said(forged, llmops):
    project, _ = forged
    found = gate(llmops, project, "--mode", "replay", "--verify-recordings", "10")
    assert "none of the 100 recordings that this change brings could be verified" in reasons(found)
