"""The script that runs published cases: a wrong one is counted, named, and fails the run."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

SCRIPT = Path(__file__).parents[2] / "scripts" / "conformance.py"


def run(folder, *, template, says):
    case = {
        "desc": "one",
        "data": {"input": {"x": 1}},
        "expect": {"messages": [{"role": "user", "content": [{"text": says}]}]},
    }
    group = {"name": "g", "template": template, "tests": [case]}
    (folder / "cases.yaml").write_text(yaml.safe_dump([group]), encoding="utf-8")
    return subprocess.run([sys.executable, SCRIPT, "dotprompt", folder], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("template", "says", "code", "line"),
    [
        ("a {{x}}", "a 1", 0, "1 cases: 1 pass (100.0%), 0 refused, 0 WRONG"),
        ("a {{upper x}}", "a 1", 0, "1 cases: 0 pass (0.0%), 1 refused, 0 WRONG"),
        ("a {{x}}", "a 2", 1, "1 cases: 0 pass (0.0%), 0 refused, 1 WRONG"),
    ],
)
def test_each_verdict_is_counted_and_a_wrong_one_fails(tmp_path, template, says, code, line):
    done = run(tmp_path, template=template, says=says)
    assert done.stdout.splitlines()[-1] == line
    assert done.returncode == code


@pytest.mark.parametrize(("metadata", "code"), [({"purpose": "a"}, 0), ({"purpose": "b"}, 1), (None, 1)])
def test_the_metadata_of_a_message_is_held_against_the_case(tmp_path, metadata, code):
    said = {"role": "user", "content": [{"text": "U"}], **({"metadata": metadata} if metadata else {})}
    case = {"desc": "one", "data": {"input": {}}, "expect": {"messages": [said]}}
    group = {"name": "g", "template": '{{role "user" purpose="a"}}U', "tests": [case]}
    (tmp_path / "cases.yaml").write_text(yaml.safe_dump([group]), encoding="utf-8")
    done = subprocess.run([sys.executable, SCRIPT, "dotprompt", tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == code


def test_no_case_at_all_is_no_pass(tmp_path):
    done = subprocess.run([sys.executable, SCRIPT, "dotprompt", tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 1
