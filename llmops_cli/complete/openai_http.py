"""Any server that speaks the chat-completions protocol, over pooled keep-alive connections.

Use it by naming a host under `endpoints:` in llmops.yaml; a model `<endpoint>/<name>` is then asked there.
The deadline (`timeout`, default 120 s) covers the whole call. Redirects are never followed, a body above 16 MB or a
compressed one is refused, and the key stands in the Authorization header only.

Example:
    endpoints:
      openai: {url: https://api.openai.com/v1, key_env: OPENAI_API_KEY}

"""

import http.client
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from llmops_cli.complete._chat import NoAnswerError, answer, invalid, request_body, strict_json
from llmops_cli.complete._classify import REDIRECTS, Refusal, from_status, one_line, refusal_in, retry_after_s
from llmops_cli.complete._connection import Connection, Deadline, Origin, Pool, ProxyError
from llmops_cli.complete._proxy import proxy_for
from llmops_cli.model.completion import Answer, Failure, Request
from llmops_cli.model.ports import Complete
from llmops_cli.model.settings import Route

URL = re.compile(r"[!-\"$->@-~]+")  # no space, no `?`, no `#`
LARGEST_BODY = 16 * 1024 * 1024
UNREACHED = ("refused-connection", "dns", "tls", "proxy", "unreachable")
NO_PROXIES: Mapping[str, str] = {}


def build(route: Route, *, proxies: Mapping[str, str] = NO_PROXIES) -> Complete:
    """Return the provider at `route.url`. `proxies` is what `urllib.request.getproxies()` says."""
    try:
        return _Endpoint(route, proxies)
    except ValueError as error:
        failure = _unusable(route, error)
        return lambda _: failure


class _Endpoint:
    """One endpoint with its connections; its calls may come from many threads."""

    def __init__(self, route: Route, proxies: Mapping[str, str]) -> None:
        parts = urlsplit(route.url)
        if (
            parts.scheme not in ("http", "https")
            or not parts.hostname
            or parts.username
            or not URL.fullmatch(route.url)
        ):
            raise ValueError("the url is not of the form https://host/path")
        proxy = proxy_for(parts.scheme, parts.hostname, proxies)
        context = ssl.create_default_context() if parts.scheme == "https" else None
        port = parts.port or (443 if context else 80)
        self._route = route
        self._pool = Pool(Origin(parts.hostname, port, context, proxy))
        path = f"{parts.path.rstrip('/')}/chat/completions"
        forwarded = proxy is not None and context is None  # plain http goes through a proxy by its full address
        self._target = f"http://{parts.netloc}{path}" if forwarded else path
        self._headers = _headers(route, proxy.authorization if proxy and forwarded else "")
        self._reached = threading.Event()  # set once any answer came: the host exists, so a later refusal may pass

    def __call__(self, request: Request) -> Answer:
        """Return the model's answer to one request."""
        if self._route.key_env and not self._route.key:
            return _missing_key(self._route)
        try:
            body = json.dumps(request_body(request, self._route.model), allow_nan=False, default=dict).encode()
        except (ValueError, TypeError, RecursionError) as error:
            return Failure("case", "bad-request", f"the request cannot be written as JSON: {one_line(str(error))}")
        start = time.monotonic()
        try:
            status, headers, data = self._exchange(body)
        except (OSError, http.client.HTTPException, ValueError) as error:
            return self._broken(error)
        self._reached.set()
        return self._read(status, headers, data, time.monotonic() - start)

    def _exchange(self, body: bytes) -> tuple[int, Mapping[str, str], bytes | None]:
        connection = self._pool.take(Deadline(self._route.timeout_s))
        kept = False
        try:
            connection.request("POST", self._target, body, self._headers)
            with connection.getresponse() as response:
                headers = {name.lower(): value for name, value in response.getheaders()}
                data = _content(response, headers)
                kept = data is not None and response.isclosed() and connection.sock is not None
            return response.status, headers, data
        finally:
            self._settle(connection, kept=kept)

    def _settle(self, connection: Connection, *, kept: bool) -> None:
        if kept:
            self._pool.give(connection)
        else:
            connection.close()

    def _read(self, status: int, headers: Mapping[str, str], data: bytes | None, latency_s: float) -> Answer:
        try:
            body = strict_json(data) if data is not None else None
        except NoAnswerError as error:
            if status == http.HTTPStatus.OK:
                return invalid(str(error))
            body = None
        if status == http.HTTPStatus.OK:
            too_much = f"it is compressed, or larger than {LARGEST_BODY // 1024 // 1024} MB"
            return invalid(too_much) if data is None else self._cleaned(answer(body, latency_s))
        wait_s = retry_after_s(headers, time.time())
        refusal = refusal_in(body)
        if status in REDIRECTS:
            refusal = Refusal("", one_line(f"redirect to {urlsplit(headers.get('location', '')[:500]).netloc}"))
        return self._cleaned(from_status(status, refusal, retry_after_s=wait_s))

    def _cleaned(self, found: Answer) -> Answer:
        """Return the answer; a failure's message without the key, which some providers repeat."""
        if isinstance(found, Failure) and self._route.key and self._route.key in found.message:
            message = one_line(found.message, self._route.key)
            return Failure(found.kind, found.code, message, found.hint, found.retry_after_s)
        return found

    def _broken(self, error: Exception) -> Failure:
        host = self._route.identity or urlsplit(self._route.url).hostname
        if isinstance(error, TimeoutError):
            return Failure("retryable", "timeout", f"{host}: no whole answer within {self._route.timeout_s:g} s")
        code, why = _breakage(error)
        first = code in UNREACHED and not self._reached.is_set()
        hint = "check the endpoint's url in llmops.yaml, the network and the proxy" if first else ""
        return Failure("run" if first else "retryable", code, one_line(f"{host}: {why}", self._route.key), hint)


def _headers(route: Route, proxy_authorization: str) -> dict[str, str]:
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": "llmops",
    }
    key = route.key.strip()
    if key:
        if not key.isascii() or not key.isprintable():
            raise ValueError(f"the key in {route.key_env} holds characters that no key has")
        headers["Authorization"] = f"Bearer {key}"
    if proxy_authorization:
        headers["Proxy-Authorization"] = proxy_authorization
    return headers


def _content(response: http.client.HTTPResponse, headers: Mapping[str, str]) -> bytes | None:
    """Return the whole body, None where it is compressed or too large. Raises `IncompleteRead` for half a body."""
    if headers.get("content-encoding", "identity").lower() not in ("", "identity"):
        return None  # we asked for none; a bomb is small on the wire
    if (response.length or 0) > LARGEST_BODY:
        return None
    data = response.read(LARGEST_BODY + 1)
    if len(data) > LARGEST_BODY:
        return None
    if response.length:  # http.client says nothing when a counted body ends early
        raise http.client.IncompleteRead(data, response.length)
    response.read()  # the end of a chunked body, so that the connection can be used again
    return data


def _breakage(error: Exception) -> tuple[str, str]:
    if isinstance(error, socket.gaierror | UnicodeError):
        return "dns", "the host's name cannot be resolved"
    if isinstance(error, ConnectionRefusedError):
        return "refused-connection", "nothing answers there (connection refused)"
    if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):
        reason = error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else error.reason
        return "tls", f"no trusted TLS connection: {reason}"
    table: tuple[tuple[type[Exception], str, str], ...] = (
        (http.client.RemoteDisconnected, "connection", "the connection was closed without an answer"),
        (http.client.IncompleteRead, "connection", "the connection was closed in the middle of the answer"),
        (ssl.SSLEOFError, "connection", "the connection was closed in the middle of a TLS record"),
        (http.client.HTTPException, "invalid-response", f"no valid HTTP ({type(error).__name__})"),
        (ProxyError, "proxy", str(error)),
        (ConnectionError, "connection", "the connection was reset"),
        (OSError, "unreachable", str(error)),
    )
    return next(
        ((code, why) for kind, code, why in table if isinstance(error, kind)), ("invalid-response", "no valid HTTP")
    )


def _missing_key(route: Route) -> Failure:
    hint = f"set the environment variable {route.key_env}, or use --mode replay to work from recordings"
    return Failure("run", "missing-key", f"no key for {route.identity}: {route.key_env} is not set", hint)


def _unusable(route: Route, error: ValueError) -> Failure:
    hint = "correct the endpoint in llmops.yaml, or the environment variable of its key or proxy"
    return Failure("run", "bad-endpoint", f"endpoint {route.identity}: {error}", hint)
