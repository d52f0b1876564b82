"""HTTP for other registries: one host, a deadline, capped answers, no way to another host, no secret in an error."""

import http.client
import json
import random
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

from llmops_cli import __version__
from llmops_cli.errors import IncompleteError, UsageError

Json = Any
TIMEOUT_S = 30.0
MAX_BYTES = 32 * 1024 * 1024
ATTEMPTS = 4
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
LOOPBACK = ("127.0.0.1", "::1", "localhost")
REDIRECTS = (301, 302, 303, 307, 308)
AGAIN = (429, 500, 502, 503, 504)
REFUSED = (401, 403)


class RemoteError(IncompleteError):
    """The other registry did not do what was asked. `status` is 0 where it did not answer.

    `unsure`: a request that changes something may or may not have been carried out.
    """

    def __init__(self, message: str, *, where: str = "", hint: str = "", status: int = 0, unsure: bool = False) -> None:
        """Keep what the caller decides by."""
        super().__init__(message, where=where, hint=hint)
        self.status = status
        self.unsure = unsure


@dataclass(frozen=True, slots=True)
class Site:
    """Where a registry is and how it is spoken to. `headers` hold the keys; `keys_from` names where they came from."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    keys_from: str = ""
    timeout_s: float = TIMEOUT_S
    pause_s: float = FIRST_PAUSE_S

    def __repr__(self) -> str:
        """Return the URL: a key must not reach a log."""
        return f"Site({self.url!r})"


class Client:
    """Asks one site. Every error is a `RemoteError` that names the host and no key."""

    def __init__(self, site: Site) -> None:
        """Raises `UsageError` for a URL that would send keys in the clear."""
        self._site = site
        self._parts = urlsplit(site.url)
        self._secrets = sorted({*site.secrets, *site.headers.values()} - {""}, key=len, reverse=True)
        if self._parts.scheme != "https" and self._parts.hostname not in LOOPBACK:
            hint = "write https://; plain http is for 127.0.0.1 and localhost only"
            raise UsageError(f"{self.host} is not asked over plain http", hint=hint)

    @property
    def host(self) -> str:
        """The host and port, for people."""
        return self._parts.netloc.rpartition("@")[2]

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Json:
        """Return the JSON at a path; None for 404. Raises `RemoteError`."""
        asked = f"{path}?{urlencode(query)}" if query else path
        return self._tried("GET", asked, None)

    def send(self, method: str, path: str, body: Json) -> Json:
        """Return the JSON answer to a change. Raises `RemoteError`, `unsure` where it may have been carried out."""
        return self._tried(method, path, json.dumps(body, ensure_ascii=False, allow_nan=False).encode("utf-8"))

    def _tried(self, method: str, path: str, body: bytes | None) -> Json:
        end = time.monotonic() + 4 * self._site.timeout_s
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._once(method, path, body)
            except RemoteError as error:
                pause_s = self._pause_s(error, attempt, method)
                if pause_s is None or time.monotonic() + pause_s > end:
                    raise
                time.sleep(pause_s)
        raise AssertionError("the last attempt returns or raises")

    def _pause_s(self, error: RemoteError, attempt: int, method: str) -> float | None:
        """Return how long to wait before the next try; None for no other try.

        A change is only repeated where the registry surely has not carried it out: 429, or no connection.
        """
        again = error.status in AGAIN or not error.status
        sure = method == "GET" or error.status == http.client.TOO_MANY_REQUESTS or not error.unsure
        if attempt == ATTEMPTS or not again or not sure:
            return None
        asked = getattr(error, "retry_after_s", 0.0)
        pause_s = min(self._site.pause_s * 2.0 ** (attempt - 1), LONGEST_PAUSE_S) * random.uniform(0.5, 1.0)  # noqa: S311 - spreads callers
        return max(pause_s, asked)

    def _once(self, method: str, path: str, body: bytes | None) -> Json:
        connection = self._connection()
        over = threading.Event()
        # A socket's own timeout starts anew with each byte: this ends an answer that only drips.
        watch = threading.Timer(self._site.timeout_s, lambda: _shut(connection, over))
        watch.daemon = True
        sent = False
        try:
            watch.start()
            connection.connect()
            target = f"{self._parts.path.rstrip('/')}{path}"
            connection.request(method, target, body=body, headers=self._headers(body))
            sent = True
            response = connection.getresponse()
            data = response.read(MAX_BYTES + 1)
        except (OSError, http.client.HTTPException, ValueError) as error:
            what = (
                f"no answer within {self._site.timeout_s:g} s" if over.is_set() else self._plain(str(error) or "gone")
            )
            hint = "is it running, and does llmops.yaml name the right URL?"
            raise RemoteError(what, where=self.host, hint=hint, unsure=sent) from None
        finally:
            watch.cancel()
            connection.close()
        return self._answer(response, data, changes=method != "GET")

    def _headers(self, body: bytes | None) -> dict[str, str]:
        own = {"Accept": "application/json", "User-Agent": f"llmops/{__version__}", "Accept-Encoding": "identity"}
        typed = {"Content-Type": "application/json"} if body is not None else {}
        return {**own, **typed, **self._site.headers}

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        secure = self._parts.scheme == "https"
        proxy = getproxies().get(self._parts.scheme, "") if not proxy_bypass(host) and host not in LOOPBACK else ""
        timeout = self._site.timeout_s
        through = urlsplit(proxy if "://" in proxy else f"http://{proxy}") if proxy else None
        if through is not None and secure:
            made = http.client.HTTPSConnection(
                through.hostname or "", through.port or 80, timeout=timeout, context=ssl.create_default_context()
            )
            made.set_tunnel(host, port or 443)
            return made
        if secure:
            return http.client.HTTPSConnection(host, port, timeout=timeout, context=ssl.create_default_context())
        return http.client.HTTPConnection(host, port, timeout=timeout)

    def _answer(self, response: http.client.HTTPResponse, data: bytes, *, changes: bool) -> Json:
        status = response.status
        if len(data) > MAX_BYTES:
            raise RemoteError("the answer is larger than 32 MiB", where=self.host, status=-1, unsure=changes)
        if status == http.client.NOT_FOUND and not changes:
            return None
        if http.client.OK <= status < http.client.MULTIPLE_CHOICES:
            return self._json(data, status, changes=changes)
        raise self._error(response, data, changes=changes)

    def _json(self, data: bytes, status: int, *, changes: bool) -> Json:
        if not data.strip():
            return {}
        try:
            return json.loads(data)
        except (ValueError, RecursionError):
            hint = "does the URL in llmops.yaml end where the API begins? A page for people answered"
            kind = "HTML" if data.lstrip()[:1] == b"<" else "no JSON"
            message = f"the answer is {kind}, not JSON" if kind == "HTML" else "the answer is no JSON"
            raise RemoteError(message, where=self.host, hint=hint, status=-status, unsure=changes) from None

    def _error(self, response: http.client.HTTPResponse, data: bytes, *, changes: bool) -> RemoteError:
        status = response.status
        said = self._said(data)
        if status in REDIRECTS:
            target = urlsplit(response.headers.get("Location", "")).netloc.rpartition("@")[2] or "another path"
            hint = "name the final URL in llmops.yaml, under `remotes:`"
            message = f"it sends us on to {target}: keys are not taken there"
            return RemoteError(message, where=self.host, hint=hint, status=status)
        if status in REFUSED:
            hint = f"check {self._site.keys_from or 'the keys that llmops.yaml names under `remotes:`'}"
            word = "does not know the key" if status == http.client.UNAUTHORIZED else "does not allow this with the key"
            return RemoteError(f"HTTP {status}: it {word}{said}", where=self.host, hint=hint, status=status)
        unsure = changes and status >= http.client.INTERNAL_SERVER_ERROR
        error = RemoteError(f"HTTP {status}{said}", where=self.host, status=status, unsure=unsure)
        error.retry_after_s = _seconds(response.headers.get("Retry-After", ""))  # type: ignore[attr-defined]
        return error

    def _said(self, data: bytes) -> str:
        """Return what an error's body says, in a line; nothing of a page."""
        try:
            value = json.loads(data)
        except (ValueError, RecursionError):
            return ""
        inner = value if isinstance(value, Mapping) else {}
        text = next((inner[key] for key in ("message", "error", "detail") if isinstance(inner.get(key), str)), "")
        return f": {self._plain(text)[:300]}" if text else ""

    def _plain(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return " ".join(text.split())


def segment(name: str) -> str:
    """Return a name as one segment of a path."""
    return quote(name, safe="")


def _seconds(said: str) -> float:
    return min(float(said), LONGEST_PAUSE_S) if said.isdecimal() and len(said) < 10 else 0.0  # noqa: PLR2004 - a date says nothing


def _shut(connection: http.client.HTTPConnection, over: threading.Event) -> None:
    over.set()
    sock = connection.sock
    if sock is not None:
        import contextlib
        import socket

        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
