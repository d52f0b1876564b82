"""A program of the repository as the model: a stand-in, or a bridge to a model that nothing else here can reach.

Use it by naming the model `command/<path>`; `exec:` in llmops.yaml must name the path. The program gets one JSON object
on stdin, `{"model", "messages", "params", "tools", "response_format", "repeat", "prompt", "case"}`, and writes one to
stdout: `{"text"}`, and if it likes `"tool_calls": [{"name", "arguments"}]`, `"finish_reason"`, `"refusal"`, `"model"`,
`"usage": {"input_tokens", "output_tokens"}`, or instead `{"error": {"message", "kind"?, "code"?}}` with the kind
`retryable`, `case` (default) or `run`.

By default a process answers one request. Where one of the first two lines of the file holds `llmops: lines`, processes
stay and answer one line of JSON with one line of JSON, until their input ends: that saves the start of an interpreter
for each call. A program runs by its `#!` line, else a `.py` file by this Python, in a private folder, without a shell
and with none of the caller's keys in its environment; on the deadline its whole process group is killed.

Example:
    exec: [examples/standin/model.py]
    models: {standin: {model: command/examples/standin/model.py}}

"""

import json
import threading
import time
import weakref
from collections.abc import Mapping
from typing import Any

from llmops_cli.complete._chat import NoAnswerError, storable, strict_json, tool_call
from llmops_cli.complete._child import LARGEST_OUTPUT, Child, TooMuchOutputError
from llmops_cli.complete._classify import one_line
from llmops_cli.complete._program import Program
from llmops_cli.model.completion import Answer, Completion, Failure, FailureKind, Request, Usage
from llmops_cli.model.ports import Complete
from llmops_cli.model.settings import Route

Json = Any
NO_ENVIRONMENT: Mapping[str, str] = {}
KINDS: Mapping[str, FailureKind] = {"retryable": "retryable", "case": "case", "run": "run"}


def build(route: Route, *, environment: Mapping[str, str] = NO_ENVIRONMENT) -> Complete:
    """Return the program as a provider. Of `environment` only PATH, LANG, LC_ALL and TMPDIR are passed on."""
    try:
        program = Program(route.program, route.program_bytes, environment)
    except (OSError, ValueError) as error:
        failure = Failure("run", "command-not-runnable", one_line(f"{route.program}: {error}"))
        return lambda _: failure
    return _Command(route, program)


class _Command:
    """The program with its idle processes; its calls may come from many threads, each uses one process at a time."""

    def __init__(self, route: Route, program: Program) -> None:
        self._route = route
        self._program = program
        self._lock = threading.Lock()
        self._idle: list[Child] = []
        weakref.finalize(self, _end_all, self._idle)

    def __call__(self, request: Request) -> Answer:
        """Return the program's answer to one request."""
        start = time.monotonic()
        try:
            line = json.dumps(_question(request), allow_nan=False, default=dict).encode() + b"\n"
            answer = self._ask_line(line) if self._program.lines else self._ask_once(line)
            return _answer(strict_json(answer), self._route.model, time.monotonic() - start)
        except _CommandError as error:
            return error.failure
        except NoAnswerError as error:
            return self._failure("case", "invalid-response", f"its answer cannot be used: {error}").failure
        except (ValueError, TypeError, RecursionError) as error:
            return self._failure("case", "bad-request", f"the request cannot be written as JSON: {error}").failure

    def _ask_once(self, line: bytes) -> bytes:
        child = self._start()
        try:
            output = self._exchange(child, line, one_line=False)
            status = child.finish(self._route.timeout_s)
            if status:
                raise self._failure("case", "command-failed", f"exit status {status}{_tail(child)}")
        except TimeoutError:
            raise self._late() from None
        else:
            return output
        finally:
            child.end()

    def _ask_line(self, line: bytes) -> bytes:
        child = self._waiting() or self._start()
        good = False
        try:
            output = self._exchange(child, line, one_line=True)
            if not output.endswith(b"\n"):
                raise self._failure("case", "command-failed", f"it ended without an answer{_tail(child)}")
            good = output.count(b"\n") == 1  # more than asked for would be taken for the next answer
            if not good:
                raise NoAnswerError("it wrote more than one line")
            return output
        finally:
            if good:
                with self._lock:
                    self._idle.append(child)
            else:
                child.end()

    def _waiting(self) -> Child | None:
        """Return a process that waits for a line; those that ended meanwhile are cleared away."""
        while True:
            with self._lock:
                if not self._idle:
                    return None
                child = self._idle.pop()
            if child.alive:
                return child
            child.end()

    def _start(self) -> Child:
        try:
            return Child(self._program)
        except OSError as error:
            raise self._failure("run", "command-not-runnable", error.strerror or str(error)) from error

    def _exchange(self, child: Child, line: bytes, *, one_line: bool) -> bytes:
        try:
            return child.ask(line, one_line=one_line, timeout_s=self._route.timeout_s)
        except TimeoutError:
            raise self._late() from None
        except TooMuchOutputError:
            raise NoAnswerError(f"it wrote more than {LARGEST_OUTPUT // 1024 // 1024} MB") from None

    def _late(self) -> "_CommandError":
        return self._failure("retryable", "timeout", f"no answer within {self._route.timeout_s:g} s")

    def _failure(self, kind: FailureKind, code: str, why: str) -> "_CommandError":
        return _CommandError(Failure(kind, code, one_line(f"{self._route.program}: {why}")))


class _CommandError(Exception):
    """Carries a failure to the call that returns it."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


def _end_all(children: list[Child]) -> None:
    for child in children:
        child.end()


def _tail(child: Child) -> str:
    words = one_line(child.stderr.decode("utf-8", "replace")[-200:])
    return f": {words}" if words else ""


def _question(request: Request) -> dict[str, Json]:
    return {
        "model": request.model,
        "messages": list(request.messages),
        "params": request.params,
        "tools": list(request.tools),
        "response_format": request.response_format,
        "repeat": request.repeat,
        "prompt": request.prompt,
        "case": request.case,
    }


def _answer(body: Json, model: str, latency_s: float) -> Answer:
    if not isinstance(body, dict):
        raise NoAnswerError("it is no JSON object")
    if "error" in body:
        return _failed(body["error"])
    calls = body.get("tool_calls") or []
    if not isinstance(calls, list) or not all(isinstance(call, dict) for call in calls):
        raise NoAnswerError("tool_calls is no list of objects")
    if "text" not in body and not calls:
        raise NoAnswerError("it has neither text nor tool_calls")
    return Completion(
        text=storable(body.get("text", "")),
        tool_calls=tuple(tool_call(call.get("name"), call.get("arguments")) for call in calls),
        finish_reason=storable(body.get("finish_reason") or "stop"),
        refusal=storable(body.get("refusal") or ""),
        model=storable(body.get("model") or model),
        usage=_usage(body.get("usage")),
        latency_s=latency_s,
    )


def _failed(error: Json) -> Failure:
    said = error if isinstance(error, dict) else {"message": error}
    kind = KINDS.get(str(said.get("kind")), "case")
    return Failure(kind, one_line(str(said.get("code") or "command-failed")), one_line(str(said.get("message") or "")))


def _usage(value: Json) -> Usage:
    if value is None:
        return Usage()
    counts = [value.get(key) for key in ("input_tokens", "output_tokens")] if isinstance(value, dict) else ["?"]
    if not all(count is None or (isinstance(count, int) and count >= 0) for count in counts):
        raise NoAnswerError("usage holds no numbers of tokens")
    return Usage(*counts)
