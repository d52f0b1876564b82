"""One conditional GET of a bundle: https, or http on this machine; one host, no compression, a size and a deadline."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from ipaddress import ip_address
from urllib.parse import SplitResult, urljoin, urlsplit
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request

from llmops_cli.errors import UsageError
from llmops_cli.load.bundle import MAX_BYTES
from llmops_cli.runtime.errors import UnreachableError

CHUNK = 64 * 1024
MAX_HOPS = 3
LONGEST = 120
HINT = "the last good copy is served until it answers, where there is one"
PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Page:
    """What a server answered: the body, and by what it is asked for next time."""

    body: bytes
    etag: str = ""
    modified: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of a server; `etag` and `modified` are those of the page that we have."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = 5.0
    etag: str = ""
    modified: str = ""


def check_url(url: str) -> None:
    """Raise `UsageError` for a URL that is not https (or http on this machine), or has a password in it."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _origin(parts)
    except ValueError as error:
        raise UsageError(f"no URL: {error}", where="url") from error
    if not parts.scheme or not host:
        hint = "https://HOST/prompts.bundle.json; a file on this machine is bundle=…"
        raise UsageError("this is no URL: it does not begin with https:// and a host", where="url", hint=hint)
    if parts.username is not None or parts.password is not None:
        raise UsageError("the URL has a password in it", where="url", hint="headers={'Authorization': …}")
    if parts.scheme not in PORTS or (parts.scheme == "http" and not is_loopback(host)):
        hint = "https://…; http only for this machine"
        raise UsageError(f"{shown(url)} is not https", where="url", hint=hint)


def shown(url: str) -> str:
    """Return a URL for messages: without the query, which may hold a signature."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine by its name or number alone."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def fetch(wish: Wish) -> Page | None:
    """Return the page; None where it is still the one that we have. Raises `UnreachableError` for anything else."""
    end = time.monotonic() + wish.timeout_s
    url = wish.url
    try:
        for _ in range(MAX_HOPS + 1):
            with _open(wish, url) as response:
                if response.status not in (301, 302, 303, 307, 308):
                    return _page(response, wish, end)
                url = _next(url, response.headers.get("Location", ""))
    except (OSError, HTTPException, ValueError) as error:
        reason = _plain(str(error)) or type(error).__name__
        raise UnreachableError(f"cannot be fetched: {reason}", where=shown(wish.url), hint=HINT) from error
    raise UnreachableError(f"more than {MAX_HOPS} redirects", where=shown(wish.url), hint=HINT)


def _open(wish: Wish, url: str) -> HTTPResponse:
    request = Request(url, headers={"Accept": "application/json", "User-Agent": "llmops", **wish.headers})  # noqa: S310 - checked by `check_url`
    # After the caller's, so that none of them asks for what is refused below.
    request.add_header("Accept-Encoding", "identity")
    if wish.etag:
        request.add_header("If-None-Match", wish.etag)
    elif wish.modified:
        request.add_header("If-Modified-Since", wish.modified)
    opener = OpenerDirector()  # knows no file:, ftp: or data:, and follows nothing by itself
    proxies: dict[str, str] | None = {} if is_loopback(urlsplit(url).hostname or "") else None
    for handler in (ProxyHandler(proxies), HTTPHandler(), HTTPSHandler()):
        opener.add_handler(handler)
    response = opener.open(request, timeout=wish.timeout_s)
    assert isinstance(response, HTTPResponse)
    return response


def _plain(text: str) -> str:
    """Return a text as a short line: http.client repeats what the server said, whatever it was."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"


def _next(url: str, location: str) -> str:
    target = urljoin(url, location)
    if not location or _origin(urlsplit(target)) != _origin(urlsplit(url)):
        raise UnreachableError(
            "redirects to another host, and that is not followed", where=shown(url), hint="configure that URL itself"
        )
    return target


def _origin(parts: SplitResult) -> tuple[str, str, int]:
    return parts.scheme, (parts.hostname or "").lower(), parts.port or PORTS.get(parts.scheme, 0)


def _page(response: HTTPResponse, wish: Wish, end: float) -> Page | None:
    where = shown(wish.url)
    if response.status == 304 and (wish.etag or wish.modified):  # noqa: PLR2004 - Not Modified
        return None
    if response.status != 200:  # noqa: PLR2004 - OK
        raise UnreachableError(f"answers {response.status}", where=where, hint=HINT)
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnreachableError("answers compressed, though it was asked not to", where=where, hint=HINT)
    length = response.length
    body = bytearray()
    while chunk := response.read1(CHUNK):
        body += chunk
        if len(body) > MAX_BYTES:
            raise UnreachableError(f"answers more than {MAX_BYTES // 2**20} MiB", where=where, hint=HINT)
        if time.monotonic() > end:
            raise UnreachableError(f"takes longer than {wish.timeout_s:g} s", where=where, hint=HINT)
    if length is not None and len(body) != length:
        raise UnreachableError(f"stops after {len(body)} of {length} bytes", where=where, hint=HINT)
    return Page(bytes(body), response.headers.get("ETag", ""), response.headers.get("Last-Modified", ""))
