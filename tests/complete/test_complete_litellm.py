"""litellm against a loopback server. The tests that need it are skipped by name where it is not installed."""

import contextlib
import importlib.util
import io
import json
import os
import subprocess
import sys
import time

import pytest
from support import ModelServer, Reply, chat

from llmops_cli.complete import litellm_
from llmops_cli.model.completion import Completion, Failure, Request, Usage
from llmops_cli.model.settings import Route

HERE = importlib.util.find_spec("litellm") is not None
needs_litellm = pytest.mark.skipif(not HERE, reason="litellm is not installed: pip install 'llmops-cli[live]'")
quiet = pytest.mark.filterwarnings("ignore")  # litellm's own warnings are its own affair
REQUEST = Request("m", ({"role": "user", "content": "hi"},), {"temperature": 0})
KEY = "sk-canary-0123456789abcdefghij"


def route(url="", *, model="openai/gpt-4.1-mini", key=KEY, timeout_s=20.0):
    return Route("litellm", model, "litellm", url, key, timeout_s=timeout_s)


def ask(reply, **more):
    with ModelServer(lambda _: reply) as server:
        return litellm_.build(route(server.url, **more))(REQUEST)


def error(message="no", code=None):
    return json.dumps({"error": {"message": message, "code": code}}).encode()


@pytest.mark.skipif(HERE, reason="litellm is installed here: what happens without it cannot be seen")
def test_without_litellm_the_failure_says_what_to_install():
    failure = litellm_.build(route())(REQUEST)
    assert (failure.kind, failure.code) == ("run", "missing-extra")
    assert "pip install 'llmops-cli[live]'" in failure.hint


@pytest.mark.parametrize("model", ["huggingface/https://evil.example/x", "triton/http://evil.example"])
def test_a_model_name_cannot_name_a_host(model):
    failure = litellm_.build(route(model=model))(REQUEST)
    assert (failure.kind, failure.code) == ("run", "unknown-model")


def test_importing_the_file_does_not_import_litellm():
    code = "import sys, llmops_cli.complete.litellm_; sys.exit('litellm' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@needs_litellm
@quiet
def test_a_request_goes_where_the_route_says_and_the_answer_comes_back():
    with ModelServer() as server:
        answer = litellm_.build(route(server.url))(REQUEST)
        assert server.requests[0]["messages"] == [{"role": "user", "content": "hi"}]
        assert server.requests[0]["temperature"] == 0
        assert server.heads[0][1]["authorization"] == f"Bearer {KEY}"
    assert isinstance(answer, Completion), answer
    assert (answer.text, answer.usage.input_tokens, answer.usage.output_tokens) == ("hi", 7, 3)


@needs_litellm
@quiet
@pytest.mark.parametrize(
    "name", ["api_base", "base_url", "extra_headers", "mock_response", "fallbacks", "callbacks", "api_key"]
)
def test_a_prompts_params_cannot_reach_litellms_own_arguments(name):
    with ModelServer() as server:
        failure = litellm_.build(route(server.url))(Request("m", REQUEST.messages, {name: "http://evil.example"}))
    assert (failure.kind, failure.code) == ("case", "unsupported-param")
    assert server.requests == []


FAULTS = {
    "429": (Reply(status=429, headers={"Retry-After": "7"}, body=error()), "retryable", "rate-limit"),
    "no credit": (Reply(status=429, body=error("x", "insufficient_quota")), "run", "quota"),
    "500": (Reply(status=500, body=error()), "retryable", "server-error"),
    "401": (Reply(status=401, body=error("Incorrect API key " + KEY)), "run", "auth"),
    "403": (Reply(status=403, body=error()), "run", "auth"),
    "404": (Reply(status=404, body=error("no such model", "model_not_found")), "run", "unknown-model"),
    "400": (Reply(status=400, body=error()), "case", "bad-request"),
    "context": (
        Reply(status=400, body=error("maximum context length is 8", "context_length_exceeded")),
        "case",
        "context-length",
    ),
    "policy": (Reply(status=400, body=error("x", "content_policy_violation")), "case", "content-filter"),
    "Azure's filter": (Reply(status=400, body=error("x", "content_filter")), "case", "content-filter"),
    "empty choices": (Reply(body=json.dumps(chat("x") | {"choices": []}).encode()), "retryable", "invalid-response"),
    "content null": (Reply(body=json.dumps(chat(None)).encode()), "retryable", "invalid-response"),
    "NUL": (Reply(body=json.dumps(chat("a\0")).encode()), "retryable", "invalid-response"),
}


@needs_litellm
@quiet
@pytest.mark.parametrize(("reply", "kind", "code"), FAULTS.values(), ids=FAULTS)
def test_what_litellm_raises_becomes_a_record_by_status_and_code(reply, kind, code):
    with ModelServer(lambda _: reply) as server:
        failure = litellm_.build(route(server.url))(REQUEST)
    assert isinstance(failure, Failure), failure
    assert (failure.kind, failure.code) == (kind, code), failure
    assert KEY not in repr(failure)
    assert "\n" not in failure.message
    assert len(server.requests) == 1, "no retries of its own"
    if code == "rate-limit":
        assert failure.retry_after_s == 7


@needs_litellm
@quiet
@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=b"<html>"),
        Reply(body=b""),
        Reply(body=json.dumps(chat("x")).encode()[:-9]),
        Reply(body=b'{"choices": null}'),
        Reply(body=b"{}"),
        Reply(close="before"),
        Reply(close="middle"),
    ],
    ids=["HTML", "empty", "truncated", "null", "no choices", "closed", "half"],
)
def test_a_body_that_is_no_answer_is_worth_another_try(reply):
    failure = ask(reply)
    assert isinstance(failure, Failure), failure
    assert failure.kind == "retryable" or failure.code == "refused-connection", failure


@needs_litellm
@quiet
def test_a_refused_connection_at_the_first_contact_is_fatal():
    with ModelServer() as server:
        url = server.url
    failure = litellm_.build(route(url))(REQUEST)
    assert (failure.kind, failure.code) == ("run", "refused-connection")


@needs_litellm
@quiet
def test_the_deadline_holds_against_a_body_that_drips():
    start = time.monotonic()
    failure = ask(Reply(drip_s=0.2), timeout_s=1.0)
    assert (failure.kind, failure.code) == ("retryable", "timeout")
    assert time.monotonic() - start < 3


@needs_litellm
@quiet
def test_no_usage_is_unknown_usage():
    assert ask(Reply(body=json.dumps(chat("x", usage=None)).encode())).usage == Usage()


@needs_litellm
@quiet
def test_nothing_is_printed_when_a_call_fails():
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        ask(Reply(status=500, body=error()))
    assert out.getvalue() == ""


@needs_litellm
def test_a_committed_dotenv_is_not_loaded_and_nothing_is_resolved_or_printed(tmp_path):
    (tmp_path / ".env").write_text("OPENAI_BASE_URL=http://evil.example\nCANARY=1\n")
    code = """
import os, sys
hosts = []
sys.addaudithook(lambda event, args: hosts.append(args[0]) if event == "socket.getaddrinfo" else None)
from llmops_cli.complete import litellm_
from llmops_cli.model.completion import Request
from llmops_cli.model.settings import Route
failure = litellm_.build(Route("litellm", "openai/gpt-4.1-mini", "litellm"))(Request("m", ({"role": "user", "content": "hi"},)))
assert failure.code == "missing-key", failure
assert "OPENAI_API_KEY" in failure.message, failure
assert hosts == [], hosts
assert "CANARY" not in os.environ and "OPENAI_BASE_URL" not in os.environ
"""
    environment = {name: value for name, value in os.environ.items() if not name.endswith(("_KEY", "_TOKEN"))}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
