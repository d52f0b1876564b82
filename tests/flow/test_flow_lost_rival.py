"""Where nothing is stored the base is asked too, and may lose as many answers as the head may."""

import shutil

import pytest
from noisy import edit, noisy
from support import Reply, last_text


def forget(project):
    """Take the base's baseline and all stored answers away, as where none was ever recorded."""
    (path,) = (project.root / "evalsets/.baselines").rglob("*.jsonl")
    path.unlink()
    project.commit(message="no baseline")
    shutil.rmtree(project.root / ".llmops")


@pytest.mark.parametrize(("lost", "verdict", "code"), [(1, "PASS", 0), (4, "PASS", 0), (5, "NO-BASELINE", 3)])
def test_a_few_calls_of_the_base_may_fail(lost, verdict, code, project, llmops):
    with noisy(project, llmops, lambda _words, _number: 1.0, count=200, gate={"margin": 0.05}, runs=1) as (
        model,
        server,
    ):
        forget(project)
        edit(project, "Hi")
        refused = {f"Hello n{number:03}" for number in range(lost)}
        server.answer = lambda body: Reply(status=400, text="no") if last_text(body) in refused else model(body)
        found = llmops(project.root, "gate", "--format", "json", "-j", "16", code=code).json()
    assert found["verdict"] == verdict
    if verdict == "PASS":
        assert found["families"][0]["missing"] == lost
        assert f"{lost} of 200 runs of the base are missing (bad-request {lost})" in found["prompts"][0]["reasons"]


def test_a_drop_is_found_all_the_same(project, llmops):
    with noisy(project, llmops, lambda words, _: 1.0 if words == "Hello" else 0.7, count=200, runs=1) as (
        model,
        server,
    ):
        forget(project)
        edit(project, "Hi")
        server.answer = lambda body: Reply(status=400, text="no") if last_text(body) == "Hello n007" else model(body)
        assert llmops(project.root, "gate", "--format", "json", "-j", "16", code=1).json()["verdict"] == "FAIL"
