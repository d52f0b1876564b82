"""Whose change a CI job looks at: what cannot be shown to be this repository's is a fork's."""

import json

import pytest

from llmops_cli.load.ci import event
from llmops_cli.load.settings import environment

OURS, THEIRS = {"full_name": "o/r"}, {"full_name": "stranger/r"}
AZURE = {"TF_BUILD": "True", "SYSTEM_PULLREQUEST_TARGETBRANCH": "main"}
BUILDKITE = {"BUILDKITE_PULL_REQUEST_BASE_BRANCH": "main", "BUILDKITE_REPO": "git@github.com:o/r.git"}
GITLAB = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": "b", "CI_MERGE_REQUEST_PROJECT_ID": "1"}


@pytest.mark.parametrize(
    ("variables", "fork"),
    [
        ({**GITLAB, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "1"}, False),
        ({**GITLAB, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "2"}, True),
        (GITLAB, True),
        ({"CI_MERGE_REQUEST_DIFF_BASE_SHA": "b"}, True),
        ({"BITBUCKET_PR_DESTINATION_COMMIT": "b"}, True),
        ({**AZURE, "SYSTEM_PULLREQUEST_ISFORK": "False"}, False),
        ({**AZURE, "SYSTEM_PULLREQUEST_ISFORK": "True"}, True),
        (AZURE, True),
        ({**BUILDKITE, "BUILDKITE_PULL_REQUEST_REPO": "git://github.com/o/r.git"}, False),
        ({**BUILDKITE, "BUILDKITE_PULL_REQUEST_REPO": "https://github.com/O/r"}, False),
        ({**BUILDKITE, "BUILDKITE_PULL_REQUEST_REPO": "git://github.com/stranger/r.git"}, True),
        ({**BUILDKITE, "BUILDKITE_PULL_REQUEST_REPO": "git://gitlab.com/o/r.git"}, True),
        (BUILDKITE, True),
    ],
)
def test_a_pull_request_is_a_forks_unless_its_system_says_otherwise(variables, fork):
    found = event(environment({"CI": "true", **variables}))
    assert (found.kind, found.fork) == ("pull-request", fork)


def run_of(repository, **more):
    return {"repository": OURS, "workflow_run": {"head_repository": repository, "head_sha": "h", **more}}


def pull_of(repository):
    return {"pull_request": {"base": {"sha": "b", "repo": OURS}, "head": {"sha": "h", "repo": repository}}}


@pytest.mark.parametrize(
    ("name", "payload", "expected"),
    [
        ("pull_request_review", pull_of(THEIRS), ("pull-request", "b", True)),
        ("pull_request_review", pull_of(OURS), ("pull-request", "b", False)),
        ("pull_request_review_comment", pull_of(None), ("pull-request", "b", True)),
        ("something_new", pull_of(THEIRS), ("pull-request", "b", True)),
        ("pull_request", {}, ("pull-request", "", True)),
        ("issue_comment", {"issue": {"pull_request": {"url": "u"}}}, ("pull-request", "", True)),
        ("issue_comment", {"issue": {}}, ("push", "", False)),
        ("workflow_run", run_of(THEIRS, event="pull_request"), ("pull-request", "", True)),
        ("workflow_run", run_of(THEIRS, event="push"), ("pull-request", "", True)),
        ("workflow_run", run_of(None), ("pull-request", "", True)),
        ("workflow_run", run_of(OURS, event="pull_request_target"), ("pull-request", "", False)),
        (
            "workflow_run",
            run_of(OURS, event="pull_request", pull_requests=[{"base": {"sha": "b"}}]),
            ("pull-request", "b", False),
        ),
        ("workflow_run", run_of(OURS, event="push", pull_requests=[]), ("push", "", False)),
        ("push", pull_of(THEIRS), ("push", "", False)),
    ],
)
def test_an_event_of_github_that_is_about_a_pull_request_is_one(name, payload, expected, tmp_path):
    path = tmp_path / "event.json"
    path.write_text(json.dumps(payload))
    said = {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": str(path)}
    found = event(environment(said))
    assert (found.kind, found.base, found.fork) == expected


def test_a_job_on_azure_is_ci():
    assert environment({"TF_BUILD": "True"}).in_ci
    assert not environment({"TF_BUILD": ""}).in_ci
