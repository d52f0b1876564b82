"""Which commits stand against each other is nothing that the author of a change chooses: not by tags, nor by merges."""

import json

import pytest
from test_flow_tricks import GOOD, made, prompt, pull

OURS = {"full_name": "o/r"}
TARGET = "GITHUB_BASE_REF"


@pytest.fixture
def main(tmp_path, llmops):
    """Main with a prompt and its baseline; the branch `pull` breaks every case."""
    main = made(tmp_path, llmops, {"prompts/greet.yaml": prompt(GOOD)})
    pull(main)
    return main


@pytest.fixture
def gate(main, llmops, monkeypatch, tmp_path):
    """Run the gate in a fresh clone of a branch, with these variables of a CI system."""

    def call(*flags, branch="pull", **variables):
        clone = main.clone(tmp_path / "clone", f"--branch={branch}")
        for name, value in {"CI": "true", **variables}.items():
            monkeypatch.setenv(name, value)
        return llmops(clone.root, "gate", *flags, code=None)

    return call


@pytest.fixture
def github(main, gate, tmp_path):
    """The same as a job of GitHub, with the payload of an event."""

    def call(name, payload, *flags, **more):
        event = tmp_path / "event.json"
        event.write_text(json.dumps(payload))
        variables = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": str(event)}
        known = {TARGET: "main"} if name.startswith("pull_request") else {}
        return gate(*flags, **variables, **known, **more)

    return call


def request(main):
    base, head = (main.run("rev-parse", name) for name in ("main", "pull"))
    return {"base": {"sha": base, "ref": "main", "repo": OURS}, "head": {"sha": head, "repo": OURS}}


@pytest.mark.parametrize("name", ["main", "origin/main"])
def test_a_tag_with_a_branchs_name_is_no_base(name, main, github):
    main.run("tag", name, "pull")
    done = github("pull_request", {"pull_request": request(main)}, "--base", name)
    assert (done.code != 0, "is a tag here and names a branch too" in done.err) == (True, True)


def test_the_hint_names_what_can_be_given_instead(main, github):
    main.run("tag", "origin/main", "pull")
    done = github("pull_request", {"pull_request": request(main)}, "--base", "refs/remotes/origin/main")
    assert done.code == 1
    assert "12 broke" in done.out


def test_a_tag_that_is_no_branch_is_a_base(main, llmops):
    main.run("tag", "v1", "main")
    assert llmops(main.root, "gate", "--base", "v1", code=None).code == 1
    main.run("tag", "pull", "pull")  # both are the same commit
    assert llmops(main.root, "gate", "--base", "pull", code=None).code == 0


SYSTEMS = {
    "buildkite": ("main", {"BUILDKITE_PULL_REQUEST_BASE_BRANCH": "main"}, "BUILDKITE_COMMIT"),
    "azure": ("refs/heads/main", {"SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main"}, "BUILD_SOURCEVERSION"),
}


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_target_of_a_ci_job_is_a_branch_and_never_a_tag(system, main, gate):
    tag, variables, head = SYSTEMS[system]
    main.run("tag", tag, "pull")
    done = gate(**variables, **{head: main.run("rev-parse", "pull")})
    assert (done.code, "12 broke" in done.out) == (1, True)


def test_a_tag_of_twelve_digits_is_not_the_commit_that_bitbucket_names(main, gate):
    base = main.run("rev-parse", "main")[:12]
    head = main.run("rev-parse", "pull")
    main.run("tag", base, "pull")
    done = gate(BITBUCKET_PR_DESTINATION_COMMIT=base, BITBUCKET_COMMIT=head, BITBUCKET_PR_DESTINATION_BRANCH="main")
    assert done.code != 0
    main.run("tag", "-d", base)


def test_a_tag_with_the_default_branchs_name_moves_no_base_on_a_push(main, github):
    main.commit({"note.txt": "x"}, "noise")
    main.run("tag", "origin/main", "pull")
    main.checkout("main")  # what a clone takes for origin's HEAD
    done = github("push", {"ref": "refs/heads/pull"})
    assert (done.code, "12 broke" in done.out) == (1, True)


def merged_by_its_author(main):
    main.branch("side", "main")
    main.commit({"note.txt": "x"}, "side")
    main.checkout("pull")
    return main.merge("side")


def test_a_merge_commit_of_the_author_is_not_cis_where_the_job_names_no_head(main, github):
    merged_by_its_author(main)
    comment = {"issue": {"number": 1, "pull_request": {"url": "x"}}, "repository": OURS}
    done = github("issue_comment", comment)
    assert done.code != 0
    assert "does not name the base" in done.err


@pytest.mark.parametrize("name", ["pull_request", "pull_request_target", "workflow_run"])
def test_a_checkout_that_is_not_the_change_is_refused(name, main, github):
    payload = {"pull_request": request(main)}
    if name == "workflow_run":
        run = {"head_repository": OURS, "head_sha": request(main)["head"]["sha"], "event": "pull_request"}
        payload = {"repository": OURS, "workflow_run": {**run, "pull_requests": [request(main)]}}
    done = github(name, payload, branch="main")
    assert (done.code != 0, "does not hold the change" in done.err) == (True, True)


def test_a_commit_on_top_of_the_change_is_judged_with_it(main, github):
    payload = {"pull_request": request(main)}
    main.commit({"note.txt": "formatted"}, "by a bot")
    done = github("pull_request", payload)
    assert (done.code, "12 broke" in done.out) == (1, True)


def test_a_pushed_branch_is_not_judged_commit_by_commit_where_the_default_branch_is_not_there(
    main, llmops, monkeypatch, tmp_path
):
    main.commit({"y.txt": "y"}, "noise")
    clone = main.clone(tmp_path / "clone", "--depth=2", "--single-branch", "--branch=pull")
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"ref": "refs/heads/pull", "repository": {"default_branch": "main"}}))
    variables = {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": str(event)}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    done = llmops(clone.root, "gate", code=None)
    assert done.code == 2
    assert "pull is judged against main, which is not in this clone" in done.err
    assert "git fetch" in done.err
