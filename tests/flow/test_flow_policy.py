"""Whose policy judges a pull request: that of the target branch as it is now, however old the commit it starts from.

Here CI checks out the head itself. Main had a lax policy once and has a strict one now; the branch was made before.
"""

import json
import shutil

import pytest
from gitrepo import Repo
from support import ModelServer
from test_flow_tricks import BAD, EASIER, GREEN, PROGRAM, SET, cases, made, prompt, pull
from test_flow_tricks import judged as judged_merged

from llmops_cli.flow.project import open_project
from llmops_cli.flow.sides import sides

WIDE = "{rule: statistics, margin: 0.99, plan: fixed}"
SOME = "template: \"Hello {{ name | upper if name < 'n04' else name }}\""
STRICT = "exec: [model.py]\n"


def events(tmp_path, head, base, theirs="o/r"):
    """Return the variables of each CI system for a pull request into main."""
    ours = {"full_name": "o/r"}
    sides_ = {"base": {"sha": base, "ref": "main", "repo": ours}, "head": {"sha": head, "repo": {"full_name": theirs}}}
    path = tmp_path / "event.json"
    path.write_text(json.dumps({"pull_request": sides_}))
    github = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(path)}
    return {
        "github": github,
        "gitlab": {"CI_MERGE_REQUEST_DIFF_BASE_SHA": "MERGE-BASE", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main"},
        "bitbucket": {"BITBUCKET_PR_DESTINATION_COMMIT": base},
        "azure": {"SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main"},
        "buildkite": {"BUILDKITE_PULL_REQUEST_BASE_BRANCH": "main"},
    }


def judged(main, llmops, monkeypatch, tmp_path, *flags, system="github", single=False):
    """Return the gate's document and exit code for the branch `pull`, its own commit checked out."""
    base, head = main.run("rev-parse", "main"), main.run("rev-parse", "pull")
    clone = tmp_path / "clone"
    shutil.rmtree(clone, ignore_errors=True)
    alone = ["--single-branch"] if single else []
    main.run("clone", "--quiet", "--branch=pull", *alone, f"file://{main.root}", str(clone))
    said = events(tmp_path, head, base)[system]
    common = main.run("merge-base", "main", "pull")
    for name, value in {"CI": "true", **said}.items():
        monkeypatch.setenv(name, value.replace("MERGE-BASE", common))
    done = llmops(clone, "gate", "--format", "json", *flags, code=None)
    for name in ("CI", *said):
        monkeypatch.delenv(name)
    return (done.json() if done.out.strip() else None), done.code


def aged(tmp_path, llmops, old, new):
    """Return a main that had some files once and has others now, with a branch from before checked out."""
    main = made(tmp_path, llmops, {"prompts/greet.yaml": prompt('template: "Hello {{ name }}"'), **old})
    main.checkout("main")
    main.commit(new, "stricter")
    main.checkout("pull")
    return main


def lax(text):
    return {"llmops.yaml": STRICT + text}


def accepted(main, llmops):
    main.write("prompts/greet.yaml", prompt())
    llmops(main.root, "eval", "run", "greet")
    llmops(main.root, "baseline", "accept", "greet", "--reason", "trust me", "--allow-regress")
    main.commit(message="accepted by myself")


def forged(main, llmops):
    pull(main)
    llmops(main.root, "eval", "run", "greet", "--mode", "record")
    path = main.root / "evalsets/.recordings/greet/greet.jsonl"
    text = path.read_text()
    for at in range(12):
        text = text.replace(f"N{at:02}", f"n{at:02}")
    path.write_text(text)
    main.commit(message="recordings")


OLD = {
    "a wide margin": (lax(f"gate: {WIDE}\n"), lax(""), lambda main, _: pull(main, template=SOME)),
    "an eval set's wide margin": (
        {"evalsets/greet.yaml": SET + f"gate: {WIDE}\n"},
        {"evalsets/greet.yaml": SET},
        lambda main, _: pull(main, template=SOME),
    ),
    "an eval set that is gone by now": (
        {"evalsets/greet.yaml": SET + f"gate: {WIDE}\n"},
        {"evalsets/greet.yaml": SET.replace("id: greet", "id: other")},
        lambda main, _: pull(main, template=SOME),
    ),
    "no margin for what nothing judges": (
        {**lax("gate: {on_uncovered: warn}\n"), "prompts/bare.yaml": prompt(id="bare", evals="")},
        lax(""),
        lambda main, _: main.commit({"prompts/bare.yaml": prompt("template: x", id="bare", evals="")}, "bare"),
    ),
    "acceptances of the head": (lax(""), lax("accepts: base\n"), accepted),
    "recordings of the head": (lax(""), lax("trust_recordings: base\n"), forged),
}  # fmt: skip


@pytest.mark.parametrize("name", OLD)
def test_a_branch_from_an_old_commit_does_not_choose_the_old_policy(name, tmp_path, llmops, monkeypatch):
    old, new, change = OLD[name]
    main = aged(tmp_path, llmops, old, new)
    change(main, llmops)
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert code != 0
    assert found["verdict"] not in GREEN
    assert found["policy"] == main.run("rev-parse", "main")
    assert found["base"] == main.run("merge-base", "main", "pull")
    main.run("branch", "--force", "main", "main^")  # what the branch hoped for: the old policy alone lets it through
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert code == 0


@pytest.mark.parametrize("system", ["github", "gitlab", "bitbucket", "azure", "buildkite"])
def test_every_ci_system_tells_where_the_target_branch_is(system, tmp_path, llmops, monkeypatch):
    main = aged(tmp_path, llmops, lax(f"gate: {WIDE}\n"), lax(""))
    pull(main, template=SOME)
    found, code = judged(main, llmops, monkeypatch, tmp_path, system=system)
    assert (found["verdict"], code) == ("FAIL", 1)
    assert found["policy"] == main.run("rev-parse", "main")


def test_cis_merge_commit_has_the_target_branch_as_its_base(tmp_path, llmops, monkeypatch):
    main = aged(tmp_path, llmops, lax(f"gate: {WIDE}\n"), lax(""))
    pull(main, template=SOME)
    found, code = judged_merged(main, llmops, monkeypatch, tmp_path)
    assert (found["verdict"], found["base"], code) == ("FAIL", main.run("rev-parse", "main"), 1)
    assert found["policy"] == found["base"]
    assert not [note for note in found["notes"] if "target branch" in note or "not in this clone" in note]


def test_where_the_target_branch_is_not_in_the_clone_the_merge_base_judges_and_that_is_said(
    tmp_path, llmops, monkeypatch
):
    main = aged(tmp_path, llmops, lax(f"gate: {WIDE}\n"), lax(""))
    pull(main, template=SOME)
    found, code = judged(main, llmops, monkeypatch, tmp_path, system="gitlab", single=True)
    assert (found["policy"], code) == (found["base"], 0)
    (note,) = (note for note in found["notes"] if "not in this clone" in note)
    assert "git fetch origin main:refs/remotes/origin/main" in note


def test_a_base_that_the_job_names_by_hand_is_no_way_around(tmp_path, llmops, monkeypatch):
    main = aged(tmp_path, llmops, lax(f"gate: {WIDE}\n"), lax(""))
    pull(main, template=SOME)
    old = main.run("merge-base", "main", "pull")
    found, code = judged(main, llmops, monkeypatch, tmp_path, "--base", old)
    assert (found["verdict"], found["base"], code) == ("FAIL", old, 1)


def test_the_reproduce_command_gives_the_same_verdict(tmp_path, llmops, monkeypatch):
    main = aged(tmp_path, llmops, lax(f"gate: {WIDE}\n"), lax(""))
    pull(main, template=SOME)
    tip = main.run("rev-parse", "main")
    head = main.run("rev-parse", "pull")
    done = main_report(main, llmops, monkeypatch, tmp_path)
    assert f"Reproduce: `CI=1 llmops gate --base {tip[:7]} --head {head[:7]} --mode auto`" in done
    assert f"policy from `{tip[:7]}`, where the target branch is now" in done
    monkeypatch.setenv("CI", "1")
    again = llmops(main.root, "gate", "--base", tip[:7], "--head", head[:7], "--format", "json", code=1).json()
    assert (again["verdict"], again["policy"]) == ("FAIL", tip)


def main_report(main, llmops, monkeypatch, tmp_path):
    judged(main, llmops, monkeypatch, tmp_path, "--report", f"markdown={tmp_path / 'comment.md'}")
    return (tmp_path / "comment.md").read_text()


def test_an_old_program_is_not_run(tmp_path, llmops, monkeypatch):
    files = {"prompts/greet.yaml": prompt('template: "Hello {{ name }}"', model="command/model.py")}
    main = made(tmp_path, llmops, {**files, "model.py": EASIER})
    main.checkout("main")
    main.commit({"model.py": PROGRAM}, "the program no longer helps")
    main.checkout("pull")
    pull(main, model="command/model.py")
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert code != 0
    assert found["verdict"] not in GREEN


def test_a_program_that_is_no_longer_named_is_not_run(tmp_path, llmops, monkeypatch):
    files = {"prompts/greet.yaml": prompt('template: "Hello {{ name }}"', model="command/model.py")}
    main = made(tmp_path, llmops, {**files, "model.py": PROGRAM})
    main.checkout("main")
    main.commit({"llmops.yaml": "exec: []\n"}, "no programs")
    main.checkout("pull")
    pull(main, model="command/model.py")
    assert judged(main, llmops, monkeypatch, tmp_path) == (None, 2)


def test_a_host_that_was_given_up_is_not_called(tmp_path, llmops, monkeypatch):
    with ModelServer() as old, ModelServer() as new:
        files = {"prompts/greet.yaml": prompt('template: "Hello {{ name }}"', model="local/m")}
        main = made(tmp_path, llmops, {**files, "llmops.yaml": f"endpoints: {{local: {old.url}}}\n"})
        main.checkout("main")
        main.commit({"llmops.yaml": f"endpoints: {{local: {new.url}}}\n"}, "another host")
        main.checkout("pull")
        pull(main, model="local/m")
        before = len(old.requests)
        found, _ = judged(main, llmops, monkeypatch, tmp_path)
        assert found["verdict"] == "FAIL"
        assert len(old.requests) == before
        assert new.requests


def test_eval_sets_that_the_branch_left_behind_are_named(tmp_path, llmops, monkeypatch):
    more = {"evalsets/greet.jsonl": cases(13), "evalsets/other.yaml": SET.replace("id: greet", "id: other")}
    main = aged(tmp_path, llmops, {}, more)
    pull(main, template='template: "Hello, {{ name }}"')
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert code == 0
    (note,) = (note for note in found["notes"] if "by now" in note)
    assert "greet, other" in note


def test_a_project_that_main_has_moved_is_refused_until_main_is_merged(tmp_path, llmops, monkeypatch):
    main = made(tmp_path, llmops, {"prompts/greet.yaml": prompt('template: "Hello {{ name }}"')})
    main.checkout("main")
    (main.root / "sub").mkdir()
    main.run("mv", "llmops.yaml", "prompts", "evalsets", "sub")
    main.commit(message="moved")
    main.checkout("pull")
    pull(main, template=BAD)
    assert judged(main, llmops, monkeypatch, tmp_path) == (None, 2)


def test_a_stale_branch_of_the_clone_is_not_taken_for_the_tip(tmp_path):
    repo = Repo.create(tmp_path / "r")
    first = repo.commit({"a": "1"}, "first")
    repo.branch("pull")
    head = repo.commit({"b": "1"}, "pull")
    repo.checkout("main")
    tip = repo.commit({"a": "2"}, "second")
    repo.checkout(head)
    said = {"CI": "true", **events(tmp_path, head, tip)["github"]}
    for known, expected in ((first, tip), (tip, tip)):
        repo.run("update-ref", "refs/remotes/origin/main", known)
        where = sides(open_project(repo.root, variables=said))
        assert (where.base, where.policy) == (first, expected)
    later = repo.run("commit-tree", "-p", tip, "-m", "third", f"{tip}^{{tree}}")
    repo.run("update-ref", "refs/remotes/origin/main", later)
    assert sides(open_project(repo.root, variables=said)).policy == later
    assert sides(open_project(repo.root, variables={}), base="main").policy == first  # a desk takes nobody's programs
