import json
import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from llmops_cli.complete._cached import Counts, Layers, cached
from llmops_cli.model.completion import Completion, Request, Usage
from llmops_cli.store.cache import Cache
from llmops_cli.store.redact import redactor

REQUEST = Request("m", ({"role": "user", "content": "hi"},))
ANSWER = Completion(
    "héllo\u2028", ({"name": "f", "arguments": {"a": [1]}},), "length", "no", "m-1", Usage(1, 2, 3), 0.5, 0.001
)


@pytest.fixture
def trouble():
    return []


@pytest.fixture
def cache(tmp_path, trouble):
    with Cache(tmp_path / ".llmops" / "cache.sqlite", str, trouble.append) as cache:
        yield cache


def test_an_answer_comes_back_as_it_was_put_in_also_in_another_process(cache, trouble):
    assert cache.get(REQUEST.fingerprint) is None
    cache.put(REQUEST, ANSWER)
    assert cache.get(REQUEST.fingerprint) == replace(ANSWER, layer="recorded")
    assert cache.get(replace(REQUEST, repeat=1).fingerprint) is None
    with Cache(cache._path, str, trouble.append) as other:
        assert other.get(REQUEST.fingerprint).text == ANSWER.text
        assert other.count() == 1
    assert trouble == []


def test_a_newer_answer_replaces_the_older_one(cache):
    cache.put(REQUEST, ANSWER)
    cache.put(REQUEST, Completion("newer"))
    assert cache.get(REQUEST.fingerprint).text == "newer"
    assert cache.count() == 1


def test_old_answers_can_be_pruned(cache):
    cache.put(REQUEST, ANSWER)
    assert cache.prune(older_than_s=60) == 0
    assert cache.prune(older_than_s=-60) == 1
    assert cache.count() == 0


def test_threads_share_a_cache(cache, trouble):
    requests = [replace(REQUEST, repeat=n) for n in range(200)]
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda request: cache.put(request, Completion(str(request.repeat))), requests))
        answers = list(threads.map(lambda request: cache.get(request.fingerprint), requests))
    assert [answer.text for answer in answers] == [str(n) for n in range(200)]
    assert trouble == []


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_broken_file_is_moved_aside_and_said_and_the_cache_goes_on(tmp_path, trouble, content):
    path = tmp_path / "cache.sqlite"
    path.write_bytes(content)
    with Cache(path, str, trouble.append) as cache:
        assert cache.get(REQUEST.fingerprint) is None
        cache.put(REQUEST, ANSWER)
        assert cache.get(REQUEST.fingerprint).text == ANSWER.text
    assert len(trouble) == 1
    assert "broken" in trouble[0]
    assert [aside.read_bytes() for aside in tmp_path.glob("*.broken-*")] == [content]


def test_a_file_that_breaks_under_way_is_moved_aside_too(tmp_path, trouble):
    path = tmp_path / "cache.sqlite"
    with Cache(path, str, trouble.append) as cache:
        for n in range(300):
            cache.put(replace(REQUEST, repeat=n), Completion("x" * 200))
        cache.close()
        data = bytearray(path.read_bytes())
        data[4096:-4096] = b"\xee" * (len(data) - 8192)
        path.write_bytes(data)
        for n in range(300):
            cache.get(replace(REQUEST, repeat=n).fingerprint)
        cache.put(REQUEST, ANSWER)
        assert cache.get(REQUEST.fingerprint).text == ANSWER.text
    assert len(trouble) == 1


@pytest.mark.parametrize("row", ["{", "[]", '{"text": 1}', '{"no": "text"}', "null", "[" * 100_000])
def test_a_row_that_makes_no_sense_is_a_miss(cache, row):
    cache.put(REQUEST, ANSWER)
    with sqlite3.connect(cache._path) as database:
        database.execute("UPDATE answers_1 SET answer = ?", (row,))
    database.close()
    assert cache.get(REQUEST.fingerprint) is None


def test_a_full_disk_is_said_once_and_costs_a_miss_only(cache, trouble):
    cache.put(REQUEST, Completion("kept"))
    cache._database.execute("PRAGMA max_page_count = 1")
    for n in range(1, 5):
        cache.put(replace(REQUEST, repeat=n), Completion("x" * 100_000))
    assert len(trouble) == 1
    assert "full" in trouble[0]
    assert cache.get(REQUEST.fingerprint).text == "kept"


def test_a_place_where_nothing_can_be_written_is_said_once_and_costs_a_miss_only(tmp_path, trouble):
    (tmp_path / "file").write_text("")
    with Cache(tmp_path / "file" / "cache.sqlite", str, trouble.append) as cache:
        for _ in range(3):
            cache.put(REQUEST, ANSWER)
            with cache.exclusive(REQUEST.fingerprint):
                assert cache.get(REQUEST.fingerprint) is None
        assert cache.count() == 0
    assert len(trouble) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_said_once_and_costs_a_miss_only(tmp_path, trouble):
    tmp_path.chmod(0o500)
    with Cache(tmp_path / "cache.sqlite", str, trouble.append) as cache:
        cache.put(REQUEST, ANSWER)
        assert cache.get(REQUEST.fingerprint) is None
    tmp_path.chmod(0o700)
    assert len(trouble) == 1


def test_no_secret_reaches_the_file(tmp_path, trouble):
    canaries = [f"sk-canary{n:02}abcdefghijklmnop" for n in range(40)]
    with Cache(tmp_path / "cache.sqlite", redactor([], canaries[:20]), trouble.append) as cache:
        for n, canary in enumerate(canaries):
            answer = Completion(
                f"key {canary}.", ({"name": "f", "arguments": {canary: [canary]}},), canary, canary, canary
            )
            cache.put(replace(REQUEST, repeat=n), answer)
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"[redacted]" in files
    assert not [canary for canary in canaries if canary.encode() in files]


WORKER = """
import json, random, sys, time
from pathlib import Path
from concurrent.futures import ThreadPoolExecutor
from llmops_cli.complete._cached import Counts, Layers, cached
from llmops_cli.model.completion import Completion, Request
from llmops_cli.store.cache import Cache

def model(request):
    time.sleep(0.003)
    with open(sys.argv[2], "a") as calls:
        calls.write(request.messages[0]["content"] + "\\n")
    return Completion("answer to " + request.messages[0]["content"])

trouble = []
with Cache(Path(sys.argv[1]), str, trouble.append) as cache, ThreadPoolExecutor(4) as threads:
    complete = cached(model, Layers(cache=cache, exclusive=cache.exclusive), "auto", Counts())
    for round in range(20):
        requests = [Request("m", ({"role": "user", "content": f"r{round}-{n}"},)) for n in range(8)]
        random.shuffle(requests)
        for request, answer in zip(requests, threads.map(complete, requests)):
            assert answer.text == "answer to " + request.messages[0]["content"], answer
print(json.dumps(trouble))
"""


def test_four_processes_in_twenty_rounds_pay_for_each_answer_once(tmp_path):
    path, calls = tmp_path / "cache.sqlite", tmp_path / "calls"
    argv = [sys.executable, "-c", WORKER, str(path), str(calls)]
    workers = [subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    outputs = [worker.communicate(timeout=60)[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * 4
    assert [json.loads(output) for output in outputs] == [[]] * 4
    paid = calls.read_text().split()
    assert len(paid) == len(set(paid)) == 160
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("SELECT count(*) FROM answers_1").fetchall() == [(160,)]
    database.close()


def test_a_process_that_is_killed_leaves_its_answers_and_no_lock(tmp_path, trouble):
    script = """
import sys, time
from pathlib import Path
from llmops_cli.model.completion import Completion, Request
from llmops_cli.store.cache import Cache
cache = Cache(Path(sys.argv[1]), str, print)
request = Request("m", ({"role": "user", "content": "hi"},))
cache.put(request, Completion("paid"))
with cache.exclusive(request.fingerprint):
    print("held", flush=True)
    time.sleep(60)
"""
    path = tmp_path / "cache.sqlite"
    with subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout.readline() == "held\n"
        worker.kill()
    with Cache(path, str, trouble.append) as cache:
        complete = cached(
            lambda _: Completion("paid again"), Layers(cache=cache, exclusive=cache.exclusive), "auto", Counts()
        )
        assert complete(REQUEST).text == "paid"
    assert trouble == []
