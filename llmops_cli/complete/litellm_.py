"""Every provider that litellm knows (Anthropic, Bedrock, Vertex, Mistral, …): a model name without an own endpoint.

Needs `pip install 'llmops-cli[live]'`. Keys are taken from the environment variables that litellm names for a provider.
litellm is imported at the first call only, after its switches are set: no `.env`, no download of prices, no callbacks,
no retries of its own, nothing on stdout.

Example:
    model: claude-sonnet-4-6

"""

import os
import queue
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from llmops_cli.complete._chat import NoAnswerError, answer, request_body, strict_json
from llmops_cli.complete._classify import Refusal, from_status, from_words, one_line, refusal_in, retry_after_s
from llmops_cli.model.completion import Answer, Failure, FailureKind, Request
from llmops_cli.model.ports import Complete
from llmops_cli.model.settings import Route

Json = Any
SWITCHES = {
    "LITELLM_MODE": "PRODUCTION",  # else a `.env` that somebody committed is loaded
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_OFFLINE_MODE": "true",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_LOG": "ERROR",
}
# Any other name might be an argument of litellm's: api_base, headers, mock_response, fallbacks, callbacks, …
SAMPLING = (
    *("temperature", "top_p", "top_k", "min_p", "seed", "stop", "n", "max_tokens", "max_completion_tokens"),
    *("presence_penalty", "frequency_penalty", "repetition_penalty", "logit_bias", "logprobs", "top_logprobs"),
)
ASKING = (
    *("reasoning_effort", "verbosity", "thinking", "tool_choice", "parallel_tool_calls", "modalities"),
    *("prediction", "service_tier", "user"),
)
PARAMS = frozenset((*SAMPLING, *ASKING))
KEY_NAME = re.compile(r"_(API_KEY|KEY|TOKEN|SECRET_ACCESS_KEY|ACCESS_KEY_ID)$")
CONNECTION = frozenset({"ConnectError", "ConnectTimeout", "ClientConnectorError", "gaierror", "ConnectionRefusedError"})
DEPTH = 10


def build(route: Route) -> Complete:
    """Return litellm as the provider of `route.model`; `route.url` and `route.key` go along where they are given."""
    return _Litellm(route)


class _Litellm:
    """One model through litellm; its calls may come from many threads."""

    def __init__(self, route: Route) -> None:
        self._route = route
        self._lock = threading.Lock()
        self._ready: Callable[..., Json] | Failure | None = None
        self._reached = threading.Event()

    def __call__(self, request: Request) -> Answer:
        """Return the model's answer to one request."""
        call = self._prepared()
        if isinstance(call, Failure):
            return call
        refused = sorted(set(request.params) - PARAMS)
        if refused:
            hint = "remove it from `params:`; or name an endpoint in llmops.yaml, which gets every param as it is"
            return Failure("case", "unsupported-param", one_line(f"params.{refused[0]} is not passed to litellm"), hint)
        start = time.monotonic()
        outcome = _within(self._route.timeout_s, lambda: call(**self._arguments(request)))
        if outcome is None:
            why = f"{self._route.model}: no whole answer within {self._route.timeout_s:g} s"
            return Failure("retryable", "timeout", one_line(why))
        if isinstance(outcome, Exception):
            return self._failure(outcome)
        self._reached.set()
        try:
            body = strict_json(
                outcome.model_dump_json(exclude_none=True, warnings=False).encode("utf-8", "surrogatepass")
            )
        except (NoAnswerError, ValueError):
            body = None
        return answer(body, time.monotonic() - start)

    def _prepared(self) -> Callable[..., Json] | Failure:
        with self._lock:
            if self._ready is None:
                self._ready = _prepare(self._route)
            return self._ready

    def _arguments(self, request: Request) -> dict[str, Json]:
        given = {"api_base": self._route.url, "api_key": self._route.key}
        return request_body(request, self._route.model) | {
            **{name: value for name, value in given.items() if value},
            "timeout": self._route.timeout_s,
            "max_retries": 0,
            "num_retries": 0,
            "stream": False,
            "drop_params": False,
            "caching": False,
        }

    def _failure(self, error: Exception) -> Failure:
        """Return what litellm raised as a record. Its class says little; status, body and cause say more."""
        message = one_line(str(getattr(error, "message", "") or error).removeprefix("litellm."), self._route.key)
        names = {type(cause).__name__ for cause in _causes(error)}
        if names & CONNECTION or "Connection error" in message:
            kind: FailureKind = "retryable" if self._reached.is_set() else "run"
            return Failure(
                kind, "refused-connection", f"{self._route.model}: {message}", "check the network and the proxy"
            )
        self._reached.set()
        if "Missing credentials" in message:
            return _missing_key(self._route.model, ())
        refusal = Refusal(f"{refusal_in(getattr(error, 'body', None)).code} {type(error).__name__}", message)
        status = getattr(error, "status_code", None)
        if not isinstance(status, int) or type(error).__name__ == "JSONDecodeError":
            return from_words(refusal)
        return from_status(status, refusal, retry_after_s=retry_after_s(_headers(error), time.time()))


def _prepare(route: Route) -> Callable[..., Json] | Failure:
    if "://" in route.model:  # litellm reads hosts out of model names; hosts come from llmops.yaml only
        return Failure("run", "unknown-model", "a model's name cannot hold a url", "name a host under `endpoints:`")
    os.environ.update(SWITCHES)
    try:
        import litellm
    except ImportError:
        hint = "pip install 'llmops-cli[live]', or name an endpoint for it in llmops.yaml"
        return Failure(
            "run", "missing-extra", one_line(f"{route.model} is asked through litellm, which is not here"), hint
        )
    litellm.suppress_debug_info = True
    litellm.callbacks = []
    litellm.telemetry = False
    if not route.key:
        missing = _missing(litellm.validate_environment, route.model)
        if missing:
            return _missing_key(route.model, missing)
    return litellm.completion  # type: ignore[no-any-return]  # litellm is untyped here


def _missing(validate: Callable[..., Mapping[str, Json]], model: str) -> tuple[str, ...]:
    with suppress(Exception):  # an unknown provider is for the call to say
        names = validate(model).get("missing_keys") or ()
        return tuple(name for name in names if KEY_NAME.search(name))
    return ()


def _missing_key(model: str, names: tuple[str, ...]) -> Failure:
    what = " and ".join(names) or "the provider's key"
    hint = f"set {what}, or use --mode replay to work from recordings"
    return Failure("run", "missing-key", one_line(f"no key for {model}: {what} is not set"), hint)


def _within(timeout_s: float, call: Callable[[], Json]) -> Json:
    """Return what `call` returns or raises; None if that takes longer.

    litellm's own timeout starts anew with each byte. The thread of a late call is left to end by itself; it does not
    keep the process alive.
    """
    outcome: queue.SimpleQueue[Json] = queue.SimpleQueue()

    def run() -> None:
        try:
            outcome.put(call())
        except Exception as error:  # noqa: BLE001 - the one place where whatever litellm raises becomes a record
            outcome.put(error)

    threading.Thread(target=run, daemon=True, name="llmops-litellm").start()
    with suppress(queue.Empty):
        return outcome.get(timeout=timeout_s)
    return None


def _headers(error: Exception) -> Mapping[str, str]:
    """Return the response's headers, which lie at another place for each provider."""
    for cause in _causes(error):
        for found in (getattr(cause, "litellm_response_headers", None), getattr(cause, "response", None)):
            headers = getattr(found, "headers", found)
            if isinstance(headers, Mapping) and headers:
                return {str(name).lower(): str(value) for name, value in headers.items()}
    return {}


def _causes(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    for _ in range(DEPTH):
        if found is None:
            return
        yield found
        found = found.__cause__ or found.__context__
