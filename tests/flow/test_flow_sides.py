"""Which base stands against which head, on real repositories and every CI system's variables."""

import json

import pytest
from gitrepo import Repo

from llmops_cli.errors import GitError
from llmops_cli.flow.project import open_project
from llmops_cli.flow.sides import sides

PROMPT = {"prompts/a.yaml": 'id: a\nmodel: m\ntemplate: "x"\n'}


@pytest.fixture
def repo(tmp_path):
    """Main with two commits, a feature branch with one, and the merge commit that CI checks out."""
    repo = Repo.create(tmp_path / "r")
    repo.first = repo.commit(PROMPT, "first")
    repo.base = repo.commit({"b": "1"}, "second")
    repo.branch("feature")
    repo.feature = repo.commit({"c": "1"}, "feature")
    return repo


def merged(repo):
    repo.checkout("main")
    repo.base = repo.commit({"d": "1"}, "main moves on")
    repo.checkout(repo.base)
    repo.run("merge", "--quiet", "--no-ff", "--no-edit", "feature")
    return repo.run("rev-parse", "HEAD")


def found(repo, **flags):
    variables = flags.pop("variables", {})
    return sides(open_project(repo.root, variables=variables), **flags)


def github(tmp_path, name, payload):
    path = tmp_path / "event.json"
    path.write_text(json.dumps(payload))
    return {"GITHUB_ACTIONS": "true", "CI": "true", "GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": str(path)}


def pull(head, base, theirs="o/r"):
    repos = {
        "base": {"sha": base, "repo": {"full_name": "o/r"}},
        "head": {"sha": head, "repo": theirs and {"full_name": theirs}},
    }
    return {"pull_request": {"number": 7, **repos}}


def test_a_dirty_tree_stands_against_head(repo):
    repo.write("prompts/a.yaml", 'id: a\nmodel: m\ntemplate: "y"\n')
    where = found(repo)
    assert (where.base, where.head) == (repo.feature, "")


def test_a_clean_branch_stands_against_its_merge_base_with_main(repo):
    assert found(repo).base == repo.base


def test_clean_main_stands_against_its_parent(repo):
    repo.checkout("main")
    assert found(repo).base == repo.first


def test_a_branch_without_a_commit_of_its_own_says_that_it_is_mains_last_one_that_is_looked_at(repo):
    repo.checkout("main")
    repo.branch("fresh")
    where = found(repo)
    assert where.base == repo.first
    assert "nothing here is beyond main yet" in where.why
    assert "what its last commit did is looked at" in where.why


def test_a_detached_head_on_main_stands_against_its_parent(repo):
    repo.checkout(repo.base)
    assert found(repo).base == repo.first


def test_before_the_first_commit_there_is_no_base(tmp_path):
    where = found(Repo.create(tmp_path / "new"))
    assert (where.base, where.head) == ("", "")


def test_the_first_commit_stands_against_nothing(tmp_path):
    repo = Repo.create(tmp_path / "new")
    repo.commit(PROMPT, "first")
    assert found(repo).base == ""


def test_a_named_base_is_taken_at_its_merge_base(repo):
    merged(repo)
    repo.checkout("feature")
    assert found(repo, base="main").base == repo.run("merge-base", "main", "feature")


def test_a_pull_request_stands_against_the_first_parent_of_its_merge_commit(repo, tmp_path):
    head = merged(repo)
    where = found(repo, variables=github(tmp_path, "pull_request", pull(repo.feature, repo.base)))
    assert (where.base, where.head, where.fork) == (repo.base, head, False)


@pytest.mark.parametrize("theirs", ["stranger/r", None], ids=["a fork", "a deleted fork"])
def test_a_fork_is_known_as_one(theirs, repo, tmp_path):
    merged(repo)
    assert found(repo, variables=github(tmp_path, "pull_request", pull(repo.feature, repo.base, theirs))).fork


def test_a_checkout_of_the_head_itself_stands_against_the_merge_base(repo, tmp_path):
    repo.checkout(repo.feature)
    where = found(repo, variables=github(tmp_path, "pull_request", pull(repo.feature, repo.base)))
    assert where.base == repo.base


def test_a_merge_group_stands_against_its_base(repo, tmp_path):
    payload = {"merge_group": {"base_sha": repo.base, "head_sha": repo.feature}}
    assert found(repo, variables=github(tmp_path, "merge_group", payload)).base == repo.base


def test_a_push_to_main_stands_against_its_parent(repo, tmp_path):
    repo.checkout("main")
    where = found(repo, variables=github(tmp_path, "push", {}))
    assert (where.base, where.head) == (repo.first, repo.base)


@pytest.mark.parametrize(
    "variables",
    [
        {"CI_MERGE_REQUEST_DIFF_BASE_SHA": "BASE"},
        {"BITBUCKET_PR_DESTINATION_COMMIT": "BASE"},
        {"SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main"},
        {"BUILDKITE_PULL_REQUEST_BASE_BRANCH": "main"},
    ],
    ids=["gitlab", "bitbucket", "azure", "buildkite"],
)
def test_other_systems_name_their_base(variables, repo):
    said = {name: value.replace("BASE", repo.base) for name, value in variables.items()}
    where = found(repo, variables={**said, "CI": "true"})
    assert (where.base, where.head) == (repo.base, repo.feature)


def test_in_ci_the_checked_out_commit_is_the_head_and_not_the_working_tree(repo):
    repo.write("prompts/a.yaml", "tampered: true\n")
    where = found(repo, variables={"CI": "true"})
    assert where.head == repo.feature


def test_a_shallow_clone_without_the_base_says_how_to_fetch_it(repo, tmp_path):
    merged(repo)
    clone = tmp_path / "shallow"
    repo.run("branch", "merge", "HEAD")
    repo.run("clone", "--quiet", "--depth=1", "--branch=merge", f"file://{repo.root}", str(clone))
    event = github(tmp_path, "pull_request", pull(repo.feature, repo.base))
    with pytest.raises(GitError) as error:
        found(Repo(clone), variables=event)
    assert f"git fetch --depth=1 origin {repo.base}" in error.value.hint


def test_a_clone_of_depth_two_has_its_base(repo, tmp_path):
    merged(repo)
    clone = tmp_path / "two"
    repo.run("branch", "merge", "HEAD")
    repo.run("clone", "--quiet", "--depth=2", "--branch=merge", f"file://{repo.root}", str(clone))
    event = github(tmp_path, "pull_request", pull(repo.feature, repo.base))
    assert found(Repo(clone), variables=event).base == repo.base


def test_an_unreadable_event_is_an_error_and_no_guess(repo):
    variables = {
        "GITHUB_ACTIONS": "true",
        "CI": "true",
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": "/nowhere",
    }
    with pytest.raises(GitError):
        found(repo, variables=variables)


@pytest.fixture
def lone(repo, tmp_path):
    """Return a clone of the feature branch alone; `deep` commits of it ("" = all)."""

    def make(deep=""):
        clone = tmp_path / f"lone{deep}"
        depth = [f"--depth={deep}"] if deep else []
        repo.run("clone", "-q", "--single-branch", *depth, "--branch=feature", f"file://{repo.root}", str(clone))
        return Repo(clone)

    return make


@pytest.mark.parametrize("deep", ["", 2])
@pytest.mark.parametrize("variables", [{}, {"CI": "true"}])
def test_a_clone_of_one_branch_does_not_take_its_last_commit_for_the_change(deep, variables, repo, lone):
    repo.commit({"prompts/a.yaml": "id: a\nmodel: m\ntemplate: bad\n"}, "the bad edit")
    repo.commit({"docs": "1"}, "docs")
    repo.checkout("main")
    clone = lone(deep)
    with pytest.raises(GitError, match="which branch this one goes into is not known") as error:
        found(clone, variables=variables)
    fetch = error.value.hint.partition("e.g. ")[2].partition(";")[0]
    clone.run(*fetch.split()[1:])
    if deep:
        with pytest.raises(GitError, match="no commit in common") as error:
            found(clone, variables=variables)
        assert "git fetch --deepen=50" in error.value.hint
        clone.run("fetch", "-q", "--deepen=50")
    assert found(clone, variables=variables).base == repo.base
    assert found(clone, variables=variables, base="HEAD~1").base == clone.run("rev-parse", "HEAD~1")


def test_a_default_branch_of_another_name_is_asked_for_and_not_guessed(repo):
    repo.run("branch", "-m", "main", "trunk")
    with pytest.raises(GitError) as error:
        found(repo)
    assert "--base REF (there is trunk)" in error.value.hint
    assert found(repo, base="trunk").base == repo.base
    repo.run("switch", "-q", "trunk")
    with pytest.raises(GitError, match="not known"):
        found(repo)
    repo.run("branch", "-D", "feature")
    assert found(repo).base == repo.first, "the only branch there is"


@pytest.mark.parametrize(
    "names",
    [("CI_COMMIT_BRANCH", "CI_DEFAULT_BRANCH"), ("BUILDKITE_BRANCH", "BUILDKITE_PIPELINE_DEFAULT_BRANCH")],
    ids=["gitlab", "buildkite"],
)
def test_a_push_elsewhere_knows_the_branches_from_the_system(names, repo):
    repo.run("branch", "-m", "main", "trunk")
    repo.run("checkout", "-q", "--detach")
    pushed = {"CI": "true", names[0]: "feature", names[1]: "trunk"}
    assert found(repo, variables=pushed).base == repo.base
    repo.run("checkout", "-q", "--detach", "trunk")
    repo.run("branch", "-D", "trunk")
    assert found(repo, variables={**pushed, names[0]: "trunk"}).base == repo.first


@pytest.mark.parametrize("name", ["workflow_dispatch", "schedule"])
def test_a_run_by_hand_or_by_the_clock_is_of_the_branch_that_it_is_on(name, repo, tmp_path):
    repo.run("branch", "-m", "main", "trunk")
    repo.checkout("trunk")
    told = {"ref": "refs/heads/trunk"} if name == "workflow_dispatch" else {"schedule": "0 3 * * *"}
    event = github(tmp_path, name, {**told, "repository": {"default_branch": "trunk"}})
    assert found(repo, variables=event).base == repo.first


def test_a_dirty_tree_says_that_the_commits_of_its_branch_are_not_looked_at(repo):
    repo.write("prompts/a.yaml", 'id: a\nmodel: m\ntemplate: "y"\n')
    where = found(repo)
    assert "what this branch committed since main is not looked at: --base main" in where.why
    named = found(repo, base="main")
    assert (named.base, named.head) == (repo.base, "")
    repo.run("stash", "-q")
    repo.checkout("main")
    repo.run("stash", "pop", "-q")
    assert "not looked at" not in found(repo).why
