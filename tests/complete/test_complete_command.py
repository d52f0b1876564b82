import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support import wait_until

from llmops_cli.complete import command, echo
from llmops_cli.model.completion import Completion, Failure, Request, Usage
from llmops_cli.model.settings import Route

REQUEST = Request(
    "command/model.py", ({"role": "user", "content": "hi"},), {"temperature": 0}, prompt="p", case="c", repeat=2
)
ONCE = """import json, os, sys
request = json.load(sys.stdin)
"""
LINES = """# llmops: lines
import json, os, sys, time
print("starting", file=sys.stderr)
for line in sys.stdin:
    request = json.loads(line)
    text = request["messages"][-1]["content"]
"""


def build(source, *, timeout_s=20.0, name="tools/model.py", **more):
    content = source if isinstance(source, bytes) else source.encode()
    return command.build(
        Route("command", f"command/{name}", "x", timeout_s=timeout_s, program=name, program_bytes=content), **more
    )


def said(text, **more):
    return Request("m", ({"role": "user", "content": text},), **more)


def test_a_program_gets_the_request_as_json_and_answers_with_json():
    source = (
        ONCE
        + "print(json.dumps({'text': json.dumps(request, sort_keys=True), 'usage': {'input_tokens': 4, 'output_tokens': 2}, 'model': 'x-1'}))"
    )
    answer = build(source)(REQUEST)
    assert json.loads(answer.text) == {
        "model": "command/model.py",
        "messages": [{"role": "user", "content": "hi"}],
        "params": {"temperature": 0},
        "tools": [],
        "response_format": None,
        "repeat": 2,
        "prompt": "p",
        "case": "c",
    }
    assert (answer.model, answer.usage, answer.finish_reason) == ("x-1", Usage(4, 2), "stop")


def test_tool_calls_and_refusals_are_read():
    source = (
        ONCE
        + "print(json.dumps({'tool_calls': [{'name': 'f', 'arguments': {'a': 1}}], 'refusal': 'no', 'finish_reason': 'length'}))"
    )
    answer = build(source)(REQUEST)
    assert answer.tool_calls == ({"name": "f", "arguments": {"a": 1}},)
    assert (answer.text, answer.refusal, answer.finish_reason, answer.model) == (
        "",
        "no",
        "length",
        "command/tools/model.py",
    )


FAULTS = {
    "exit 3": ("import sys; print('boom', file=sys.stderr); sys.exit(3)", "case", "command-failed"),
    "a traceback": ("raise ValueError('x')", "case", "command-failed"),
    "killed by a signal": ("import os; os.kill(os.getpid(), 9)", "case", "command-failed"),
    "silence": ("", "case", "invalid-response"),
    "no JSON": ("print('hello')", "case", "invalid-response"),
    "NaN": ("print('{\"text\": NaN}')", "case", "invalid-response"),
    "a list": ("print('[]')", "case", "invalid-response"),
    "no text": ("print('{}')", "case", "invalid-response"),
    "text null": ("print('{\"text\": null}')", "case", "invalid-response"),
    "text a number": ("print('{\"text\": 1}')", "case", "invalid-response"),
    "NUL": ("print('{\"text\": \"\\\\u0000\"}')", "case", "invalid-response"),
    "a lone surrogate": ("print('{\"text\": \"\\\\ud800\"}')", "case", "invalid-response"),
    "tool calls without a name": ("print('{\"tool_calls\": [{}]}')", "case", "invalid-response"),
    "usage a text": ("print('{\"text\": \"\", \"usage\": \"x\"}')", "case", "invalid-response"),
    "too much": ("import sys\nwhile True: sys.stdout.write('x' * 100000)", "case", "invalid-response"),
    "hanging": ("import time; time.sleep(60)", "retryable", "timeout"),
    "hanging after its answer": ("import os, time; os.close(1); time.sleep(60)", "retryable", "timeout"),
    "an error of its own": ("print('{\"error\": {\"kind\": \"run\", \"code\": \"quota\", \"message\": \"none left\"}}')", "run", "quota"),
    "an error of unknown kind": ("print('{\"error\": \"x\"}')", "case", "command-failed"),
}  # fmt: skip


@pytest.mark.parametrize(("source", "kind", "code"), FAULTS.values(), ids=FAULTS)
def test_a_program_that_fails_is_a_failure_and_never_an_answer(source, kind, code):
    failure = build(source, timeout_s=0.7 if code == "timeout" else 20)(REQUEST)
    assert isinstance(failure, Failure)
    assert (failure.kind, failure.code) == (kind, code), failure


def test_what_a_failing_program_said_last_is_in_the_message():
    failure = build("import sys; sys.stderr.write('x' * 99999 + 'the cause'); sys.exit(1)")(REQUEST)
    assert failure.message.endswith("the cause")


@pytest.mark.parametrize("name", ["model.xyz", "model"])
def test_a_file_that_the_system_cannot_run_is_a_failure_of_the_run(name):
    failure = build("no program", name=name)(REQUEST)
    assert (failure.kind, failure.code) == ("run", "command-not-runnable")
    assert build("#!/no/such/interpreter\n", name=name)(REQUEST).code == "command-not-runnable"


def test_a_program_that_does_not_read_its_input_may_answer_all_the_same():
    large = said("x" * 3_000_000)
    assert build('print(\'{"text": "deaf"}\')')(large).text == "deaf"


def test_the_shebang_decides_who_runs_the_file():
    assert build('#!/bin/sh\necho \'{"text": "shell"}\'\n', name="m.py")(REQUEST).text == "shell"
    assert build('#!/usr/bin/env -S sh -e\necho \'{"text": "env"}\'\n', name="m")(REQUEST).text == "env"


def test_a_program_sees_no_key_and_nothing_of_the_caller():
    given = {**os.environ, "OPENAI_API_KEY": "sk-canary", "PATH": os.environ["PATH"], "LANG": "C"}
    source = ONCE + "print(json.dumps({'text': json.dumps([dict(os.environ), os.getcwd(), sys.argv])}))"
    environment, folder, argv = json.loads(build(source, environment=given)(REQUEST).text)
    assert "sk-canary" not in str(environment)
    allowed = {
        "PATH",
        "LANG",
        "LC_ALL",
        "LC_CTYPE",
        "TMPDIR",
        "HOME",
        "PYTHONHASHSEED",
        "PYTHONUTF8",
        "PYTHONDONTWRITEBYTECODE",
    }
    assert set(environment) <= allowed
    assert environment["PYTHONHASHSEED"] == "0"
    assert environment["HOME"] == folder
    assert argv[0].endswith("/model.py")


def test_the_private_folder_is_readable_by_nobody_else_and_goes_with_the_provider():
    complete = build(ONCE + "print(json.dumps({'text': os.getcwd()}))")
    folder = complete(REQUEST).text
    assert Path(folder).stat().st_mode & 0o077 == 0
    del complete
    assert not Path(folder).exists()


@pytest.mark.parametrize("lines", [False, True])
def test_the_deadline_ends_the_whole_process_group(tmp_path, lines):
    note = tmp_path / "pid"
    child = f"import subprocess, sys, time\nc = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\nopen({str(note)!r}, 'w').write(str(c.pid))\ntime.sleep(60)"
    failure = build(("# llmops: lines\n" if lines else "") + child, timeout_s=1.5)(REQUEST)
    assert failure.code == "timeout"
    assert wait_until(lambda: not alive(int(note.read_text())))


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_program_of_lines_stays_and_answers_many():
    complete = build(LINES + "    print(json.dumps({'text': f'{os.getpid()} {text}'}), flush=True)\n")
    answers = [complete(said(f"n{n}")).text.split() for n in range(20)]
    assert [text for _, text in answers] == [f"n{n}" for n in range(20)]
    assert len({pid for pid, _ in answers}) == 1
    del complete
    assert wait_until(lambda: not alive(int(answers[0][0])))


def test_threads_get_their_own_processes_and_their_own_answers():
    complete = build(
        LINES + "    time.sleep(0.02)\n    print(json.dumps({'text': f'{os.getpid()} {text}'}), flush=True)\n"
    )
    with ThreadPoolExecutor(4) as threads:
        answers = [each.text.split() for each in threads.map(complete, [said(f"n{n}") for n in range(40)])]
    assert [text for _, text in answers] == [f"n{n}" for n in range(40)]
    assert 2 <= len({pid for pid, _ in answers}) <= 4


def test_a_program_of_lines_that_dies_fails_one_request_and_is_started_again():
    complete = build(
        LINES + "    if text == 'die': sys.exit('I am tired')\n    print(json.dumps({'text': text}), flush=True)\n"
    )
    assert complete(said("a")).text == "a"
    failure = complete(said("die"))
    assert (failure.kind, failure.code) == ("case", "command-failed")
    assert "I am tired" in failure.message
    assert complete(said("b")).text == "b"


def test_a_program_of_lines_that_answers_one_line_and_ends_works_too():
    complete = build(LINES + "    print(json.dumps({'text': text}), flush=True)\n    break\n")
    for n in range(3):
        assert complete(said(f"n{n}")).text == f"n{n}"
        time.sleep(0.1)


def test_an_answer_too_many_never_becomes_the_next_answer():
    complete = build(
        LINES + "    print(json.dumps({'text': text}) + '\\n' + json.dumps({'text': 'stale'}), flush=True)\n"
    )
    for text in ("a", "b"):
        answer = complete(said(text))
        assert isinstance(answer, Failure)
        assert answer.code == "invalid-response"


def test_a_stderr_that_nobody_reads_does_not_block_a_program_of_lines():
    complete = build(LINES + "    sys.stderr.write('x' * 200000)\n    print(json.dumps({'text': text}), flush=True)\n")
    assert [complete(said("a")).text for _ in range(5)] == ["a"] * 5


def test_the_echo_answers_with_the_last_user_message_and_the_same_each_time():
    complete = echo.build(Route("echo", "echo/demo", "echo"))
    request = Request("echo/demo", ({"role": "user", "content": "one two"}, {"role": "assistant", "content": "x"}))
    assert complete(request) == complete(request)
    assert complete(request) == Completion(
        "one two", model="echo/demo", usage=Usage(3, 2, estimated=True), cost_usd=0.0
    )
    parts = Request("echo/demo", ({"role": "user", "content": [{"type": "text", "text": "part"}]},))
    assert complete(parts).text == "part"
    assert complete(Request("echo/demo", ())).text == ""


def test_nothing_is_left_of_a_process_that_was_killed(tmp_path):
    script = f"""
import sys, time
from llmops_cli.complete import command
from llmops_cli.model.completion import Request
from llmops_cli.model.settings import Route
source = {LINES!r} + "    print(json.dumps({{'text': str(os.getpid())}}), flush=True)\\n"
complete = command.build(Route("command", "m", "x", program="m.py", program_bytes=source.encode()))
print(complete(Request("m", ({{"role": "user", "content": "hi"}},))).text, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        pid = int(process.stdout.readline())
        assert alive(pid)
        process.kill()
    assert wait_until(lambda: not alive(pid))
