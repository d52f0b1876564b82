"""Paid work is not lost: kills, torn lines, full disks, two hands on one run."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.errors import FindingsError, IncompleteError, UnknownNameError, UsageError
from llmops_cli.model.completion import Completion, Failure, Usage
from llmops_cli.model.run import Result, RunPlan, Score
from llmops_cli.store.run_ids import is_id, new_id
from llmops_cli.store.run_rows import decode, encode
from llmops_cli.store.runs import RunStore

RUN = "01K8QZ7W00000000000000000A"
ROWS_FILE = f".llmops/runs/{RUN}/results.jsonl"


def keep(text):
    return text


def plan(cases=4, repeats=1, run=RUN):
    names = tuple(f"case-{number:03}" for number in range(cases))
    return RunPlan(
        run, "billing/invoice", "d" * 64, "3.2.0", "invoices", "e" * 12, {"exact": "a" * 12}, "m", repeats, names
    )


def result(case="case-000", repeat=0, text="answer"):
    usage = Usage(120, 7, None, estimated=True)
    answer = Completion(text, ({"name": "look", "arguments": {"id": 1}},), model="m-1", usage=usage, cost_usd=0.0061)
    return Result(case, "c" * 12, repeat, answer, (Score("exact", 1.0, True, "", {"total": 0.5}),), "f" * 64)


def store(root, redact=keep):
    return RunStore(root / ".llmops/runs", redact)


def written(root, *results, **options):
    with store(root).create(plan(**options)) as writer:
        for row in results:
            writer.append(row)
    return root / ROWS_FILE


TEXT = st.text(st.characters(), max_size=20)  # every character, lone surrogates too
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)
ANSWERS = st.builds(
    Completion,
    TEXT,
    st.lists(st.dictionaries(TEXT, JSON, max_size=2), max_size=2).map(tuple),
    refusal=TEXT,
    usage=st.builds(Usage, st.none() | st.integers(0), st.integers(0)),
    latency_s=st.floats(0, 1e6),
    layer=st.sampled_from(["live", "cached", "recorded"]),
) | st.builds(
    Failure, st.sampled_from(["retryable", "case", "run"]), TEXT, TEXT, retry_after_s=st.none() | st.floats(0, 99)
)
SCORES = st.builds(
    Score,
    TEXT,
    st.none() | st.floats(0, 1),
    st.none() | st.booleans(),
    TEXT,
    st.dictionaries(TEXT, st.floats(0, 1), max_size=2),
)


@given(st.builds(Result, TEXT, TEXT, st.integers(0, 9), ANSWERS, st.lists(SCORES, max_size=2).map(tuple), TEXT))
def test_a_row_is_one_line_and_is_read_back_as_it_was(row):
    line = encode(row, keep)
    assert line.count(b"\n") == 1
    assert line.isascii()
    assert decode(line) == row


def test_a_run_is_read_in_the_order_of_its_plan_and_the_latest_row_of_a_key_counts(tmp_path):
    rows = [result("case-003"), result("case-001", 1), result("case-001", 0, "old"), result("case-001", 0, "new")]
    written(tmp_path, *rows, repeats=2)
    run = store(tmp_path).read(RUN)
    assert run.plan == plan(repeats=2)
    assert [(row.case, row.repeat) for row in run.results] == [("case-001", 0), ("case-001", 1), ("case-003", 0)]
    assert run.results[0].answer.text == "new"
    assert ("case-000", 0) in run.missing
    assert len(run.missing) == 5


def test_the_store_is_hidden_from_git(tmp_path):
    written(tmp_path)
    assert (tmp_path / ".llmops/.gitignore").read_text() == "*\n"
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    shown = subprocess.run(["git", "-C", str(tmp_path), "status", "--porcelain"], capture_output=True, check=True)
    assert shown.stdout == b""


def test_secrets_are_redacted_in_every_free_text_and_nowhere_else(tmp_path):
    secret = "sk-THISISASECRET"
    answer = Completion(
        secret, ({secret: [secret]},), refusal=secret, model=secret, finish_reason=secret, system_fingerprint=secret
    )
    failed = Failure("run", "auth", f"key {secret}", f"see {secret}")
    settings = {"url": f"https://host/?key={secret}"}
    redacting = store(tmp_path, lambda text: text.replace(secret, "[redacted]"))
    header = RunPlan(RUN, "p", "d", "", "e", "e", {}, "m", 2, ("case-000",), settings=settings)
    with redacting.create(header) as writer:
        writer.append(Result("case-000", "c", 0, answer, (Score("exact", 0.0, False, f"got {secret}"),), "f"))
        writer.append(Result("case-000", "c", 1, failed))
    for path in (tmp_path / ".llmops").rglob("*"):
        assert path.is_dir() or secret.encode() not in path.read_bytes()
    first, second = redacting.read(RUN).results
    assert first.answer.text == "[redacted]"
    assert first.scores[0].detail == "got [redacted]"
    assert second.answer == Failure("run", "auth", "key [redacted]", "see [redacted]")


def test_a_file_cut_at_every_byte_of_its_last_rows_is_read_and_resumed(tmp_path):
    rows = [result(f"case-{number:03}", text=f"answer {number}") for number in range(4)]
    path = written(tmp_path, *rows)
    whole = path.read_bytes()
    ends = [at + 1 for at, byte in enumerate(whole) if byte == 10]
    for size in range(ends[0], len(whole) + 1):
        path.write_bytes(whole[:size])
        complete = sum(end <= size for end in ends)
        assert list(store(tmp_path).read(RUN).results) == rows[:complete]
        if size % 7 and size not in ends:
            continue
        with store(tmp_path).reopen(RUN[:8]) as writer:
            for row in rows[complete:]:
                writer.append(row)
        assert path.read_bytes() == whole


def test_a_torn_line_longer_than_a_block_is_cut_off(tmp_path):
    path = written(tmp_path, result())
    whole = path.read_bytes()
    path.write_bytes(whole + b"x" * 200_000)
    store(tmp_path).reopen(RUN).close()
    assert path.read_bytes() == whole
    path.write_bytes(b"y" * 200_000)
    store(tmp_path).reopen(RUN).close()
    assert path.read_bytes() == b""


@pytest.mark.parametrize("line", [b"{}", b"[]", b"null", b"\x00\x00", b"[" * 100_000, b'{"case": 1}', b"\xff"])
def test_a_spoilt_line_in_the_middle_is_named_with_file_and_line(tmp_path, line):
    path = written(tmp_path, result("case-000"), result("case-001"))
    first, second = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + line + b"\n" + second)
    with pytest.raises(FindingsError) as caught:
        store(tmp_path).read(RUN)
    assert caught.value.where == f"{path}:2"
    assert caught.value.hint


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '{"schema": "llmops/run@9"}', '{"schema": "llmops/run@1", "cases": [], "settings": {}}']
)
def test_a_spoilt_plan_is_named_with_its_file(tmp_path, text):
    written(tmp_path)
    path = tmp_path / f".llmops/runs/{RUN}/run.json"
    path.write_text(text)
    with pytest.raises(FindingsError) as caught:
        store(tmp_path).read(RUN)
    assert caught.value.where == str(path)


def test_two_hands_cannot_write_one_run(tmp_path):
    with store(tmp_path).create(plan()) as writer:
        writer.append(result())
        with pytest.raises(UsageError, match="being written by another process"):
            store(tmp_path).reopen(RUN)
        assert len(store(tmp_path).read(RUN).results) == 1
    store(tmp_path).reopen(RUN).close()


def test_a_run_is_not_created_twice(tmp_path):
    written(tmp_path, result())
    with pytest.raises(UsageError, match="is there already"):
        store(tmp_path).create(plan())
    assert len(store(tmp_path).read(RUN).results) == 1


def test_a_closed_run_takes_no_row(tmp_path):
    writer = store(tmp_path).create(plan())
    writer.close()
    writer.close()
    with pytest.raises(IncompleteError):
        writer.append(result())


def test_rows_of_many_threads_stand_whole_and_once(tmp_path):
    writer = store(tmp_path).create(plan(cases=200))

    def work(numbers):
        for number in numbers:
            writer.append(result(f"case-{number:03}", text="x" * 5000))

    threads = [threading.Thread(target=work, args=(range(start, 200, 8),)) for start in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    assert len(store(tmp_path).read(RUN).results) == 200
    assert (tmp_path / ROWS_FILE).read_bytes().count(b"\n") == 200


def test_rows_reach_the_disk_in_batches_and_append_says_how_many(tmp_path):
    writer = store(tmp_path).create(plan(cases=40))
    counts = [writer.append(result(f"case-{number:03}")) for number in range(40)]
    assert counts == sorted(counts)
    assert counts[-1] >= 32
    writer.close()


CHILD = """
import os, sys
from pathlib import Path
from llmops_cli.model.completion import Completion
from llmops_cli.model.run import Result
from llmops_cli.store.runs import RunStore

store = RunStore(Path(sys.argv[1]) / ".llmops/runs", lambda text: text)
missing = store.read(sys.argv[2]).missing
with store.reopen(sys.argv[2]) as writer:
    for case, repeat in missing:
        durable = writer.append(Result(case, "c", repeat, Completion("answer to " + case + "x" * 3000)))
        os.write(1, f"{case} {durable}\\n".encode())
"""


def run_child(root, acknowledge):
    """Run the child until it has acknowledged so many rows, kill it, and return the rows and the durable count it told."""
    command = [sys.executable, "-c", CHILD, str(root), RUN]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        lines = []
        for line in child.stdout:
            lines.append(line)
            if len(lines) == acknowledge:
                child.send_signal(signal.SIGKILL)
                break
        lines += [line for line in child.stdout if line.endswith(b"\n")]
        child.wait()
        if child.returncode not in (0, -signal.SIGKILL):
            raise AssertionError(f"child ended with {child.returncode}")
    return [line.split()[0].decode() for line in lines], int(lines[-1].split()[1]) if lines else 0


def test_kill_9_at_twenty_points_loses_no_row_and_doubles_none(tmp_path):
    written(tmp_path, cases=600)
    chance = random.Random(20)
    told: set[str] = set()
    for _ in range(20):
        before = len(store(tmp_path).read(RUN).results)
        names, durable = run_child(tmp_path, chance.randint(1, 25))
        told.update(names)
        rows = {row.case for row in store(tmp_path).read(RUN).results}
        assert told <= rows, "append() had returned for these"
        assert len(rows) >= before + durable
    assert 20 <= len(told) < 600, "the kills came too late to prove anything"
    run_child(tmp_path, -1)
    assert store(tmp_path).read(RUN).missing == ()
    lines = (tmp_path / ROWS_FILE).read_bytes().splitlines()
    assert Counter(json.loads(line)["case"] for line in lines) == dict.fromkeys(plan(600).cases, 1)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_folder_is_named(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(IncompleteError) as caught:
            store(tmp_path).create(plan())
    finally:
        tmp_path.chmod(0o700)
    assert ".llmops" in caught.value.where


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / ".llmops").write_text("a file where a folder belongs")
    with pytest.raises(IncompleteError) as caught:
        store(tmp_path).create(plan())
    assert str(tmp_path / ".llmops") in caught.value.where


def test_a_full_disk_stops_with_what_was_written_readable_and_resume_completes(tmp_path):
    rows = [result(f"case-{number:03}", text="x" * 3000) for number in range(40)]
    written(tmp_path, cases=40)
    script = CHILD.replace(
        "store =",
        "import resource, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nresource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\nstore =",
        1,
    )
    full = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path), RUN], capture_output=True, text=True, check=False
    )
    assert full.returncode == 1
    assert f"IncompleteError: {tmp_path / ROWS_FILE}: cannot write: File too large" in full.stderr
    kept = store(tmp_path).read(RUN).results
    assert 0 < len(kept) < 40
    assert (tmp_path / ROWS_FILE).read_bytes().endswith(b"\n"), "half a row was left behind"
    with store(tmp_path).reopen(RUN) as writer:
        for row in rows[len(kept) :]:
            writer.append(row)
    assert store(tmp_path).read(RUN).missing == ()


def test_a_link_in_place_of_the_rows_is_not_followed(tmp_path):
    path = written(tmp_path)
    victim = tmp_path / "victim"
    victim.write_text("precious, without a newline")
    path.unlink()
    path.symlink_to(victim)
    with pytest.raises(IncompleteError):
        store(tmp_path).reopen(RUN)
    assert victim.read_text() == "precious, without a newline"


@given(st.integers(0, 2**45), st.binary(min_size=10, max_size=10), st.integers(1, 10_000))
def test_ids_sort_by_time(now_ms, entropy, later_ms):
    first, second = new_id(now_ms, entropy), new_id(now_ms + later_ms, entropy)
    assert is_id(first)
    assert first < second


def test_runs_of_one_moment_differ_in_what_people_see(tmp_path):
    taken = []
    for number in range(50):
        taken.append(new_id(1_764_000_000_000, number.to_bytes(10, "big"), taken))
    assert len({run[:8] for run in taken}) == 50
    assert taken == sorted(taken)


def test_ids_come_newest_first_and_only_runs_count(tmp_path):
    ids = [store(tmp_path).create(plan(run="")) for _ in range(3)]
    for writer in ids:
        writer.close()
    (tmp_path / ".llmops/runs/notes").mkdir()
    (tmp_path / f".llmops/runs/{RUN}").mkdir()
    assert store(tmp_path).ids() == tuple(sorted((writer.plan.run for writer in ids), reverse=True))
    assert store(tmp_path).newest() == store(tmp_path).ids()[0]
    assert store(tmp_path / "elsewhere").ids() == ()
    with pytest.raises(UnknownNameError):
        store(tmp_path / "elsewhere").newest()


@pytest.mark.parametrize(
    ("prefix", "found"),
    [
        ("01K8QZ7W", None),
        ("01K8QZ7W00000000000000000A", RUN),
        ("01k8qz7wzz", "01K8QZ7WZZ000000000000000A"),
        ("02", "02K8QZ7W00000000000000000A"),
        ("", None),
        ("99", None),
        ("../..", None),
    ],
)
def test_a_prefix_finds_a_run_or_says_what_it_may_mean(tmp_path, prefix, found):
    for run in (RUN, "01K8QZ7WZZ000000000000000A", "02K8QZ7W00000000000000000A"):
        store(tmp_path).create(plan(run=run)).close()
    if found:
        assert store(tmp_path).find(prefix) == found
        return
    with pytest.raises(UnknownNameError) as caught:
        store(tmp_path).find(prefix)
    assert "01K8QZ7W" in caught.value.hint


def test_a_name_that_is_no_id_makes_no_folder(tmp_path):
    with pytest.raises(UsageError):
        store(tmp_path).create(plan(run="../../evil"))
    assert list(Path(tmp_path).iterdir()) == []
