"""Batches look at a quarter of the cases more each time. A rule for the whole set counts the whole set all the same."""

import shutil

import pytest
from noisy import edit, noisy

BATCHES = {"plan": "batches", "margin": 0.05, "confirm": False}


def gate(llmops, project, *flags, code=None):
    return llmops(project.root, "gate", "--format", "json", "-j", "16", *flags, code=code).json()


@pytest.mark.parametrize(("removed", "verdict"), [(15, "PASS"), (25, "FAIL")])
def test_removed_cases_are_a_share_of_the_whole_set_at_every_look(removed, verdict, project, llmops):
    with noisy(project, llmops, lambda _words, _number: 1.0, count=400, gate=BATCHES, runs=2):
        edit(project, "Hi")
        kept = (project.root / "evalsets/greet.jsonl").read_text().splitlines(keepends=True)[:-removed]
        project.write("evalsets/greet.jsonl", "".join(kept))
        found = gate(llmops, project)
    assert found["verdict"] == verdict
    assert found["families"][0]["look"]["number"] < 4
    details = [rule["detail"] for rule in found["hard"]]
    assert details == ([] if verdict == "PASS" else [f"{removed} of 400 cases are removed, more than 5 %"])


def test_a_budget_that_ends_a_batch_takes_no_answer_of_the_batches_before_away(project, llmops):
    policy = {**BATCHES, "margin": 0.012}
    with noisy(project, llmops, lambda words, _: 1.0 if words == "Hello" else 0.97, count=400, gate=policy, runs=1):
        (path,) = (project.root / "evalsets/.baselines").rglob("*.jsonl")
        path.unlink()
        text = (project.root / "evalsets/greet.yaml").read_text()
        project.commit({"evalsets/greet.yaml": f"{text}repeats: 3\n"}, "three runs a case, and no baseline")
        shutil.rmtree(project.root / ".llmops")
        edit(project, "Hi")
        found = gate(llmops, project, "--max-calls", 700)  # a batch takes 600
    (family,) = found["families"]
    assert (family["cases"], family["runs"]) == (100, {"base": 3, "head": 3})
    assert found["prompts"][0]["reasons"] == ["no further round: budget: the cap of 700 calls is reached"]
