"""Whose word the gate takes: a change brings answers, settings and folders of its own, and none of them judges it.

Every test is a pull request as CI sees it (test_flow_tricks.py); the edit breaks every case.
"""

import contextlib
import shutil
import sqlite3

import pytest
from test_flow_tricks import GOOD, GREEN, judged, made, prompt, pull
from test_flow_tricks import main as main  # noqa: PLC0414 - a fixture


def right(text):
    """Return answers of the bad edit as the cases want them."""
    for at in range(12):
        text = text.replace(f"N{at:02}", f"n{at:02}")
    return text


def poisoned(main, llmops):
    """Commit a cache in which the bad edit answers every case right."""
    pull(main)
    llmops(main.root, "eval", "run", "greet")
    with contextlib.closing(sqlite3.connect(main.root / ".llmops/cache.sqlite")) as cache:
        for number, answer in cache.execute("SELECT id, answer FROM answers_1").fetchall():
            cache.execute("UPDATE answers_1 SET answer = ? WHERE id = ?", (right(answer), number))
        cache.commit()
        cache.execute("PRAGMA wal_checkpoint(truncate)")
    main.run("add", "--force", ".llmops/cache.sqlite")
    main.commit(message="cache")


@pytest.mark.parametrize("fork", [False, True])
@pytest.mark.parametrize("mode", ["auto", "live", "record"])
def test_a_cache_that_a_change_brings_is_refused(mode, fork, main, llmops, monkeypatch, tmp_path):
    poisoned(main, llmops)
    found, code = judged(main, llmops, monkeypatch, tmp_path, "--mode", mode, fork=fork)
    assert (found, code) == (None, 2)


def test_a_replay_reads_no_cache_and_is_not_deceived_by_one(main, llmops, monkeypatch, tmp_path):
    poisoned(main, llmops)
    found, code = judged(main, llmops, monkeypatch, tmp_path, "--mode", "replay")
    assert code != 0
    assert found is None or found["verdict"] not in GREEN


COMMANDS = (
    ("eval", "run", "greet"),
    ("gate", "--base", "main"),
    ("baseline", "accept", "greet", "--reason", "x", "--allow-regress"),
    ("baseline", "reject", "greet", "--reason", "x"),
)


@pytest.mark.parametrize("name", ["cache.sqlite", "rejected.json", "runs/20260101/run.json", "cache.sqlite.lock/x", ""])
@pytest.mark.parametrize("committed", [True, False])
def test_whatever_git_tracks_of_the_state_folder_is_refused_with_the_command_that_removes_it(
    committed, name, main, llmops
):
    shutil.rmtree(main.root / ".llmops")
    main.write(f".llmops/{name}" if name else ".llmops", "brought")
    main.run("add", "--force", ".llmops")
    if committed:
        main.commit(message="state")
    main.write("prompts/greet.yaml", prompt())
    for command in COMMANDS:
        assert "git rm -r --cached .llmops" in llmops(main.root, *command, code=2).err


def test_after_the_command_that_the_refusal_names_the_gate_judges_again(main, llmops, monkeypatch, tmp_path):
    poisoned(main, llmops)
    main.run("rm", "-rq", "--cached", ".llmops")
    main.commit(message="as told")
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert (found["verdict"], code) == ("FAIL", 1)


def test_a_state_folder_in_other_letters_is_refused_where_the_file_system_takes_them_for_the_same(main, llmops):
    main.write(".LLMOPS/cache.sqlite", "brought")
    main.run("add", "--force", ".LLMOPS")
    main.commit(message="state")
    pull(main)
    assert "git rm -r --cached .LLMOPS" in llmops(main.root, "gate", "--base", "main", code=2).err


@pytest.mark.parametrize("committed", [True, False])
def test_a_state_folder_that_is_a_way_out_of_the_project_is_refused(committed, main, llmops, monkeypatch, tmp_path):
    victim = tmp_path / "victim"
    victim.mkdir()
    shutil.rmtree(main.root / ".llmops")
    pull(main)
    (main.root / ".llmops").symlink_to(victim)
    if committed:
        main.run("add", "--force", ".llmops")
        main.commit(message="link")
        found, code = judged(main, llmops, monkeypatch, tmp_path, fork=True)
        assert (found, code) == (None, 2)
    for command in COMMANDS:
        llmops(main.root, *command, code=2)
    assert list(victim.iterdir()) == []


def test_the_check_of_the_installation_tells_of_a_state_folder_that_is_committed(main, llmops):
    main.write(".llmops/cache.sqlite", "brought")
    main.run("add", "--force", ".llmops/cache.sqlite")
    assert "git rm -r --cached .llmops" in llmops(main.root, "doctor", code=None).out


def test_a_project_below_the_top_is_looked_at_where_it_lies(tmp_path, llmops):
    repo = made(tmp_path, llmops, {"prompts/greet.yaml": prompt(GOOD)})
    repo.commit({"app/llmops.yaml": "{}\n", "app/prompts/a.yaml": "id: a\nmodel: echo/m\ntemplate: x\n"})
    llmops(repo.root / "app", "eval", "run", code=None)
    repo.write("app/.llmops/cache.sqlite", "brought")
    repo.run("add", "--force", "app/.llmops/cache.sqlite")
    repo.commit({"app/prompts/a.yaml": "id: a\nmodel: echo/m\ntemplate: y\nevals: [e]\n",
                 "app/evalsets/e.yaml": "id: e\ndata: e.jsonl\nscorers: [{type: contains}]\n",
                 "app/evalsets/e.jsonl": '{"id": "1", "inputs": {}, "expected": "y"}\n'})  # fmt: skip
    assert "app/.llmops/cache.sqlite" in llmops(repo.root / "app", "eval", "run", "a", code=2).err
    llmops(repo.root, "eval", "run", "greet")
