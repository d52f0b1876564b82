"""What tests stand on: a model server on loopback that answers, or misbehaves, as a function says."""

import contextlib
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

Answer = Callable[[dict[str, Any]], "str | Reply"]


@dataclass(frozen=True, slots=True)
class Reply:
    """How to answer one request. `body` None is a good chat completion with `text`; `chunks` are sent without a length.

    `delay_s` passes before the first byte. `drip_s` passes before each byte of what `drip` names. `close` drops the
    connection: "before" any byte, in the "middle" of the body; "reset" does so with a TCP reset. `raw` replaces all.
    """

    text: str = "ok"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    chunks: Iterable[bytes] | None = None
    raw: bytes | None = None
    delay_s: float = 0.0
    drip_s: float = 0.0
    drip: str = "body"
    close: str = ""


def chat(text: str | None, *, model: str = "served-model", **more: Any) -> dict[str, Any]:
    """Return the body of a good chat completion. `more` goes into the message, but for finish_reason and usage."""
    finish = more.pop("finish_reason", "stop")
    usage = more.pop("usage", {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10})
    message = {"role": "assistant", "content": text, **more}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return {"id": "chatcmpl-1", "object": "chat.completion", "model": model, "choices": [choice], "usage": usage}


def last_text(body: dict[str, Any]) -> str:
    """Return the text of the last message of a request."""
    return str(body["messages"][-1]["content"])


class ModelServer:
    """A real HTTP server in threads: `with ModelServer(answer) as server`. Without `answer` it echoes the last message.

    `url` ends in /v1; `requests` are the bodies received, `heads` their request lines and headers; `connections`
    counts accepted connections; `most_at_once` is the largest number of requests that were open together.
    """

    def __init__(self, answer: Answer = last_text, *, tls: ssl.SSLContext | None = None) -> None:
        self.answer = answer
        self.requests: list[dict[str, Any]] = []
        self.heads: list[tuple[str, dict[str, str]]] = []
        self.connections = 0
        self.most_at_once = 0
        self._tls = tls
        self._open = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._sockets: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = int(self._listener.getsockname()[1])
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        with self._lock:
            sockets = [self._listener, *self._sockets]
        for each in sockets:
            _shut(each)
        for thread in self._threads:
            thread.join(10)
        self._listener.close()

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        with self._lock:
            self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                self._sockets.add(connection)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        stream = connection
        try:
            if self._tls:
                stream = self._tls.wrap_socket(connection, server_side=True)
                with self._lock:
                    self._sockets.add(stream)
            with stream, stream.makefile("rb") as incoming:
                while not self._stop.is_set() and self._one(stream, incoming):
                    pass
        except (OSError, ValueError):
            pass  # the client went away, which is what many tests are about
        finally:
            connection.close()
            with self._lock:
                self._sockets -= {connection, stream}

    def _one(self, stream: socket.socket, incoming: Any) -> bool:
        line = incoming.readline().decode("latin-1").strip()
        if not line:
            return False
        headers: dict[str, str] = {}
        while header := incoming.readline().decode("latin-1").strip():
            name, _, value = header.partition(":")
            headers[name.lower()] = value.strip()
        content = incoming.read(int(headers.get("content-length", "0")))
        body = json.loads(content) if content else {}
        with self._lock:
            self.heads.append((line, headers))
            self.requests.append(body)
            self._open += 1
            self.most_at_once = max(self.most_at_once, self._open)
        try:
            answer = self.answer(body)
            return self._send(stream, Reply(text=answer) if isinstance(answer, str) else answer)
        finally:
            with self._lock:
                self._open -= 1

    def _send(self, stream: socket.socket, reply: Reply) -> bool:
        self._stop.wait(reply.delay_s)
        if reply.close in ("before", "reset-before"):
            return _drop(stream, reset=reply.close.startswith("reset"))
        if reply.raw is not None:
            stream.sendall(reply.raw)
            return False
        body = json.dumps(chat(reply.text)).encode() if reply.body is None else reply.body
        length = {} if reply.chunks is not None else {"Content-Length": str(len(body))}
        fields = {"Content-Type": "application/json", **length, **reply.headers}
        if reply.chunks is not None:
            fields["Transfer-Encoding"] = "chunked"
        head = f"HTTP/1.1 {reply.status} Reason\r\n" + "".join(f"{key}: {fields[key]}\r\n" for key in fields)
        self._drip(stream, head.encode("latin-1") + b"\r\n", reply.drip_s if reply.drip == "headers" else 0)
        if reply.close:
            stream.sendall(body[: len(body) // 2])
            return _drop(stream, reset=reply.close == "reset")
        for chunk in reply.chunks or ():
            stream.sendall(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            if self._stop.is_set():
                return False
        if reply.chunks is not None:
            body = b"0\r\n\r\n"
        self._drip(stream, body, reply.drip_s if reply.drip == "body" else 0)
        return True

    def _drip(self, stream: socket.socket, data: bytes, pause_s: float) -> None:
        if not pause_s:
            stream.sendall(data)
            return
        for offset in range(len(data)):
            if self._stop.wait(pause_s):
                return
            stream.sendall(data[offset : offset + 1])


def _drop(stream: socket.socket, *, reset: bool) -> bool:
    if reset:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        stream.close()
    return False


def _shut(stream: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it is closed already
        stream.shutdown(socket.SHUT_RDWR)


def wait_until(condition: Callable[[], bool], timeout_s: float = 5.0) -> bool:
    """Return whether the condition came true in time."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.005)
    return condition()
