"""`eval run` and its family against a real server on loopback: every outcome its own, nothing lost, nothing wrong."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest
from support import ModelServer, Reply, last_text

PROMPT = 'id: greet\nmodel: local/m\nparams: {temperature: 0}\nvariables: {name: string}\ntemplate: "Hello {{ name }}"\nevals: [greet]\n'


@pytest.fixture
def served(project):
    """The project with a model server behind it."""
    with ModelServer(last_text) as server:
        project.commit({"prompts/greet.yaml": PROMPT, "llmops.yaml": f"endpoints: {{local: {server.url}}}\n"}, "served")
        project.server = server
        yield project


def run_of(llmops, repo, *argv, code=0):
    return llmops(repo.root, "eval", "run", *argv, "--format", "json", code=code).json()["runs"][0]


def test_a_run_scores_every_case_and_is_stored(served, llmops):
    found = run_of(llmops, served, "greet")
    assert (found["cases"], found["errors"]) == (12, 0)
    assert found["scores"]["contains"]["mean"] == 1.0
    assert 0.7 < found["scores"]["contains"]["low"] < 1.0
    assert "contains" in llmops(served.root, "eval", "show").out
    assert found["run"] in llmops(served.root, "eval", "list").out + found["run"]
    assert "n03" in llmops(served.root, "eval", "show", found["run"][:8], "c03").out


def test_the_second_run_comes_from_the_cache(served, llmops):
    run_of(llmops, served, "greet")
    found = run_of(llmops, served, "greet")
    assert found["calls"]["cached"] == 12
    assert len(served.server.requests) == 12


def test_another_repeat_is_another_call(served, llmops):
    found = run_of(llmops, served, "greet", "--repeat", "3")
    assert len(served.server.requests) == 36
    assert found["scores"]["contains"]["scored"] == 36


def test_live_asks_again_and_replay_never_asks(served, llmops):
    run_of(llmops, served, "greet")
    run_of(llmops, served, "greet", "--mode", "live")
    assert len(served.server.requests) == 24
    missing = run_of(llmops, served, "greet", "--mode", "replay", code=4)
    assert missing["errors"] == 12
    assert missing["scores"].get("contains", {"scored": 0})["scored"] == 0
    run_of(llmops, served, "greet", "--mode", "record")
    assert run_of(llmops, served, "greet", "--mode", "replay")["calls"]["recorded"] == 12
    assert len(served.server.requests) == 24


def test_a_dry_run_spends_nothing(served, llmops):
    done = llmops(served.root, "eval", "run", "greet", "--dry-run", "--format", "json").json()
    plan = done["runs"][0]
    assert plan["run"] is None
    assert plan["cost_usd"] is None
    assert plan["tokens"]["input"] > 0
    assert served.server.requests == []
    assert "12" in llmops(served.root, "eval", "run", "greet", "--dry-run").out


def test_a_cost_cap_with_an_unknown_price_is_refused_before_the_first_call(served, llmops):
    done = llmops(served.root, "eval", "run", "greet", "--max-cost", "1", code=2)
    assert "price" in done.err
    assert served.server.requests == []


def test_a_cap_on_calls_ends_the_run_incomplete_and_resume_completes_it(served, llmops):
    done = llmops(served.root, "eval", "run", "greet", "--max-calls", "5", "-j", "1", code=4)
    assert "budget" in done.out
    assert "eval resume" in done.err
    found = llmops(served.root, "eval", "resume", "--format", "json").json()["runs"][0]
    assert found["scores"]["contains"]["scored"] == 12
    assert len(served.server.requests) == 12


FAULTS = {
    "401 is the run's failure": (lambda _: Reply(status=401, body=b'{"error": {"message": "bad key"}}'), "auth"),
    "404 is an unknown model": (lambda _: Reply(status=404, body=b'{"error": {"message": "no such model"}}'), ""),
    "invalid JSON from the provider": (lambda _: Reply(body=b'{"choices": [{"mess'), "invalid-response"),
    "an HTML page": (lambda _: Reply(body=b"<html>busy</html>"), "invalid-response"),
    "500 for ever": (lambda _: Reply(status=500, body=b"oops"), ""),
}


@pytest.mark.parametrize(("answer", "code"), FAULTS.values(), ids=FAULTS)
def test_a_provider_fault_is_an_error_and_never_a_wrong_answer(answer, code, served, llmops):
    served.server.answer = answer
    done = llmops(served.root, "eval", "run", "greet", "--timeout", "0.3", "--format", "json", code=4)
    found = done.json()["runs"][0]
    assert found["errors"] > 0
    assert found["scores"].get("contains", {"scored": 0})["scored"] == 0
    assert code in json.dumps(found)
    served.server.answer = last_text
    again = llmops(served.root, "eval", "resume", "--format", "json").json()["runs"][0]
    assert again["scores"]["contains"]["scored"] == 12


def test_a_429_is_waited_out(served, llmops):
    seen = set()

    def answer(body):
        first = last_text(body) not in seen
        seen.add(last_text(body))
        return Reply(status=429, headers={"Retry-After": "0"}, body=b"{}") if first else last_text(body)

    served.server.answer = answer
    assert run_of(llmops, served, "greet")["scores"]["contains"]["mean"] == 1.0


def test_a_refused_connection_is_its_own_outcome(project, llmops):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    project.commit(
        {"prompts/greet.yaml": PROMPT, "llmops.yaml": f"endpoints: {{local: 'http://127.0.0.1:{port}/v1'}}\n"}
    )
    done = llmops(project.root, "eval", "run", "greet", code=4)
    assert "refused" in done.out + done.err


def test_a_missing_key_names_the_variable(served, llmops):
    url = served.server.url
    served.write("llmops.yaml", f"endpoints: {{local: {{url: {url}, key_env: SOME_KEY}}}}\n")
    done = llmops(served.root, "eval", "run", "greet", code=4)
    assert "SOME_KEY" in done.out + done.err
    assert served.server.requests == []


def test_a_key_is_sent_and_written_nowhere(served, llmops, monkeypatch):
    key = "sk-canary-0123456789abcdefghij"
    monkeypatch.setenv("SOME_KEY", key)
    served.write("llmops.yaml", f"endpoints: {{local: {{url: {served.server.url}, key_env: SOME_KEY}}}}\n")
    served.server.answer = lambda body: f"your key is {key}, {last_text(body)}"
    done = llmops(served.root, "eval", "run", "greet", "--mode", "record")
    assert key not in done.out + done.err
    for path in served.root.rglob("*"):
        assert not path.is_file() or key.encode() not in path.read_bytes(), path


REFUSED = {
    "no cases": ({"evalsets/greet.jsonl": ""}, "no cases", 2),
    "no scorer": ({"evalsets/greet.yaml": "id: greet\ndata: greet.jsonl\nscorers: []\n"}, "scorer", 2),
    "an unknown scorer": (
        {"evalsets/greet.yaml": "id: greet\ndata: greet.jsonl\nscorers: [{type: exakt}]\n"},
        "did you mean exact",
        None,
    ),
    "an unknown key": (
        {"evalsets/greet.yaml": "id: greet\ndata: greet.jsonl\nscorrs: [{type: exact}]\n"},
        "did you mean scorers",
        1,
    ),
    "a missing variable": ({"evalsets/greet.jsonl": '{"id": "a", "inputs": {"nme": "x"}}\n'}, "name", 1),
    "broken JSON": ({"evalsets/greet.jsonl": '{"id": "a", "inputs": {"name": "x"}}\n{"id": \n'}, "greet.jsonl:2", 1),
    "a duplicate id": ({"evalsets/greet.jsonl": '{"id": "a", "inputs": {"name": "x"}}\n' * 2}, "stands twice", 1),
}


@pytest.mark.parametrize(("files", "says", "code"), REFUSED.values(), ids=REFUSED)
def test_bad_input_is_refused_before_the_first_call(files, says, code, served, llmops):
    for path, text in files.items():
        served.write(path, text)
    done = llmops(served.root, "eval", "run", "greet", code=code)
    assert done.code in (1, 2)
    assert says in done.out + done.err
    assert served.server.requests == []


@pytest.mark.parametrize("text", ["tag=nothing", "id=nobody", "nonsense"])
def test_a_filter_that_matches_nothing_is_an_error(text, served, llmops):
    assert "filter" in llmops(served.root, "eval", "run", "greet", "--filter", text, code=2).err


def test_shards_cover_each_case_once(served, llmops):
    counts = [run_of(llmops, served, "greet", "--shard", f"{i}/3")["cases"] for i in (1, 2, 3)]
    assert sum(counts) == 12
    assert len(served.server.requests) == 12


def test_a_killed_run_is_resumed_to_the_same_report_as_an_unbroken_one(served, llmops, tmp_path):
    rows = "".join(
        json.dumps({"id": f"k{i:03}", "inputs": {"name": f"n{i:03}"}, "expected": f"n{i:03}"}) + "\n"
        for i in range(150)
    )
    served.write("evalsets/greet.jsonl", rows)
    served.server.answer = lambda body: Reply(text=last_text(body), delay_s=0.02)
    argv = [sys.executable, "-m", "llmops_cli", "-q", "eval", "run", "greet", "-j", "4"]
    process = subprocess.Popen(argv, cwd=served.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 20
    while len(served.server.requests) < 40 and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    broken = llmops(served.root, "eval", "resume", "--format", "json").json()["runs"][0]
    asked = len(served.server.requests)
    assert asked <= 150 + 4 + 1, "only calls in flight are paid again"
    (served.root / ".llmops/cache.sqlite").unlink()
    whole = run_of(llmops, served, "greet")
    for report in (broken, whole):
        for key in ("run", "calls", "unpriced", "latency_p50_s", "baseline_latency_s"):
            report.pop(key, None)
    assert broken == whole


def test_a_resumed_run_whose_prompt_changed_is_refused(served, llmops):
    llmops(served.root, "eval", "run", "greet", "--max-calls", "5", code=4)
    served.write("prompts/greet.yaml", PROMPT.replace("Hello", "Bye"))
    assert "changed" in llmops(served.root, "eval", "resume", code=2).err


def test_output_survives_a_reader_that_leaves_and_says_so_on_a_full_device(project):
    argv = f"{sys.executable} -m llmops_cli -C {project.root} prompt show greet"
    left = subprocess.run(f"{argv} | true", shell=True, capture_output=True, text=True, check=False)
    assert "Traceback" not in left.stderr
    full = subprocess.run(f"{argv} > /dev/full", shell=True, capture_output=True, text=True, check=False)
    assert full.returncode == 4
    assert "No space left" in full.stderr


def test_a_judge_scores_and_an_unparsed_verdict_is_unscored(served, llmops):
    served.write(
        "prompts/rubric.yaml",
        'id: rubric\nmodel: local/judge\nvariables: {answer: string}\ntemplate: "Judge: {{ answer }}"\n',
    )
    served.write(
        "evalsets/greet.yaml",
        "id: greet\ndata: greet.jsonl\nscorers:\n  - {type: contains, primary: true}\n  - {type: judge, prompt: rubric, gate: false}\n",
    )

    def answer(body):
        text = last_text(body)
        if not text.startswith("Judge"):
            return text
        return "no idea" if "n03" in text else '{"score": 0.5, "reason": "so so"}'

    served.server.answer = answer
    scores = run_of(llmops, served, "greet")["scores"]
    assert (scores["judge"]["scored"], scores["judge"]["unscored"]) == (11, 1)
    assert scores["judge"]["mean"] == 0.5
