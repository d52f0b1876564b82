"""Whose word the gate takes: a change brings answers, settings and folders of its own, and none of them judges it.

Every test is a pull request as CI sees it (test_flow_tricks.py); the edit breaks every case.
"""

import contextlib
import json
import shutil
import sqlite3

import pytest
from test_flow_tricks import GOOD, GREEN, cases, judged, made, prompt, pull
from test_flow_tricks import main as main  # noqa: PLC0414 - a fixture

from llmops_cli.complete._cached import Counts, Layers, cached
from llmops_cli.model.completion import Completion, Request


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


RECORDINGS = "evalsets/.recordings/greet/greet.jsonl"
# Two cases of twelve break: the rule of small sets asks them again before it fails the change.
TWO = "template: \"Hello {% if name in ['n00', 'n01'] %}{{ name | upper }}{% else %}{{ name }}{% endif %}!\""


def prints(path):
    return {json.loads(line)["fingerprint"] for line in path.read_text().splitlines()}


@pytest.mark.parametrize("critical", [False, True])
def test_no_recording_answers_what_is_asked_to_confirm_a_fail_and_none_is_made(
    critical, main, llmops, monkeypatch, tmp_path
):
    if critical:
        main.checkout("main")
        main.commit({"evalsets/greet.jsonl": cases(critical=True)}, "critical")
        llmops(main.root, "eval", "run", "greet")
        llmops(main.root, "baseline", "accept", "greet", "--reason", "critical")
        main.commit(message="baseline")
        main.run("checkout", "--quiet", "-B", "pull")
    pull(main, template=TWO)
    llmops(main.root, "eval", "run", "greet", "--mode", "record")
    asked = prints(main.root / RECORDINGS)
    llmops(main.root, "gate", "--base", "main", "--mode", "record", code=1)
    assert prints(main.root / RECORDINGS) == asked


@pytest.mark.parametrize("mode", ["auto", "record", "replay"])
def test_a_request_of_a_series_is_asked_whatever_is_recorded(mode):
    kept = []

    class Shelf:
        def get(self, _fingerprint):
            return Completion("recorded")

        def put(self, request, _answer):
            kept.append(request)

    request = Request(endpoint="e", model="m", messages=(), series="confirm a b head")
    answer = cached(lambda _: Completion("fresh"), Layers(Shelf()), mode, Counts())(request)
    if mode == "replay":
        assert (answer.kind, answer.code) == ("case", "missing-recording")
    else:
        assert (answer.text, kept) == ("fresh", [])


RUBRIC = """id: rubric
model: command/model.py
variables: {answer: string}
template: "JUDGE {{ answer }}"
"""
JUDGE_SET = """id: greet
data: greet.jsonl
scorers: [{type: judge, prompt: rubric, name: nice, primary: true, pass_at: 0.5}]
"""
JUDGE = """import json, sys
text = json.load(sys.stdin)["messages"][-1]["content"]
good = {"score": 1 if "Hello n" in text else 0, "reason": "r"}
print(json.dumps({"text": json.dumps(good) if text.startswith("JUDGE") else text}))
"""


@pytest.fixture
def rated(tmp_path, llmops):
    """Main with a judge, and a bad edit whose judge is recorded as content with all of it."""
    files = {"prompts/greet.yaml": prompt(GOOD, model="command/model.py"), "prompts/rubric.yaml": RUBRIC}
    repo = made(tmp_path, llmops, {**files, "model.py": JUDGE, "evalsets/greet.yaml": JUDGE_SET})
    pull(repo, model="command/model.py")
    llmops(repo.root, "eval", "run", "greet", "--mode", "record")
    path = repo.root / "evalsets/.recordings/rubric/greet.jsonl"
    before = path.read_text()
    path.write_text(before.replace('\\"score\\": 0', '\\"score\\": 1'))
    assert path.read_text() != before
    return repo


@pytest.mark.parametrize("answers", [True, False])
@pytest.mark.parametrize("flags", [(), ("--verify-recordings", "12"), ("--mode", "record")])
def test_forged_words_of_a_judge_are_not_listened_to_where_it_can_be_asked(
    flags, answers, rated, llmops, monkeypatch, tmp_path
):
    if not answers:
        (rated.root / RECORDINGS).unlink()
    rated.commit(message="recordings")
    found, code = judged(rated, llmops, monkeypatch, tmp_path, *flags)
    assert (found["verdict"], code) == ("FAIL", 1)


def test_a_replay_takes_the_judges_words_of_a_colleague_and_counts_them(rated, llmops, monkeypatch, tmp_path):
    rated.commit(message="recordings")
    found, _ = judged(rated, llmops, monkeypatch, tmp_path, "--mode", "replay")
    assert found["unverified"]["recordings"] == 24


@pytest.mark.parametrize("policy", ["", "trust_recordings: base\n"])
def test_a_replay_without_the_judges_words_is_no_pass(policy, rated, llmops, monkeypatch, tmp_path):
    rated.commit(message="recordings")
    if policy:
        rated.checkout("main")
        rated.commit({"llmops.yaml": f"exec: [model.py]\n{policy}"}, "policy")
        rated.checkout("pull")
    else:
        rated.run("rm", "-rq", "evalsets/.recordings/rubric")
        rated.commit(message="no judge")
    found, code = judged(rated, llmops, monkeypatch, tmp_path, "--mode", "replay")
    assert code != 0
    assert found["verdict"] not in GREEN
    assert found["unverified"]["recordings"] == (0 if policy else 12)


DECOY = "id: decoy\nmodel: echo/m\ntemplate: x\n"


def in_ci(repo, llmops, monkeypatch, place=""):
    """Return the gate's exit code for the branch, run in a folder of its checkout."""
    base, head = repo.run("rev-parse", "main"), repo.run("rev-parse", "HEAD")
    said = {"CI": "true", "CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "CI_COMMIT_SHA": head}
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    done = llmops(repo.root / place, "gate", "--format", "json", code=None)
    for name in said:
        monkeypatch.delenv(name)
    return done.code


def test_a_settings_file_that_a_change_puts_between_hides_nothing(main, llmops, monkeypatch):
    pull(main, {"app/llmops.yaml": "{}\n", "app/prompts/decoy.yaml": DECOY})
    assert in_ci(main, llmops, monkeypatch, "app") == 2
    assert in_ci(main, llmops, monkeypatch) == 1


def test_a_settings_file_that_a_change_takes_away_hides_nothing(tmp_path, llmops, monkeypatch):
    repo = made(tmp_path, llmops, {"prompts/greet.yaml": prompt(GOOD)})
    repo.checkout("main")
    repo.commit({"app/llmops.yaml": "{}\n", "app/prompts/a.yaml": DECOY})
    repo.run("checkout", "--quiet", "-B", "pull")
    repo.run("rm", "-q", "app/llmops.yaml")
    repo.commit({"app/prompts/a.yaml": DECOY + "description: worse\n"})
    assert in_ci(repo, llmops, monkeypatch, "app") == 2


def test_a_folder_below_the_project_is_still_the_projects(main, llmops, monkeypatch):
    pull(main, {"app/readme": "x"})
    assert in_ci(main, llmops, monkeypatch, "app") == 1
