"""What people decide about a gate: quarantine with a day, acceptances with a day, labels that calibrate a judge."""

import json

import pytest
from noisy import edit, noisy


def gate(llmops, project, *flags, code=0):
    return llmops(project.root, "gate", "--format", "json", "-j", "16", *flags, code=code).json()


def reasons(found):
    every = [*found["prompts"], *found["families"]]
    return " ".join(reason for one in every for reason in one["reasons"])


def slipping(words, number):
    return 0.0 if (words, number) == ("Hi", 7) else 1.0


def quarantine(expires):
    return {"quarantine": [{"case": "c007", "owner": "ann", "reason": "the model changed", "expires": expires}]}


def test_a_critical_case_in_quarantine_fails_nothing_until_its_day(project, llmops, monkeypatch):
    monkeypatch.setenv("LLMOPS_TODAY", "2026-06-01")
    with noisy(project, llmops, slipping, gate=quarantine("2026-06-01"), critical=True):
        edit(project, "Hi")
        found = gate(llmops, project)
        assert found["verdict"] in ("PASS", "IMPROVED")
        (family,) = found["families"]
        assert family["aside"] == ["c007"]
        assert len(family["broke"]) + len(family["fixed"]) + family["same"] == family["cases"] - 1
        assert "c007 is quarantined by ann until 2026-06-01: the model changed" in reasons(found)
        monkeypatch.setenv("LLMOPS_TODAY", "2026-06-02")
        found = gate(llmops, project, code=1)
        assert [rule["case"] for rule in found["hard"]] == ["c007"]
        assert "the quarantine of c007 by ann was over on 2026-06-01" in reasons(found)


def test_a_quarantine_that_a_change_brings_counts_once_it_is_merged(project, llmops):
    with noisy(project, llmops, slipping, critical=True):
        edit(project, "Hi")
        path = project.root / "evalsets/greet.yaml"
        path.write_text(path.read_text() + f"gate: {json.dumps(quarantine('2999-01-01'))}\n")
        assert gate(llmops, project, code=1)["verdict"] == "FAIL"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ([{"case": "c1", "owner": "ann", "reason": "x"}], "expires"),
        ([{"case": "c1", "reason": "x", "expires": "2026-01-01"}], "owner"),
        ([{"case": "c1", "owner": "ann", "reason": "x", "expires": "soon"}], "expires must be a day"),
    ],
)
def test_a_quarantine_without_owner_reason_and_day_is_an_error(said, words, project, llmops):
    project.write("llmops.yaml", f"gate: {json.dumps({'quarantine': said})}\n")
    assert words in llmops(project.root, "validate", code=None).err + llmops(project.root, "validate", code=None).out


def test_at_most_a_tenth_of_a_set_may_be_in_quarantine(project, llmops):
    many = [{"case": f"c{at:02}", "owner": "ann", "reason": "x", "expires": "2999-01-01"} for at in range(3)]
    project.commit({"llmops.yaml": f"gate: {json.dumps({'quarantine': many})}\n"}, "quarantine")
    project.write("prompts/greet.yaml", (project.root / "prompts/greet.yaml").read_text().replace("Hello", "Hi"))
    assert "3 of 12 cases are in quarantine" in llmops(project.root, "gate", code=2).err


def test_an_acceptance_counts_until_its_day(project, llmops, monkeypatch):
    monkeypatch.setenv("LLMOPS_TODAY", "2026-06-01")
    with noisy(project, llmops, lambda words, _number: float(words == "Hello")):
        edit(project, "Hi")
        llmops(project.root, "eval", "run", "greet", "-j", "16")
        wanted = ("--reason", "wanted", "--allow-regress", "--expires", "2026-07-01")
        llmops(project.root, "baseline", "accept", "greet", *wanted)
        assert gate(llmops, project)["verdict"] == "ACCEPTED"
        monkeypatch.setenv("LLMOPS_TODAY", "2026-07-02")
        found = gate(llmops, project, code=1)
        assert found["verdict"] == "FAIL"
        assert "expired" in reasons(found)


JUDGED = """id: greet
data: greet.jsonl
scorers:
  - {type: judge, name: tone, prompt: judges/tone, primary: true}
"""
RUBRIC = """id: judges/tone
model: local/judge
variables: {answer: string}
template: "Grade: {{ answer }}"
"""


def test_a_judge_without_labels_is_said_to_be_uncalibrated(project, llmops):
    with noisy(project, llmops, lambda _words, _number: 1.0, count=12) as (_, server):

        def serve(body):
            text = body["messages"][-1]["content"]
            return '{"score": 1}' if text.startswith("Grade") else f"{text} fine"

        server.answer = serve
        project.commit({"evalsets/greet.yaml": JUDGED, "prompts/judges/tone.yaml": RUBRIC}, "a judge")
        llmops(project.root, "eval", "run", "greet")
        llmops(project.root, "baseline", "accept", "greet", "--reason", "judged")
        project.commit(message="judged")
        edit(project, "Hi")
        found = gate(llmops, project, code=None)
        assert "judge tone is not calibrated" in reasons(found)
