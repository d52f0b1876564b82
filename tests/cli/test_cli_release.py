"""`prompt release | promote | log | list --label`, and `validate` on what they wrote: as a user meets them."""

import shutil

import pytest
from gitrepo import Repo
from released import shop


@pytest.fixture
def here(tmp_path):
    return shop(Repo.create(tmp_path / "r"))


def test_from_a_prompt_to_production_and_back(here, llmops):
    root = here.repo.root
    first = llmops(root, "prompt", "release", "greet", "-m", "The first.")
    assert "note: greet: no evidence" in first.err
    assert "Run: llmops eval run greet --evalset greet" in first.err
    assert "greet 1.0.0   first release" in first.out
    here.commit(message="release")
    refused = llmops(root, "prompt", "promote", "greet@1.0.0", "--to", "production", code=1)
    assert "greet: no evidence" in refused.err
    assert "llmops eval run greet@1.0.0 --evalset greet" in refused.err
    llmops(root, "eval", "run", "greet@1.0.0", "--evalset", "greet")
    done = llmops(root, "prompt", "promote", "greet@1.0.0", "--to", "production")
    assert "production   greet   nothing → 1.0.0" in done.out
    assert "git add prompts/.labels/production.yaml && git commit" in done.out
    here.commit(message="promote")
    here.edit("Hello", "Good day", message="politer")
    here.answer()
    second = llmops(root, "prompt", "release", "greet", "--format", "json").json()
    assert (second["version"], second["class"], second["bump"]) == ("1.0.1", "patch", "patch")
    assert second["evidence"][0]["verdict"] == "PASS"
    here.commit(message="release")
    llmops(root, "prompt", "promote", "greet@1.0.1", "--to", "production")
    here.commit(message="promote 1.0.1")
    assert llmops(root, "prompt", "render", "greet@production", "--var", "name=Ada").out.endswith("Good day Ada\n")
    here.repo.run("revert", "--no-edit", "HEAD")
    assert llmops(root, "prompt", "render", "greet@production", "--var", "name=Ada").out.endswith("Hello Ada\n")
    llmops(root, "validate")


def test_every_command_takes_every_address(here, llmops):
    here.answer()
    here.release()
    here.promote("greet@1.0.0")
    here.edit("Hello", "Hi")
    root = here.repo.root
    digest = llmops(root, "prompt", "show", "greet@1.0.0", "--format", "json").json()["digest"]
    for address in ("greet@1.0.0", "greet@production", f"greet@sha256:{digest[:7]}", "greet@HEAD~1"):
        assert llmops(root, "prompt", "show", address, "--format", "json").json()["digest"] == digest
        rendered = llmops(root, "prompt", "render", address, "--var", "name=Ada", "--format", "json").json()
        assert rendered["messages"][0]["content"] == "Hello Ada"
        assert "Hi" in llmops(root, "prompt", "diff", address, "greet").out
        ran = llmops(root, "eval", "run", address, "--mode", "auto", "--format", "json").json()
        assert ran["runs"][0]["digest"] == digest


def test_the_log_tells_who_what_and_why(here, llmops):
    here.answer()
    here.release(message="The first.")
    here.promote("greet@1.0.0")
    here.edit("Hello", "Hi", message="shorter")
    lines = llmops(here.repo.root, "prompt", "log", "greet").out.splitlines()
    assert lines[0].endswith("shorter  [greet.yaml]")
    assert lines[1].startswith("1.0.0  [production]  2026-01-02")
    assert lines[2:4] == ["    The first.", "    greet  NEW  contains 100.0%  12 cases  $0.00 a call"]
    document = llmops(here.repo.root, "prompt", "log", "greet", "--format", "json").json()
    assert document["schema"] == "llmops/log@1"
    assert [one["kind"] for one in document["entries"]] == ["commit", "release", "commit"]
    assert [one["subject"] for one in document["commits"]] == ["shorter", "first"]
    assert document["shallow"] is False


def test_the_log_of_a_shallow_clone_says_how_to_get_the_rest(here, llmops, tmp_path):
    here.edit("Hello", "Hi", message="hi")
    clone = here.repo.clone(tmp_path / "shallow", "--depth=1")
    done = llmops(clone.root, "prompt", "log", "greet")
    assert "history is cut here" in done.out
    assert "git fetch --unshallow" in done.err


def test_outside_git_the_log_has_releases_alone(here, llmops, tmp_path):
    here.answer()
    here.release()
    shutil.copytree(here.repo.root, tmp_path / "plain", ignore=shutil.ignore_patterns(".git"))
    done = llmops(tmp_path / "plain", "prompt", "log", "greet")
    assert done.out.startswith("1.0.0")
    assert "not in a git repository" in done.err


def test_a_label_is_listed_with_what_is_behind_and_what_went_on(here, llmops):
    here.answer()
    here.commit({"prompts/other.yaml": "model: echo/m\ntemplate: x\n"})
    here.release()
    here.promote("greet@1.0.0")
    here.edit("Hello", "Hi")
    here.release()
    here.edit("Hi", "Hey")
    rows = llmops(here.repo.root, "prompt", "list", "--label", "production").out.splitlines()
    assert [row.split() for row in rows[1:]] == [
        ["greet", "1.0.0", "1.0.1", "(1", "behind)", "changed", "since"],
        ["other", "–", "–", "not", "released"],
    ]
    document = llmops(here.repo.root, "prompt", "list", "--label", "production", "--format", "json").json()
    greet, other = document["prompts"]
    assert (greet["serves"], greet["newest"], greet["stale"], greet["ahead"]) == ("1.0.0", "1.0.1", True, True)
    assert (other["serves"], other["newest"], other["working_tree"]) == (None, None, "unreleased")
    assert "did you mean production" in llmops(here.repo.root, "prompt", "list", "--label", "prodution", code=2).err


def edited(here):
    path = here.repo.root / "prompts/.releases/greet/1.0.0.yaml"
    path.write_text(path.read_text().replace("Hello", "Hi"))


def removed(here):
    (here.repo.root / "prompts/.releases/greet/1.0.0.yaml").unlink()


def removed_in_a_commit(here):
    here.repo.branch("feature")
    removed(here)
    (here.repo.root / "prompts/.labels/production.yaml").unlink()
    here.commit()


def pointless(here):
    here.commit({"prompts/.labels/production.yaml": "greet: 1.0.1\n"})


def unknown(here):
    here.commit({"prompts/.labels/production.yaml": "gret: 1.0.0\n"})


def split(here):
    here.commit({"prompts/.labels/production.yaml": "greet: {1.0.0: 0}\n"})


def number(here):
    here.commit({"prompts/.labels/production.yaml": "greet: 1.10\n"})


def reuse(here):
    here.edit("id: greet", "id: greet\nversion: 1.0.0")
    here.edit("Hello", "Hi")


def stray(here):
    here.commit({"prompts/.releases/greet/1.0.yaml": "x: 1\n"})


def unreleased(here):
    here.edit("id: greet", "id: greet\nversion: 1.1.0")


@pytest.mark.parametrize(
    ("wrong", "codes", "code"),
    [
        (edited, {"LR010", "LR013"}, 1),
        (removed, {"LR011", "LR013"}, 1),
        (removed_in_a_commit, {"LR013"}, 1),
        (pointless, {"LR011"}, 1),
        (unknown, {"LR011"}, 1),
        (split, {"LR012"}, 1),
        (number, {"LR017"}, 1),
        (reuse, {"LR014"}, 1),
        (stray, {"LR016"}, 0),
        (unreleased, {"LR015"}, 0),
    ],
)
def test_validate_names_what_is_wrong_with_releases_and_labels(wrong, codes, code, here, llmops):
    here.answer()
    here.release()
    here.promote("greet@1.0.0")
    assert llmops(here.repo.root, "validate", "--format", "json").json()["problems"] == []
    wrong(here)
    problems = llmops(here.repo.root, "validate", "--format", "json", code=code).json()["problems"]
    assert {one["code"] for one in problems if one["code"].startswith("LR")} == codes
    assert all(one["hint"] for one in problems)


def test_windows_line_ends_of_a_checkout_are_no_edit(here, llmops):
    here.answer()
    here.release()
    here.promote("greet@1.0.0")
    for path in here.repo.root.glob("prompts/**/*.yaml"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    llmops(here.repo.root, "validate", "--strict")
    llmops(here.repo.root, "prompt", "show", "greet@production")


@pytest.mark.parametrize(
    ("argv", "code", "says"),
    [
        (("release", "nope"), 2, "no prompt 'nope'"),
        (("release", "greet@HEAD"), 2, "made of the working tree"),
        (("release", "greet", "--bump", "huge"), 2, "auto, major, minor or patch"),
        (("promote", "greet", "--to", "production"), 2, "promote takes ID@VERSION"),
        (("promote", "greet@1.0.0"), 2, "--to"),
        (("promote", "greet@1.0.0", "--to", "production", "--split", "x"), 2, "--split"),
        (("log", "nope"), 2, "no prompt 'nope'"),
        (("log", "greet", "-n", "0"), 2, "0"),
    ],
)
def test_a_slip_is_a_usage_error_that_says_what_to_write(argv, code, says, here, llmops):
    assert says in llmops(here.repo.root, "prompt", *argv, code=code).err
