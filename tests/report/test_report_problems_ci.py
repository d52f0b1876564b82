import json
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.cli.output import as_json
from llmops_cli.model.problem import Problem
from llmops_cli.model.source import Source
from llmops_cli.report.problems import full
from llmops_cli.report.problems_ci import github, gitlab, junit
from llmops_cli.report.problems_sarif import document

HELPS = {"LP012": "A template uses a variable\nthat is not declared.\n\nWhy:\n    Nobody can give it a value.\n"}


def problem(severity="error", line=3, **changes) -> Problem:
    given = {
        "code": "LP012",
        "slug": "unknown-variable",
        "message": "unknown variable x",
        "hint": "declare it",
        "excerpt": "{{ x }}",
        "width": 1,
    }
    path = changes.pop("path", "prompts/p.yaml")
    return Problem(severity=severity, source=Source(path, line, 4), **{**given, **changes})


def test_github_gets_nine_annotations_of_a_kind_and_the_rest_as_lines():
    found = [problem(line=n) for n in range(1, 47)] + [problem("warning", line=99), problem("note", line=100)]
    lines = github(found, files=1).splitlines()
    errors = [line for line in lines if line.startswith("::error file=")]
    assert len(errors) == 9
    assert (
        errors[0]
        == "::error file=prompts/p.yaml,line=1,col=4,title=LP012 unknown-variable::unknown variable x%0Ahelp: declare it"
    )
    assert "::error title=llmops::and 37 more, listed in the log" in lines
    assert sum(line.startswith("::warning file=") for line in lines) == 1
    assert sum(line.startswith("::notice file=") for line in lines) == 1
    assert sum(line.startswith("prompts/p.yaml:") for line in lines) == 37
    assert github([], files=2) == "No problems in 2 files."


def test_gitlab_gets_a_report_whose_fingerprints_stay_when_a_problem_moves():
    first, second = gitlab([problem(line=3), problem(line=9)]), gitlab([problem(line=5), problem(line=11)])
    assert [one["fingerprint"] for one in first] == [one["fingerprint"] for one in second]
    assert len({one["fingerprint"] for one in first}) == 2
    assert first[0]["location"] == {"path": "prompts/p.yaml", "lines": {"begin": 3}}
    assert (first[0]["severity"], first[0]["check_name"]) == ("major", "LP012")
    assert [one["severity"] for one in gitlab([problem("warning", line=1), problem("note", line=2)])] == [
        "minor",
        "info",
    ]


def test_junit_fails_for_errors_only():
    root = ET.fromstring(junit([problem(), problem("warning"), problem("note", line=7)], files=3))
    assert (root.get("tests"), root.get("failures")) == ("3", "1")
    assert len(root.findall(".//failure")) == 1
    assert root.find(".//failure").get("message") == "unknown variable x"
    clean = ET.fromstring(junit([], files=3))
    assert (clean.get("tests"), clean.get("failures")) == ("1", "0")


def check_sarif(log: dict) -> None:
    """What SARIF 2.1.0 demands of the parts that we write."""
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    for run in log["runs"]:
        rules = run["tool"]["driver"]["rules"]
        assert run["tool"]["driver"]["name"]
        assert len({rule["id"] for rule in rules}) == len(rules)
        for rule in rules:
            assert rule["shortDescription"]["text"]
            assert rule["help"]["text"]
        for result in run["results"]:
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
            assert result["level"] in ("none", "note", "warning", "error")
            assert result["message"]["text"]
            (location,) = result["locations"]
            region = location["physicalLocation"]["region"]
            assert region["startLine"] >= 1
            if "startColumn" in region:
                assert region["endColumn"] > region["startColumn"] >= 1
            uri = location["physicalLocation"]["artifactLocation"]["uri"]
            assert not set(uri) & set(' <>"\\^`{|}')
            assert all(isinstance(value, str) for value in result["partialFingerprints"].values())


def test_sarif_has_each_rule_s_documentation_and_each_problem_s_place():
    log = document(
        [problem(), problem("note", line=0, code="LE010", slug="duplicate-id", path="a b/ü.jsonl")], HELPS, version="1"
    )
    check_sarif(log)
    rules = {rule["id"]: rule for rule in log["runs"][0]["tool"]["driver"]["rules"]}
    assert rules["LP012"]["shortDescription"]["text"] == "A template uses a variable that is not declared."
    assert rules["LP012"]["help"]["text"] == HELPS["LP012"]
    assert rules["LP012"]["name"] == "UnknownVariable"
    uris = [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in log["runs"][0]["results"]]
    assert uris == ["a%20b/%C3%BC.jsonl", "prompts/p.yaml"]
    check_sarif(document([], {}, version="1"))


EVIL = st.text(st.sampled_from("\x1b\x00\r\n\u202e<>&\"'#:[]%|`=\ud800\ufffe ::##error][)("), max_size=30)


@pytest.mark.parametrize("made", ["github", "junit", "json", "full"])
@given(message=EVIL, path=EVIL, hint=EVIL)
def test_foreign_text_commands_no_runner_and_breaks_no_document(made, message, path, hint):
    one = problem(message=message, path=path, hint=hint, slug="x")
    if made == "github":
        text = github([one, *[problem(message=message, path=path, hint=hint, line=n) for n in range(12)]], files=1)
        commands = [line for line in text.splitlines() if line.lstrip().startswith("::")]
        assert all(line.startswith(("::error file=", "::error title=llmops::and ")) for line in commands)
        assert len(commands) == 10
    elif made == "junit":
        text = junit([one], files=1)
        assert len(ET.fromstring(text).findall(".//testcase")) == 1
    elif made == "json":
        log = document([one], {}, version="1")
        text = as_json([log, gitlab([one])])
        assert json.loads(text)[0]["runs"][0]["results"][0]["ruleId"] == "LP012"
    else:
        text = full([one], color=False, files=1)
    assert "\x1b" not in text
    assert "##[" not in text
    if made != "github":
        assert not any(line.lstrip().startswith("::") for line in text.splitlines())
