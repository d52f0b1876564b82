"""A repository may hold what its author wants run. Ordinary git runs it; no command of ours does."""

import os
import shutil

import pytest
import trap
import traps_of_places
import traps_of_settings
from conftest import CASES, EVALSET, PROMPT
from gitrepo import Repo, clean_environment

TABLES = (traps_of_places, traps_of_settings)
COMMANDS = (
    ("validate",),
    ("prompt", "list"),
    ("prompt", "show", "greet"),
    ("prompt", "show", "greet@HEAD~1"),
    ("prompt", "show", "greet@HEAD"),
    ("prompt", "show", "greet@1.0.0"),
    ("prompt", "show", "greet@sha256:0000000"),
    ("prompt", "diff"),
    ("prompt", "diff", "--base", "HEAD~1"),
    ("prompt", "diff", "--head", "HEAD"),
    ("prompt", "log", "greet"),
    ("prompt", "usages", "greet"),
    ("gate",),
    ("gate", "--mode", "replay", "--base", "HEAD~1"),
    ("gate", "--mode", "replay", "--head", "HEAD"),
    ("baseline", "verify"),
    ("git", "status"),
    ("doctor",),
    ("prompt", "release", "greet", "--allow-dirty"),
)


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A project with a release, a baseline and an edit on top; copied for each trap."""
    from llmops_cli.cli.run import run

    repo = Repo.create(tmp_path_factory.mktemp("sound") / "project")
    files = {"prompts/greet.yaml": PROMPT, "evalsets/greet.yaml": EVALSET, "evalsets/greet.jsonl": CASES}
    repo.commit(files | {".gitignore": ".llmops/\n"}, "first")
    assert run(["-C", str(repo.root), "-q", "eval", "run", "greet"]) == 0
    assert run(["-C", str(repo.root), "baseline", "accept", "greet", "--reason", "first"]) == 0
    assert run(["-C", str(repo.root), "prompt", "release", "greet"]) == 0
    repo.commit(message="baseline")
    repo.commit({trap.PATH: PROMPT.replace("Hello", "Hi")}, "edit")
    return repo


@pytest.fixture
def bait(sound, tmp_path, monkeypatch):
    """A copy of the project, and the program."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    shutil.copytree(sound.root, tmp_path / "project", symlinks=True)
    program, marker = tmp_path / "trap.sh", tmp_path / "ran"
    program.write_text(f"#!/bin/sh\necho \"$0 $@\" >> '{marker}'\nexec timeout 0.3 cat\n")
    program.chmod(0o755)
    return trap.Bait(Repo(tmp_path / "project"), program, marker, tmp_path)


def assert_ended(argv, done):
    """Fail unless a command ended with an answer, findings, or a refusal; only the gate may lack model answers."""
    assert done.code in (0, 1, 2, 3) or (argv[0] == "gate" and "answers are missing" in done.out), (argv, done.err)


@pytest.mark.parametrize("name", trap.TRAPS)
def test_what_ordinary_git_runs_no_command_of_ours_runs(bait, name, llmops, monkeypatch):
    laid = trap.TRAPS[name](bait)
    bait.marker.unlink(missing_ok=True)
    for key, value in laid.variables.items():
        monkeypatch.setenv(key, value)
    for argv in COMMANDS:
        done = llmops(laid.stand or bait.root, *argv, code=None)
        assert_ended(argv, done)
        assert not bait.marker.exists(), (argv, bait.marker.read_text())
    said = laid.sprung(clean_environment())
    assert bait.marker.exists(), f"the trap does not work, so nothing is proven: {said}"


SECRET = "id: greet\nmodel: echo/m\nvariables: {name: string}\ntemplate: 'TOP SECRET {{ name }}'\n"


@pytest.mark.parametrize(
    "place", ["prompts/link.yaml", "prompts", "evalsets/greet.jsonl", "llmops.yaml", "prompts/.labels"]
)
def test_what_a_link_leads_to_is_never_shown(bait, place, llmops):
    (bait.here / "outside").mkdir()
    for name in ("link.yaml", "greet.yaml"):
        (bait.here / "outside" / name).write_text(SECRET)
    target = bait.here / "outside" / ("link.yaml" if "." in place.rpartition("/")[2][1:] else "")
    where = bait.root / place
    if where.is_dir():
        shutil.rmtree(where)
    where.unlink(missing_ok=True)
    where.symlink_to(target)
    bait.repo.commit(message="link")
    read = where if where.is_file() else where / "greet.yaml"
    assert "SECRET" in read.read_text(), "the link does not lead there, so nothing is proven"
    for argv in (*COMMANDS, ("prompt", "show", "link"), ("prompt", "show", "link@HEAD"), ("prompt", "diff", "link")):
        done = llmops(bait.root, *argv, code=None)
        assert_ended(argv, done)
        assert "SECRET" not in done.out + done.err, argv


def test_the_table_is_as_long_as_promised():
    assert len(trap.TRAPS) >= 12
