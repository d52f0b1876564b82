"""A bundle on the web: nobody waits for what is there already, and nothing bad ever takes its place."""

import hashlib
import http.server
import json
import os
import subprocess
import sys
import threading
import time

import pytest
from shipped import GREET, bundle, label, release, shop
from support import wait_until

from llmops_cli.errors import UsageError
from llmops_cli.runtime import BundleError, Loader, NotServedError, UnreachableError, UnverifiedError


class Web:
    """A static host on loopback: `body` under any path, with ETag and 304. `answer` may take over a request."""

    def __init__(self, body=b""):
        self.body, self.answer, self.asked, self.conditional = body, None, [], 0
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                web.asked.append((self.path, dict(self.headers)))
                if web.answer is not None:
                    web.answer(self)
                    return
                tag = f'"{hashlib.sha256(web.body).hexdigest()[:16]}"'
                if self.headers.get("If-None-Match") == tag:
                    web.conditional += 1
                    self.send_response(304)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                self.send_response(200)
                self.send_header("ETag", tag)
                self.send_header("Content-Length", str(len(web.body)))
                self.end_headers()
                self.wfile.write(web.body)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # a client that goes away is what many tests are about
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/prompts.bundle.json"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)


@pytest.fixture
def web(tmp_path):
    host = Web(shop(tmp_path / "shop").read_bytes())
    yield host
    host.stop()


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


def loader(web, cache, **options):
    return Loader(**{"url": web.url, "cache": cache, "wheel": False, "timeout_s": 2.0, **options})


def moved(root):
    """Return the shop's bundle with production on 1.1.0."""
    label(root, "production", "greet: 1.1.0\n")
    return bundle(root)


def replies(status=200, body=b"", headers=(), length=None, pause_s=0.0):
    def answer(request):
        request.send_response(status)
        for name, value in headers:
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(body) if length is None else length))
        request.send_header("Connection", "close")
        request.end_headers()
        for at in range(0, len(body), 1000):
            request.wfile.write(body[at : at + 1000])
            time.sleep(pause_s)
        request.close_connection = True

    return answer


def test_a_bundle_is_fetched_once_within_its_time(web, cache):
    prompts = loader(web, cache)
    for _ in range(20):
        assert prompts.get("greet@production").version == "1.0.0"
    assert len(web.asked) == 1
    assert prompts.get("greet@production").attributes["source"] == "http"


def test_headers_are_sent_and_compression_is_not_asked_for(web, cache):
    loader(web, cache, headers={"Authorization": "Bearer k", "Accept-Encoding": "gzip"}).get("greet@production")
    headers = web.asked[0][1]
    assert headers["Authorization"] == "Bearer k"
    assert headers["Accept-Encoding"] == "identity"


def test_an_old_bundle_is_served_at_once_while_a_thread_asks_for_a_newer_one(web, cache, tmp_path):
    prompts = loader(web, cache, ttl_s=0.0)
    prompts.get("greet@production")
    wait_until(lambda: len(web.asked) == 1)
    web.body = moved(tmp_path / "shop")
    gate = threading.Event()

    def slow(request):
        gate.wait(5)
        replies(body=web.body)(request)

    web.answer = slow
    started = time.monotonic()
    assert prompts.get("greet@production").version == "1.0.0"
    assert time.monotonic() - started < 3
    gate.set()
    assert wait_until(lambda: prompts.get("greet@production").version == "1.1.0")


def test_a_bundle_that_did_not_change_is_not_sent_again(web, cache):
    prompts = loader(web, cache)
    prompts.get("greet@production")
    prompts.refresh()
    prompts.refresh()
    assert web.conditional == 2
    assert prompts.get("greet@production").version == "1.0.0"


def test_a_new_process_asks_first_and_is_told_of_a_rollback(web, cache, tmp_path):
    loader(web, cache, ttl_s=0.0).get("greet@production")
    assert wait_until(lambda: list(cache.glob("*.bundle")))
    web.body = moved(tmp_path / "shop")
    assert loader(web, cache, ttl_s=0.0).get("greet@production").version == "1.1.0"


def test_a_process_beside_one_that_fetched_just_now_does_not_ask(web, cache):
    loader(web, cache).get("greet@production")
    assert wait_until(lambda: list(cache.glob("*.bundle")))
    assert loader(web, cache).get("greet@production").version == "1.0.0"
    assert len(web.asked) == 1


def test_with_the_host_gone_the_last_good_copy_is_served_also_by_a_new_process(web, cache, tmp_path):
    prompts = loader(web, cache, ttl_s=0.0)
    prompts.get("greet@production")
    assert wait_until(lambda: list(cache.glob("*.bundle")))
    web.stop()
    assert prompts.get("greet@production").version == "1.0.0"
    assert wait_until(lambda: prompts.last_error is not None)
    code = (
        "import sys; from llmops_cli.runtime import Loader\n"
        "p = Loader(url=sys.argv[1], cache=sys.argv[2], wheel=False, ttl_s=0).get('greet@production', fallback='never')\n"
        "print(p.version, p.attributes['source'])"
    )
    done = subprocess.run([sys.executable, "-c", code, web.url, cache], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1.0.0", "last-good"]
    web.stop = lambda: None


def test_without_host_and_copy_a_fallback_is_used_and_later_callers_do_not_wait(cache):
    prompts = Loader(url="http://127.0.0.1:9/b.json", cache=cache, wheel=False, timeout_s=1.0)
    with pytest.raises(UnreachableError):
        prompts.get("greet@production")
    started = time.monotonic()
    for _ in range(50):
        assert prompts.get("greet@production", fallback="Hi").attributes["source"] == "fallback"
    assert time.monotonic() - started < 3  # fifty waits of `timeout_s` would be 50


def test_a_host_that_never_answers_costs_one_timeout_and_no_more(web, cache):
    forever = threading.Event()
    web.answer = lambda _request: forever.wait(10)
    prompts = loader(web, cache, timeout_s=1.0)
    started = time.monotonic()
    for _ in range(5):
        assert prompts.get("greet@production", fallback="Hi").attributes["source"] == "fallback"
    assert time.monotonic() - started < 4
    forever.set()


BAD = {
    "truncated": lambda good: replies(body=good[: len(good) // 2]),
    "cut by the host": lambda good: replies(body=good[:-20], length=len(good)),
    "an edited label": lambda good: replies(body=good.replace(b'"greet":"1.0.0"', b'"greet":"1.1.0"', 1)),
    "a page to sign in": lambda _good: replies(body=b"<html>sign in</html>"),
    "nothing": lambda _good: replies(body=b""),
    "an error": lambda good: replies(status=503, body=good),
    "not found": lambda _good: replies(status=404, body=b"no"),
    "no content": lambda _good: replies(status=204),
    "unasked 304": lambda _good: replies(status=304, headers=()),
    "another host": lambda _good: replies(status=302, headers=[("Location", "http://localhost:1/x")]),
    "a file": lambda _good: replies(status=302, headers=[("Location", "file:///etc/passwd")]),
    "a circle": lambda _good: replies(status=302, headers=[("Location", "/again")]),
    "compressed": lambda good: replies(body=good, headers=[("Content-Encoding", "gzip")]),
    "a slow drip": lambda good: replies(body=good + b" " * 40_000, pause_s=0.1),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_answer_changes_nothing_and_is_told(what, web, cache):
    good = web.body
    timeout_s = 2.0 if what == "a slow drip" else 20.0  # only the drip waits for it; the rest may be slow
    web.answer = BAD[what](good)
    fresh = loader(web, cache / "empty", timeout_s=timeout_s)
    with pytest.raises(UnreachableError):
        fresh.get("greet@production")
    assert not list((cache / "empty").glob("*.bundle"))
    assert fresh.get("greet@production", fallback="Hi").attributes["source"] == "fallback"

    web.answer = None
    prompts = loader(web, cache, timeout_s=timeout_s)
    prompts.get("greet@production")
    assert wait_until(lambda: list(cache.glob("*.bundle")))
    kept = next(cache.glob("*.bundle")).read_bytes()
    if what != "unasked 304":  # asked for, it is the answer that nothing changed
        web.answer = BAD[what](good)
        with pytest.raises((UnreachableError, BundleError)):
            prompts.refresh()
        assert prompts.last_error is not None
    assert prompts.get("greet@production").version == "1.0.0"
    assert next(cache.glob("*.bundle")).read_bytes() == kept
    web.answer = None
    prompts.refresh()
    assert prompts.last_error is None


def test_what_a_host_says_that_speaks_no_http_is_told_in_a_short_plain_line(web, cache):
    def answer(request):
        request.wfile.write(b"\x1b[2J\x07nonsense " * 500 + b"\r\n\r\n")
        request.close_connection = True

    web.answer = answer
    with pytest.raises(UnreachableError) as caught:
        loader(web, cache).get("greet@production")
    assert "nonsense" in caught.value.message
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 200


def test_a_redirect_on_the_same_host_is_followed(web, cache):
    def answer(request):
        if request.path.endswith("/other"):
            replies(body=web.body)(request)
        else:
            replies(status=307, headers=[("Location", "/other")])(request)

    web.answer = answer
    assert loader(web, cache).get("greet@production").version == "1.0.0"


def test_a_release_that_changed_its_content_is_refused_and_a_moved_label_is_not(web, cache, tmp_path):
    prompts = loader(web, cache)
    prompts.get("greet@production")
    release(tmp_path / "shop", "greet", "1.0.0", GREET.replace("Hello", "Obey"))
    web.body = bundle(tmp_path / "shop")
    with pytest.raises(BundleError, match=r"greet@1\.0\.0"):
        prompts.refresh()
    assert prompts.get("greet@production").render(name="A").messages[-1]["content"] == "Hello A"


def test_a_bundle_with_one_release_that_does_not_verify_is_refused_whole(web, cache):
    from llmops_cli.model.bundle import seal

    document = json.loads(web.body)
    document["prompts"]["greet"]["1.1.0"]["prompt"]["params"]["temperature"] = 2
    document["sha256"] = seal({"labels": document["labels"], "prompts": document["prompts"]})
    web.body = json.dumps(document).encode()
    with pytest.raises(UnreachableError) as caught:
        loader(web, cache).get("greet@production")
    assert isinstance(caught.value.__cause__, UnverifiedError)


def test_an_answer_that_lacks_a_version_is_an_answer(web, cache):
    prompts = loader(web, cache)
    with pytest.raises(NotServedError):
        prompts.get("greet@3.0.0", fallback="Hi")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/b.json",
        "ftp://127.0.0.1/b",
        "file:///etc/passwd",
        "https://user:key@example.org/b",
        "//example.org/b",
        "http://127.0.0.1.example.org/b",
        "http://[::1/b",
        "http://127.0.0.1:99999/b",
        "b.json",
    ],
)
def test_only_https_is_fetched_but_for_this_machine(url, cache):
    with pytest.raises(UsageError):
        Loader(url=url, cache=cache).get("greet@production", fallback="Hi")


def test_a_signature_in_the_url_is_in_no_message_and_no_file_name(cache):
    prompts = Loader(url="http://127.0.0.1:9/b.json?sig=SECRET", cache=cache, wheel=False)
    with pytest.raises(UnreachableError) as caught:
        prompts.get("greet@production")
    assert "SECRET" not in f"{caught.value} {caught.value.hint} {prompts.last_error}"


@pytest.mark.skipif(os.name == "nt", reason="no such permissions")
def test_the_copy_is_the_users_alone(web, cache):
    loader(web, cache).get("greet@production")
    assert wait_until(lambda: list(cache.glob("*.bundle")))
    copy = next(cache.glob("*.bundle"))
    assert copy.stat().st_mode & 0o777 == 0o600
    assert cache.stat().st_mode & 0o077 == 0
    assert [path.name for path in cache.iterdir()] == [copy.name]


def spoil_flip(path):
    data = bytearray(path.read_bytes())
    data[-100] ^= 1
    path.write_bytes(data)


def spoil_mode(path):
    path.chmod(0o666)


def spoil_link(path):
    real = path.with_name("real")
    path.rename(real)
    path.symlink_to(real)


def spoil_empty(path):
    path.write_bytes(b"")


@pytest.mark.skipif(os.name == "nt", reason="no such permissions")
@pytest.mark.parametrize("spoil", [spoil_flip, spoil_mode, spoil_link, spoil_empty])
def test_a_copy_that_is_not_whole_or_not_ours_is_no_copy(spoil, web, cache):
    loader(web, cache).get("greet@production")
    assert wait_until(lambda: list(cache.glob("*.bundle")))
    spoil(next(cache.glob("*.bundle")))
    assert loader(web, cache).get("greet@production").version == "1.0.0"
    assert len(web.asked) == 2
    assert "If-None-Match" not in web.asked[1][1]


def test_a_folder_that_cannot_be_written_is_no_error(web, tmp_path):
    (tmp_path / "file").write_text("")
    for cache in (tmp_path / "file" / "below", False):
        assert loader(web, cache).get("greet@production").version == "1.0.0"


def test_many_threads_at_the_start_make_one_request(web, cache):
    web.answer = replies(body=web.body, pause_s=0.01)
    prompts = loader(web, cache)
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(prompts.get("greet@production").version)) for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert found == ["1.0.0"] * 12
    assert len(web.asked) == 1
