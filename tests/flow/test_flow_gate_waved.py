"""A warning is only a warning: what the policy waves through hides nothing that it does not."""

import pytest
from noisy import edit, noisy

OTHER = "id: other\ndata: greet.jsonl\nscorers: [{type: contains, gate: false}]\nprompts: [greet]\n"


@pytest.mark.parametrize(
    ("waved", "code"),
    [("on_uncovered", 3), ("on_inconclusive", 1), ("on_uncovered: warn, on_inconclusive", 0)],
)
def test_an_uncovered_eval_set_that_is_waved_through_does_not_hide_an_inconclusive_one(waved, code, project, llmops):
    margin = {"margin": 0.01, "plan": "fixed"}
    with noisy(project, llmops, lambda words, _: 1.0 if words == "Hello" else 0.99, count=60, gate=margin):
        text = (project.root / "llmops.yaml").read_text()
        project.commit({"evalsets/other.yaml": OTHER, "llmops.yaml": f"{text}gate: {{{waved}: warn}}\n"}, "two sets")
        edit(project, "Hi")
        found = llmops(project.root, "gate", "--format", "json", code=code).json()
    assert [family["verdict"] for family in found["families"]] == ["INCONCLUSIVE"]
    assert (found["verdict"], found["exit_code"]) == ("UNCOVERED", code)
