import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from support import ModelServer, Reply, chat

from llmops_cli.complete import openai_http
from llmops_cli.complete._proxy import Proxy, proxy_for
from llmops_cli.model.completion import Completion, Failure, Request, Usage
from llmops_cli.model.settings import Route

KEY = "sk-canary-0123456789abcdefghij"


def request(text="hi", **more):
    return Request("logical", ({"role": "user", "content": text},), **more)


def build(server, **more):
    return openai_http.build(Route("openai_http", "m-1", server.url, server.url, timeout_s=5, **more))


def replying(body):
    return ModelServer(lambda _: Reply(body=json.dumps(body).encode()))


def test_a_request_is_sent_as_the_protocol_says_with_the_key_in_one_header_only():
    asked = request(params={"temperature": 0, "max_tokens": 5, "stream": True}, tools=({"type": "function"},),
                    response_format={"type": "json_object"}, repeat=3, prompt="p", case="c")  # fmt: skip
    with ModelServer() as server:
        answer = build(server, key=KEY, key_env="K")(asked)
        line, headers = server.heads[0]
    assert server.requests == [
        {
            "temperature": 0,
            "max_tokens": 5,
            "model": "m-1",
            "messages": [{"role": "user", "content": "hi"}],
            "tools": [{"type": "function"}],
            "response_format": {"type": "json_object"},
        }
    ]
    assert line == "POST /v1/chat/completions HTTP/1.1"
    assert headers.pop("authorization") == f"Bearer {KEY}"
    assert KEY not in str(headers)
    assert headers["accept-encoding"] == "identity"
    assert (answer.text, answer.model, answer.usage, answer.layer) == ("hi", "served-model", Usage(7, 3), "live")
    assert 0 < answer.latency_s < 5


def test_params_cannot_replace_the_model_or_the_messages():
    with ModelServer() as server:
        build(server)(request(params={"model": "other", "messages": []}))
    assert server.requests[0]["model"] == "m-1"
    assert server.requests[0]["messages"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (chat("a", finish_reason="length"), Completion("a", finish_reason="length")),
        (chat(None, finish_reason="length"), Completion("", finish_reason="length")),
        (chat("a", finish_reason=None), Completion("a")),
        (chat(""), Completion("")),
        (chat([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]), Completion("ab")),
        (chat(None, refusal="I will not"), Completion("", refusal="I will not")),
        (chat(None, finish_reason="content_filter"), Completion("", finish_reason="content_filter", refusal="content_filter")),
        (chat("half", finish_reason="content_filter"), Completion("half", finish_reason="content_filter", refusal="content_filter")),
    ],
)  # fmt: skip
def test_an_answer_is_read_with_its_ending(body, expected):
    with replying(body) as server:
        answer = build(server)(request())
    assert (answer.text, answer.finish_reason, answer.refusal) == (
        expected.text,
        expected.finish_reason,
        expected.refusal,
    )


def test_tool_calls_are_kept_without_their_random_ids_and_with_arguments_as_values():
    def call(arguments):
        return {"id": "call_x", "type": "function", "function": {"name": "f", "arguments": arguments}}

    with replying(
        chat(None, finish_reason="tool_calls", tool_calls=[call('{"a": 1}'), call("{broken"), call("")])
    ) as server:
        answer = build(server)(request())
    assert answer.tool_calls == (
        {"name": "f", "arguments": {"a": 1}},
        {"name": "f", "arguments": "{broken"},
        {"name": "f", "arguments": {}},
    )


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (None, Usage()),
        ({}, Usage()),
        ({"prompt_tokens": 0, "completion_tokens": 0}, Usage()),
        ({"prompt_tokens": 9.0, "completion_tokens": None}, Usage(9)),
        ({"prompt_tokens": 9, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 8}}, Usage(9, 1, 8)),
        ({"prompt_tokens": 9, "completion_tokens": 1, "prompt_tokens_details": None}, Usage(9, 1)),
    ],
)
def test_tokens_that_a_provider_does_not_report_are_unknown_and_not_zero(usage, expected):
    with replying(chat("a", usage=usage)) as server:
        assert build(server)(request()).usage == expected


def test_connections_are_kept_and_shared_by_threads():
    gate = threading.Barrier(4)

    def answer(_):
        gate.wait(5)
        return "ok"

    with ModelServer(answer) as server:
        complete = build(server)
        with ThreadPoolExecutor(4) as threads:
            assert {each.text for each in threads.map(complete, [request()] * 40)} == {"ok"}
    assert server.connections == 4
    assert len(server.requests) == 40


def test_a_connection_that_the_server_closed_meanwhile_is_not_used_again():
    with ModelServer(lambda _: Reply(headers={"Connection": "close"})) as server:
        complete = build(server)
        assert [complete(request()).text for _ in range(3)] == ["ok"] * 3
    assert server.connections == 3


def test_a_chunked_answer_is_read_and_its_connection_kept():
    body = json.dumps(chat("ok")).encode()
    with ModelServer(lambda _: Reply(chunks=[body[:10], body[10:]])) as server:
        complete = build(server)
        assert [complete(request()).text for _ in range(3)] == ["ok"] * 3
    assert server.connections == 1


@pytest.mark.parametrize("status", [400, 401, 429, 500])
def test_a_key_that_the_provider_repeats_does_not_reach_a_message(status):
    body = json.dumps({"error": {"message": f"Incorrect key {KEY}\x1b[31m\u202e"}}).encode()
    with ModelServer(lambda _: Reply(status=status, body=body)) as server:
        failure = build(server, key=KEY, key_env="K")(request())
    assert "Incorrect key [key]" in failure.message
    assert KEY not in repr(failure)
    assert "\x1b" not in failure.message


def test_a_missing_key_is_said_before_anything_is_sent():
    with ModelServer() as server:
        failure = build(server, key_env="SOME_KEY")(request())
    assert (failure.kind, failure.code) == ("run", "missing-key")
    assert "SOME_KEY" in failure.message
    assert server.connections == 0


@pytest.mark.parametrize("key", ["sk-a\r\nX-Evil: 1", "sk-ä", "sk-\x00"])
def test_a_key_that_cannot_stand_in_a_header_is_refused_without_being_shown(key):
    with ModelServer() as server:
        failure = build(server, key=key, key_env="K")(request())
    assert (failure.kind, failure.code) == ("run", "bad-endpoint")
    assert key not in repr(failure)


def test_the_line_feed_after_a_key_is_not_part_of_it():
    with ModelServer() as server:
        build(server, key=KEY + "\n", key_env="K")(request())
    assert server.heads[0][1]["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object()])
def test_a_request_that_is_not_json_fails_for_its_case_only(value):
    with ModelServer() as server:
        failure = build(server)(request(params={"temperature": value}))
    assert (failure.kind, failure.code) == ("case", "bad-request")


def test_a_redirect_is_not_followed_and_the_key_goes_nowhere_else():
    with ModelServer() as elsewhere:
        target = Reply(status=308, headers={"Location": f"{elsewhere.url}/chat/completions"}, body=b"")
        with ModelServer(lambda _: target) as server:
            failure = build(server, key=KEY, key_env="K")(request())
    assert failure.code == "redirect"
    assert f"127.0.0.1:{elsewhere.port}" in failure.message
    assert elsewhere.connections == 0


def test_plain_http_goes_through_a_proxy_by_its_full_address():
    with ModelServer() as proxy:
        proxies = {"http": f"http://us%40er:pw@127.0.0.1:{proxy.port}"}
        complete = openai_http.build(
            Route("openai_http", "m", "x", "http://model.example/v1", timeout_s=5), proxies=proxies
        )
        assert complete(request()).text == "hi"
        line, headers = proxy.heads[0]
    assert line == "POST http://model.example/v1/chat/completions HTTP/1.1"
    assert headers["host"] == "model.example"
    assert headers["proxy-authorization"] == "Basic dXNAZXI6cHc="


def test_https_asks_the_proxy_for_a_tunnel_and_shows_it_no_key():
    seen = []
    with socket.create_server(("127.0.0.1", 0)) as proxy:

        def refuse():
            connection, _ = proxy.accept()
            with connection:
                seen.append(connection.recv(65536))
                connection.sendall(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=refuse)
        thread.start()
        proxies = {"https": f"127.0.0.1:{proxy.getsockname()[1]}"}
        route = Route("openai_http", "m", "x", "https://model.example/v1", key=KEY, timeout_s=5)
        failure = openai_http.build(route, proxies=proxies)(request())
        thread.join()
    assert seen[0].startswith(b"CONNECT model.example:443 HTTP/1.1\r\nHost: model.example:443\r\n")
    assert KEY.encode() not in seen[0]
    assert (failure.kind, failure.code) == ("run", "proxy")
    assert "407" in failure.message


@pytest.mark.parametrize(
    ("host", "no", "direct"),
    [
        ("a.example", "", False),
        ("a.example", "a.example", True),
        ("b.a.example", "x, a.example", True),
        ("b.a.example", ".a.example", True),
        ("ba.example", "a.example", False),
        ("a.example", "*", True),
    ],
)
def test_no_proxy_names_hosts_and_the_domains_above_them(host, no, direct):
    found = proxy_for("https", host, {"https": "http://p:3128", "no": no})
    assert found == (None if direct else Proxy("p", 3128))


def test_a_proxy_that_is_not_plain_http_is_refused_and_not_passed_by():
    route = Route("openai_http", "m", "x", "https://model.example/v1", timeout_s=5)
    failure = openai_http.build(route, proxies={"https": "socks5://127.0.0.1:1"})(request())
    assert isinstance(failure, Failure)
    assert (failure.kind, failure.code) == ("run", "bad-endpoint")


def test_neither_the_route_nor_the_proxy_shows_its_secret():
    assert KEY not in repr(Route("openai_http", "m", "x", key=KEY))
    assert "c2VjcmV0" not in repr(Proxy("p", 1, "Basic c2VjcmV0"))


@pytest.mark.parametrize(("said", "kept"), [("fp_44709d6fcb", "fp_44709d6fcb"), (None, ""), (7, ""), ({}, "")])
def test_the_build_that_a_provider_says_to_run_comes_along(said, kept):
    with replying({**chat("ok"), "system_fingerprint": said}) as server:
        assert build(server)(request()).system_fingerprint == kept
