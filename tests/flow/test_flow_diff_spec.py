"""Whole prompt files on two sides: the class of what changed, as the table of the documentation has it."""

import json
from pathlib import Path

import pytest
import yaml

from llmops_cli.flow.diff import compared
from llmops_cli.flow.registry import read_prompt
from llmops_cli.load.worktree import WorkTree
from llmops_cli.model.settings import Settings

SPEC = yaml.safe_load((Path(__file__).parents[1] / "spec/diff.yaml").read_text(encoding="utf-8"))
CASES = [pytest.param(case, id=case["name"]) for case in SPEC["cases"]]


def resolved(root, case, side):
    said = {**SPEC["base"], **case.get(side, {})}
    files = {**case.get("files", {}), **case.get(f"files_{side}", {})}
    files["p.yaml"] = json.dumps({"id": "p", **{key: value for key, value in said.items() if value is not None}})
    for path, text in files.items():
        target = root / side / "prompts" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    entry, problems = read_prompt(WorkTree(root / side), Settings(), "prompts/p.yaml")
    assert entry is not None, problems
    return entry.prompt


@pytest.mark.parametrize("case", CASES)
def test_a_change_of_a_file_has_the_class_of_the_table(case, tmp_path):
    before, after = (resolved(tmp_path, case, side) for side in ("before", "after"))
    found = compared(before, after, before_name="HEAD", after_name="worktree")
    assert found.change_class == case["class"], [(one.path, str(one.change_class), one.reason) for one in found.changes]
    reasons = "; ".join(change.reason for change in found.changes)
    assert [words for words in case.get("says", ()) if words not in reasons] == [], reasons
    kinds = {change.path: change.kind for change in found.changes}
    assert kinds | case.get("kinds", {}) == kinds
    if case["class"] == "none":
        assert before.digest == after.digest


def test_there_are_enough_cases_of_each_class_and_none_twice():
    classes = [case["class"] for case in SPEC["cases"]]
    assert len({case["name"] for case in SPEC["cases"]}) == len(classes) >= 60
    assert all(classes.count(name) >= 10 for name in ("breaking", "minor", "patch", "none"))
