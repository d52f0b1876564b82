"""HTTP connections that keep one deadline over connect, TLS, send and every read, and a pool that reuses them.

A socket's own timeout starts anew with each byte, so a server that drips headers could hold a thread for ever. Here the
time that is left is set before each system call instead; no watchdog thread is needed. (Name resolution is the
system's and has its own limit.)
"""

import http.client
import io
import select
import socket
import ssl
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from llmops_cli.complete._proxy import Proxy


class ProxyError(OSError):
    """The proxy does not let us through."""


class Deadline:
    """A moment on the monotonic clock."""

    def __init__(self, timeout_s: float) -> None:
        """Set the moment `timeout_s` from now."""
        self.at = time.monotonic() + timeout_s

    def left_s(self) -> float:
        """Return the seconds that are left. Raises `TimeoutError` when there are none."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline has passed")
        return left


class DeadlineSocket:
    """A socket as http.client uses one, whose every operation ends by `deadline`."""

    def __init__(self, raw: socket.socket, deadline: Deadline) -> None:
        """Take over `raw`."""
        self.raw = raw
        self.deadline = deadline

    def sendall(self, data: bytes) -> None:
        """Send all, in the time that is left."""
        view = memoryview(data)
        while view:
            self.raw.settimeout(self.deadline.left_s())
            view = view[self.raw.send(view) :]

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return a reader whose every read is bound by the deadline."""
        assert mode == "rb"
        return io.BufferedReader(_Reader(self), 65536)

    def close(self) -> None:
        """Close; a reader that is still open keeps the bytes coming, as with any socket."""
        self.raw.close()


class _Reader(io.RawIOBase):
    def __init__(self, owner: DeadlineSocket) -> None:
        self._owner = owner
        self._stream = owner.raw.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._owner.raw.settimeout(self._owner.deadline.left_s())
        return self._stream.readinto(buffer)

    def close(self) -> None:
        self._stream.close()
        super().close()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where connections go: the host, its TLS context (None: plain http) and the proxy on the way."""

    host: str
    port: int
    context: ssl.SSLContext | None = None
    proxy: Proxy | None = None


class Connection(http.client.HTTPConnection):
    """One connection to an origin."""

    sock: Any  # a DeadlineSocket

    def __init__(self, origin: Origin, deadline: Deadline) -> None:
        """Connect when first used."""
        super().__init__(origin.host, origin.port)
        self.origin = origin
        self.deadline = deadline

    def connect(self) -> None:
        """Connect, through the proxy and with TLS as the origin says. Raises `OSError`."""
        origin = self.origin
        hop = (origin.proxy.host, origin.proxy.port) if origin.proxy else (origin.host, origin.port)
        raw = _dial(*hop, self.deadline)
        try:
            if origin.context:
                if origin.proxy:
                    _tunnel(raw, origin, self.deadline)
                raw.settimeout(self.deadline.left_s())
                raw = origin.context.wrap_socket(raw, server_hostname=origin.host)
        except BaseException:
            raw.close()
            raise
        self.sock = DeadlineSocket(raw, self.deadline)

    def renew(self, deadline: Deadline) -> None:
        """Use the connection for another call with its own deadline."""
        self.deadline = deadline
        if self.sock:
            self.sock.deadline = deadline

    @property
    def idle(self) -> bool:
        """Whether the server has left the connection open and silent, so that it can be used again."""
        return self.sock is not None and not select.select([self.sock.raw], [], [], 0)[0]


class Pool:
    """Idle connections to one origin, the last used first. Closed with the pool, or at the end of the process."""

    def __init__(self, origin: Origin) -> None:
        """Start empty."""
        self._origin = origin
        self._lock = threading.Lock()
        self._idle: list[Connection] = []
        weakref.finalize(self, _close_all, self._idle)

    def take(self, deadline: Deadline) -> Connection:
        """Return a connection for one call; give it back with `give`, or close it."""
        while True:
            with self._lock:
                found = self._idle.pop() if self._idle else None
            if found is None:
                return Connection(self._origin, deadline)
            if found.idle:
                found.renew(deadline)
                return found
            found.close()

    def give(self, connection: Connection) -> None:
        """Keep a connection whose answer was read to its end."""
        with self._lock:
            self._idle.append(connection)


def _close_all(connections: list[Connection]) -> None:
    for connection in connections:
        connection.close()


def _dial(host: str, port: int, deadline: Deadline) -> socket.socket:
    last: OSError = OSError(f"{host} has no address")
    for raw, address in _sockets(host, port):
        try:
            raw.settimeout(deadline.left_s())
            raw.connect(address)
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            raw.close()
            last = error
        else:
            return raw
    raise last


def _sockets(host: str, port: int) -> Iterator[tuple[socket.socket, Any]]:
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        yield socket.socket(family, kind, protocol), address


def _tunnel(raw: socket.socket, origin: Origin, deadline: Deadline) -> None:
    stream = DeadlineSocket(raw, deadline)
    name = f"[{origin.host}]" if ":" in origin.host else origin.host
    lines = [f"CONNECT {name}:{origin.port} HTTP/1.1", f"Host: {name}:{origin.port}"]
    lines += (
        [f"Proxy-Authorization: {origin.proxy.authorization}"] if origin.proxy and origin.proxy.authorization else []
    )
    stream.sendall("\r\n".join([*lines, "", ""]).encode("ascii"))
    with closing(http.client.HTTPResponse(stream, method="CONNECT")) as response:  # type: ignore[arg-type]  # all it uses
        response.begin()
        if response.status != http.HTTPStatus.OK:
            raise ProxyError(f"the proxy refused the way to {origin.host}: HTTP {response.status}")
