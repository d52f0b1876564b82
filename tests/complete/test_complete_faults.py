"""Every way in which a provider can fail, on real sockets: each is classified, none raises, none hangs."""

import email.utils
import gzip
import itertools
import json
import socket
import ssl
import subprocess
import threading
import time

import pytest
from support import ModelServer, Reply, chat

from llmops_cli.complete import openai_http
from llmops_cli.complete._retry import Retries, retrying
from llmops_cli.model.completion import Completion, Failure, Request
from llmops_cli.model.settings import Route

REQUEST = Request("m", ({"role": "user", "content": "hi"},), case="c1")
TIMEOUT_S = 0.6


def route(url, **more):
    return Route("openai_http", "m", url, url, timeout_s=more.pop("timeout_s", TIMEOUT_S), **more)


def ask(reply, **more):
    """Return the answer to a server that replies so, and how long it took."""
    with ModelServer(lambda _: reply) as server:
        complete = openai_http.build(route(server.url, **more))
        start = time.monotonic()
        return complete(REQUEST), time.monotonic() - start


def error(message="no", code=None, **more):
    return json.dumps({"error": {"message": message, "code": code, **more}}).encode()


def body(**changes):
    return json.dumps(chat("ok") | changes).encode()


def choice(**changes):
    message = {"role": "assistant", "content": "ok", **changes}
    return body(choices=[{"index": 0, "message": message, "finish_reason": "stop"}])


IN_AN_HOUR = email.utils.formatdate(time.time() + 3000, usegmt=True)
ENDLESS = itertools.repeat(b"x" * 1_000_000)

FAULTS = {
    "429 with Retry-After in seconds": (Reply(status=429, headers={"Retry-After": "7"}, body=error()), "retryable", "rate-limit"),
    "429 with Retry-After as a date": (Reply(status=429, headers={"Retry-After": IN_AN_HOUR}, body=error()), "retryable", "rate-limit"),
    "429 with an absurd Retry-After": (Reply(status=429, headers={"Retry-After": "9" * 90}, body=error()), "retryable", "rate-limit"),
    "429 without a word": (Reply(status=429, body=b""), "retryable", "rate-limit"),
    "429 that means no credit": (Reply(status=429, body=error("x", "insufficient_quota")), "run", "quota"),
    "408": (Reply(status=408, body=b""), "retryable", "timeout"),
    "500": (Reply(status=500, body=error()), "retryable", "server-error"),
    "502 with HTML": (Reply(status=502, body=b"<html>"), "retryable", "server-error"),
    "503 that talks of models": (Reply(status=503, body=error("the model does not exist yet")), "retryable", "server-error"),
    "529": (Reply(status=529, body=error()), "retryable", "overloaded"),
    "400": (Reply(status=400, body=error("bad temperature")), "case", "bad-request"),
    "400 context length": (Reply(status=400, body=error("x", "context_length_exceeded")), "case", "context-length"),
    "400 content policy": (Reply(status=400, body=error("x", "content_policy_violation")), "case", "content-filter"),
    "400 content filter of Azure": (Reply(status=400, body=error("x", "content_filter")), "case", "content-filter"),
    "400 that means the key": (Reply(status=400, body=error("API key not valid")), "run", "auth"),
    "413": (Reply(status=413, body=b""), "case", "bad-request"),
    "422": (Reply(status=422, body=b'{"detail":[{"loc":["body"]}]}'), "case", "bad-request"),
    "401": (Reply(status=401, body=error()), "run", "auth"),
    "402": (Reply(status=402, body=error()), "run", "quota"),
    "403": (Reply(status=403, body=error()), "run", "auth"),
    "404 unknown model": (Reply(status=404, body=error("The model `m` does not exist", "model_not_found")), "run", "unknown-model"),
    "404 wrong path": (Reply(status=404, body=b"not here"), "run", "not-found"),
    "redirect": (Reply(status=302, headers={"Location": "http://evil.example/v1"}, body=b""), "run", "redirect"),
    "redirect 307": (Reply(status=307, headers={"Location": "//evil.example"}, body=b""), "run", "redirect"),
    "error in a 200": (Reply(body=error("busy", 503)), "retryable", "server-error"),
    "error as text in a 200": (Reply(body=b'{"error": "boom"}'), "retryable", "provider-error"),
    "quota error in a 200": (Reply(body=error("x", "insufficient_quota")), "run", "quota"),
    "closed before a byte": (Reply(close="before"), "retryable", "connection"),
    "reset before a byte": (Reply(close="reset-before"), "retryable", "connection"),
    "closed in the body": (Reply(close="middle"), "retryable", "connection"),
    "reset in the body": (Reply(close="reset"), "retryable", "connection"),
    "no answer at all": (Reply(delay_s=5), "retryable", "timeout"),
    "headers that drip": (Reply(drip="headers", drip_s=0.1), "retryable", "timeout"),
    "a body that drips": (Reply(drip_s=0.1), "retryable", "timeout"),
    "an endless body": (Reply(chunks=ENDLESS), "retryable", "invalid-response"),
    "a length of 50 MB": (Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n{"), "retryable", "invalid-response"),
    "a gzip bomb": (Reply(headers={"Content-Encoding": "gzip"}, body=gzip.compress(b"0" * 10_000_000)), "retryable", "invalid-response"),
    "no HTTP": (Reply(raw=b"220 smtp ready\r\n"), "retryable", "invalid-response"),
    "an endless status line": (Reply(raw=b"HTTP/1.1 200 " + b"x" * 100_000), "retryable", "invalid-response"),
    "a thousand headers": (Reply(headers={f"X-{n}": "1" for n in range(1000)}), "retryable", "invalid-response"),
    "a broken chunk": (Reply(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), "retryable", "connection"),
    "empty": (Reply(body=b""), "retryable", "invalid-response"),
    "204": (Reply(raw=b"HTTP/1.1 204 No Content\r\n\r\n"), "retryable", "invalid-response"),
    "HTML with 200": (Reply(body=b"<!doctype html><p>Sign in"), "retryable", "invalid-response"),
    "truncated JSON": (Reply(body=body()[:-20]), "retryable", "invalid-response"),
    "not UTF-8": (Reply(body=b'{"choices": "\xff"}'), "retryable", "invalid-response"),
    "NaN": (Reply(body=body().replace(b'"index": 0', b'"index": NaN')), "retryable", "invalid-response"),
    "bottomless nesting": (Reply(body=b"[" * 100_000), "retryable", "invalid-response"),
    "null": (Reply(body=b"null"), "retryable", "invalid-response"),
    "a list": (Reply(body=b"[]"), "retryable", "invalid-response"),
    "no choices": (Reply(body=b'{"id": "x"}'), "retryable", "invalid-response"),
    "choices empty": (Reply(body=body(choices=[])), "retryable", "invalid-response"),
    "choices null": (Reply(body=body(choices=None)), "retryable", "invalid-response"),
    "choices of text": (Reply(body=body(choices=["ok"])), "retryable", "invalid-response"),
    "no message": (Reply(body=body(choices=[{"finish_reason": "stop"}])), "retryable", "invalid-response"),
    "content null": (Reply(body=choice(content=None)), "retryable", "invalid-response"),
    "content a number": (Reply(body=choice(content=42)), "retryable", "invalid-response"),
    "tool calls a text": (Reply(body=choice(tool_calls="x")), "retryable", "invalid-response"),
    "a tool call without a name": (Reply(body=choice(tool_calls=[{"function": {"arguments": "{}"}}])), "retryable", "invalid-response"),
    "usage a text": (Reply(body=body(usage="many")), "retryable", "invalid-response"),
    "usage negative": (Reply(body=body(usage={"prompt_tokens": -1})), "retryable", "invalid-response"),
    "NUL in the text": (Reply(body=choice(content="a\x00b")), "retryable", "invalid-response"),
    "a lone surrogate": (Reply(body=choice(content="a\ud800b")), "retryable", "invalid-response"),
    "a lone surrogate in a tool call": (Reply(body=choice(tool_calls=[{"function": {"name": "f", "arguments": '{"a": "\\ud800"}'}}])), "retryable", "invalid-response"),
}  # fmt: skip


@pytest.mark.parametrize(("reply", "kind", "code"), FAULTS.values(), ids=FAULTS)
def test_a_provider_fault_is_classified_and_is_never_an_answer(reply, kind, code):
    answer, took_s = ask(reply)
    assert isinstance(answer, Failure)
    assert (answer.kind, answer.code) == (kind, code), answer
    assert answer.message.isprintable()
    assert took_s < TIMEOUT_S + 1


@pytest.mark.parametrize(
    ("value", "expected_s"),
    [("7", 7), ("0.5", 0.5), ("9" * 90, 3600), ("-3", None), ("soon", None), ("nan", None), ("٣", None), ("", None)],
)
def test_the_wish_to_wait_is_read_or_left_out_but_never_believed_blindly(value, expected_s):
    answer, _ = ask(Reply(status=429, headers={"Retry-After": value}, body=b""))
    assert answer.retry_after_s == expected_s


def test_a_date_to_wait_for_becomes_seconds_and_one_in_the_past_none_at_all():
    answer, _ = ask(Reply(status=503, headers={"Retry-After": IN_AN_HOUR}, body=b""))
    assert 2000 < answer.retry_after_s < 3001
    answer, _ = ask(Reply(status=503, headers={"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT"}, body=b""))
    assert answer.retry_after_s == 0


def test_a_storm_of_429_ends_after_the_attempts_and_a_short_one_is_sat_out():
    replies = iter([Reply(status=429, body=b"")] * 6 + ["made it"])
    with ModelServer(lambda _: next(replies)) as server:
        complete = retrying(openai_http.build(route(server.url)), Retries(attempts=4, first_pause_s=0.001))
        storm = complete(REQUEST)
        assert (storm.kind, storm.code, storm.attempts) == ("retryable", "rate-limit", 4)
        calm = complete(REQUEST)
        assert (calm.text, calm.attempts) == ("made it", 3)


def test_bidirectional_text_is_an_answer_like_any_other():
    answer, _ = ask("a\u202eb")
    assert answer.text == "a\u202eb"


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def test_a_refused_connection_is_fatal_at_the_first_contact_and_retryable_later():
    assert openai_http.build(route(f"http://127.0.0.1:{closed_port()}/v1"))(REQUEST).kind == "run"
    with ModelServer() as server:
        complete = openai_http.build(route(server.url))
        assert isinstance(complete(REQUEST), Completion)
    later = complete(REQUEST)
    assert later.kind == "retryable"
    assert later.code in ("refused-connection", "connection")


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a..b", "x" * 70 + ".example"])
def test_a_name_that_cannot_be_resolved_is_fatal(host):
    failure = openai_http.build(route(f"http://{host}/v1"))(REQUEST)
    assert (failure.kind, failure.code) == ("run", "dns")


def test_tls_with_a_server_that_speaks_none_is_fatal():
    with socket.create_server(("127.0.0.1", 0)) as plain:

        def greet():
            connection, _ = plain.accept()
            with connection:
                connection.recv(1)
                connection.sendall(b"220 a mail server\r\n")
                connection.recv(65536)

        thread = threading.Thread(target=greet)
        thread.start()
        failure = openai_http.build(route(f"https://127.0.0.1:{plain.getsockname()[1]}/v1"))(REQUEST)
        thread.join()
    assert (failure.kind, failure.code) == ("run", "tls")


@pytest.fixture(scope="module")
def untrusted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    argv = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    try:
        subprocess.run([*argv, "-keyout", "key.pem", "-out", "cert.pem"], cwd=folder, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed: no certificate to distrust")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def test_a_certificate_that_nobody_signed_gets_no_key(untrusted):
    with ModelServer(tls=untrusted) as server:
        failure = openai_http.build(route(server.url, key="sk-canary", timeout_s=5))(REQUEST)
        assert (failure.kind, failure.code) == ("run", "tls")
        assert server.requests == []


def test_a_silent_server_cannot_hold_a_thread_in_the_handshake():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        failure = openai_http.build(route(f"https://127.0.0.1:{silent.getsockname()[1]}/v1"))(REQUEST)
        assert failure.code == "timeout"
        assert time.monotonic() - start < TIMEOUT_S + 1


def test_a_server_that_does_not_read_cannot_hold_a_thread():
    large = Request("m", ({"role": "user", "content": "x" * 30_000_000},))
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        accepted = []
        thread = threading.Thread(target=lambda: accepted.append(deaf.accept()[0]))
        thread.start()
        failure = openai_http.build(route(f"http://127.0.0.1:{deaf.getsockname()[1]}/v1"))(large)
        thread.join()
        accepted[0].close()
    assert failure.code == "timeout"


@pytest.mark.parametrize(
    "url",
    ["ftp://host/v1", "host/v1", "http://", "http://user:pw@host/v1", "http://h/v1?x=1", "http://h/a b", "http://h:x/"],
)
def test_a_url_that_cannot_be_called_is_a_failure_of_the_run(url):
    failure = openai_http.build(route(url))(REQUEST)
    assert (failure.kind, failure.code) == ("run", "bad-endpoint")
