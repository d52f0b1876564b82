import contextlib
import threading

import pytest
from registries import Answer, LangfuseFake

from llmops_cli.errors import ExitCode, UsageError
from llmops_cli.publish._http import MAX_BYTES, Client, RemoteError, Site, segment

KEY = "Basic c2VjcmV0LWtleS12YWx1ZQ=="


class Fake(LangfuseFake):
    def allowed(self, _asked):
        return True

    def answer(self, asked, raw):
        return Answer(200, {"path": raw, "body": asked.body})


def client(fake, **more):
    return Client(Site(fake.url, {"Authorization": KEY}, ("secret-key-value",), pause_s=0.001, timeout_s=5, **more))


def once(*answers):
    """Return a fault for each answer; each is used up."""
    return [lambda _, answer=answer: answer for answer in answers]


def test_an_answer_is_json_and_the_key_goes_along():
    with Fake() as fake:
        assert client(fake).get("/x", {"a": "b c"})["path"] == "/x"
        assert fake.asked[0].query == {"a": "b c"}
        assert fake.asked[0].headers["authorization"] == KEY


def test_a_name_is_one_segment_of_the_path():
    assert segment("a/b c%?#") == "a%2Fb%20c%25%3F%23"
    with Fake() as fake:
        assert client(fake).get(f"/p/{segment('a/../b')}")["path"] == "/p/a%2F..%2Fb"


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_question_is_asked_again_where_that_may_help(status):
    with Fake() as fake:
        fake.faults += once(Answer(status, {"message": "later"}), Answer(status))
        assert client(fake).get("/x")["path"] == "/x"
        assert len(fake.asked) == 3


def test_a_server_that_never_recovers_is_given_up():
    with Fake() as fake:
        fake.faults += once(*[Answer(503, {"message": "down for maintenance"})] * 9)
        with pytest.raises(RemoteError, match="HTTP 503: down for maintenance") as error:
            client(fake).get("/x")
        assert len(fake.asked) == 4
        assert error.value.exit_code == ExitCode.INCOMPLETE
        assert error.value.where.startswith("127.0.0.1:")


def test_a_change_is_repeated_only_where_it_surely_was_not_made():
    with Fake() as fake:
        fake.faults += once(Answer(429), Answer(500))
        with pytest.raises(RemoteError) as error:
            client(fake).send("POST", "/x", {"a": 1})
        assert len(fake.asked) == 2
        assert error.value.unsure


def test_an_answer_that_is_lost_leaves_a_change_unsure_and_a_question_is_asked_again():
    with Fake() as fake:
        fake.faults += once(Answer(drop=True))
        with pytest.raises(RemoteError) as error:
            client(fake).send("POST", "/x", {})
        assert error.value.unsure
        assert len(fake.asked) == 1
        fake.faults += once(Answer(drop=True))
        assert client(fake).get("/x")


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_refused_is_named_by_its_variable_and_never_shown(status):
    with Fake() as fake:
        fake.faults += once(Answer(status, {"message": f"bad key secret-key-value {KEY}"}))
        with pytest.raises(RemoteError) as error:
            client(fake, keys_from="the variable LANGFUSE_SECRET_KEY").get("/x")
        assert len(fake.asked) == 1
        said = f"{error.value} {error.value.hint}"
        assert "LANGFUSE_SECRET_KEY" in said
        assert "secret-key-value" not in said
        assert "c2VjcmV0" not in said


def test_a_redirect_is_not_followed_and_the_key_goes_nowhere_else():
    with Fake() as fake, Fake() as evil:
        for status in (301, 302, 303, 307, 308):
            fake.faults += once(Answer(status, {}, {"Location": f"{evil.url}/steal"}))
            with pytest.raises(RemoteError, match=r"sends us on to 127\.0\.0\.1"):
                client(fake).get("/x")
        assert not evil.asked


@pytest.mark.parametrize(
    ("body", "words"),
    [(b"<html><body>Sign in</body></html>", "HTML, not JSON"), (b"{", "no JSON"), (b"[" * 100_000, "no JSON")],
)
def test_a_page_or_a_torn_answer_is_an_error_of_the_registry(body, words):
    with Fake() as fake:
        fake.faults += once(Answer(200, body))
        with pytest.raises(RemoteError, match=words):
            client(fake).get("/x")


def test_the_page_of_an_error_is_not_repeated():
    with Fake() as fake:
        fake.faults += once(Answer(400, b"<html><script>alert(1)</script></html>"))
        with pytest.raises(RemoteError) as error:
            client(fake).get("/x")
        assert error.value.message == "HTTP 400"


def test_an_endless_answer_is_cut():
    with Fake() as fake:
        fake.faults += once(Answer(200, b" " * (MAX_BYTES + 2)))
        with pytest.raises(RemoteError, match="larger than 32 MiB"):
            client(fake).get("/x")


def test_an_answer_that_drips_ends_at_the_deadline():
    import socket
    import time

    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip():
            with contextlib.suppress(OSError):
                for _ in range(4):
                    threading.Thread(target=slow, args=(server.accept()[0],), daemon=True).start()

        def slow(connection):
            with connection, contextlib.suppress(OSError):
                for _ in range(100):
                    connection.sendall(b"H")
                    time.sleep(0.05)

        threading.Thread(target=drip, daemon=True).start()
        site = Site(f"http://127.0.0.1:{server.getsockname()[1]}", {}, timeout_s=0.3, pause_s=0.001)
        start = time.monotonic()
        with pytest.raises(RemoteError):
            Client(site).get("/x")
        assert time.monotonic() - start < 4


def test_nobody_there_is_an_error_with_the_host():
    with pytest.raises(RemoteError) as error:
        Client(Site("http://127.0.0.1:1", {}, pause_s=0.001)).get("/x")
    assert error.value.where == "127.0.0.1:1"
    assert not error.value.unsure


def test_keys_do_not_go_over_plain_http_to_another_machine():
    with pytest.raises(UsageError, match="plain http"):
        Client(Site("http://registry.example"))
    Client(Site("http://localhost:9"))


def test_a_missing_page_is_none_and_a_missing_target_of_a_change_an_error():
    with Fake() as fake:
        fake.faults += once(Answer(404, {"message": "gone"}), Answer(404, {"message": "gone"}))
        assert client(fake).get("/x") is None
        with pytest.raises(RemoteError, match="HTTP 404: gone"):
            client(fake).send("PATCH", "/x", {})


def test_a_site_does_not_show_its_keys():
    assert "secret" not in repr(Site("https://x.example", {"Authorization": "secret"}, ("secret",)))
