"""A provider's refusal → a Failure, by what another try could change. The one table of "retry classes".

retryable  408 409 425 429 (not quota) 5xx 529, a broken connection, a body that is no answer
case       400 413 422 and other 4xx: this request can never work (context length, content policy, a bad parameter)
run        401 402 403 404 3xx, no quota, unknown model, and a host that cannot be reached at the first contact
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from llmops_cli.model.completion import Failure, FailureKind

LONGEST_RETRY_AFTER_S = 3600.0
LONGEST_MESSAGE = 300
REDIRECTS = range(300, 400)
REFUSALS = range(300, 600)
NOT_FOUND = 404
SERVER_ERROR = 500
RETRYABLE = {408: "timeout", 409: "conflict", 425: "too-early", 429: "rate-limit", 529: "overloaded"}
RUN_FATAL = {401: "auth", 402: "quota", 403: "auth", 404: "not-found", 405: "not-found", 410: "unknown-model"}
HINTS = {
    "auth": "check that the key is valid and may use this model",
    "quota": "the account has no credit left: raise its limit, or use another key",
    "unknown-model": "check the model's name, and that the key may use it",
    "not-found": "check the endpoint's url in llmops.yaml: it usually ends in /v1",
    "redirect": "name the final url in llmops.yaml: a key is never sent where a redirect points",
    "context-length": "shorten the prompt or the case's inputs, or use a model with a larger context",
    "content-filter": "the provider blocked the request itself: change the case, or mark what it is meant to show",
}
QUOTA = re.compile(
    r"insufficient[_ ](quota|funds|balance|credit)|exceeded your current quota|billing[_ ]hard|out of credit"
)
CONTEXT = re.compile(r"context[_ ](length|window)|maximum context|prompt is too long|too many (input )?tokens")
POLICY = re.compile(r"content[_ ](filter|policy|management)|responsible_?ai|safety[_ ]system")
MODEL = re.compile(
    r"model[_ ]not[_ ]found|unknown[_ ]model|invalid[_ ]model|model\b.{0,120}\b(does not exist|not exist)"
)
KEY = re.compile(
    r"invalid[_ ]api[_ ]key|incorrect api key|api key not valid|authentication[_ ]error|missing credentials"
)
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\s]+")


class Refusal(NamedTuple):
    """What a provider said besides its status: the error's code and type, and its message."""

    code: str = ""
    message: str = ""

    @property
    def words(self) -> str:
        """Both in one lower-case text, for the patterns above."""
        return f"{self.code} {self.message}"[:4000].lower()


def from_status(status: int, refusal: Refusal, *, retry_after_s: float | None = None) -> Failure:
    """Return the failure for an HTTP status other than 200 (or for a numeric code inside an error body)."""
    kind, code = _kind(status, refusal.words)
    said = f": {refusal.message}" if refusal.message else ""
    wait_s = retry_after_s if kind == "retryable" else None
    return Failure(kind, code, f"HTTP {status}{said}", HINTS.get(code, ""), wait_s)


def from_words(refusal: Refusal) -> Failure:
    """Return the failure for an error body without a usable status: its words decide, else another try may help."""
    found = _said(refusal.words)
    kind, code = found or ("retryable", "provider-error")
    return Failure(
        kind, code, f"the provider answered with an error: {refusal.message or refusal.code}", HINTS.get(code, "")
    )


def _kind(status: int, words: str) -> tuple[FailureKind, str]:
    if status in REDIRECTS:
        return "run", "redirect"
    if status == NOT_FOUND and "model" in words:
        return "run", "unknown-model"
    if status in RUN_FATAL:
        return "run", RUN_FATAL[status]
    if status >= SERVER_ERROR or status in RETRYABLE:
        # A busy server may talk about anything; only a spent quota makes waiting pointless.
        return ("run", "quota") if QUOTA.search(words) else ("retryable", RETRYABLE.get(status, "server-error"))
    if status < REDIRECTS.start:
        return "retryable", "invalid-response"
    return _said(words) or ("case", "bad-request")


def _said(words: str) -> tuple[FailureKind, str] | None:
    table: tuple[tuple[re.Pattern[str], FailureKind, str], ...] = (
        (QUOTA, "run", "quota"),
        (KEY, "run", "auth"),
        (CONTEXT, "case", "context-length"),
        (POLICY, "case", "content-filter"),
        (MODEL, "run", "unknown-model"),
    )
    return next(((kind, code) for pattern, kind, code in table if pattern.search(words)), None)


def refusal_in(body: Any) -> Refusal:
    """Return what an error body says, wherever this provider keeps it: `error` as object or text, or the top level."""
    if isinstance(body, list) and body:
        body = body[0]  # some answer with a list of one
    error = body.get("error", body) if isinstance(body, Mapping) else body
    if isinstance(error, Mapping):
        code = " ".join(str(error[key]) for key in ("code", "type", "status") if isinstance(error.get(key), str | int))
        message = error.get("message") or error.get("detail") or ""
        return Refusal(one_line(code), one_line(message if isinstance(message, str) else str(message)))
    return Refusal("", one_line(error)) if isinstance(error, str) else Refusal()


def retry_after_s(headers: Mapping[str, str], now_s: float) -> float | None:
    """Return how long the provider asks to wait: seconds, milliseconds or a date; None if it does not say so clearly.

    Never negative, never above an hour: an absurd wish is still a wish to wait.
    """
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = (headers.get(name) or "").strip()[:100]
        if re.fullmatch(r"[0-9]+(\.[0-9]*)?", value):
            return min(float(value) * unit_s, LONGEST_RETRY_AFTER_S)
    try:
        date = parsedate_to_datetime((headers.get("retry-after") or "")[:100])
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    aware = date if date.tzinfo else date.replace(tzinfo=UTC)
    return min(max((aware - datetime.fromtimestamp(now_s, UTC)).total_seconds(), 0.0), LONGEST_RETRY_AFTER_S)


def one_line(text: str, secret: str = "") -> str:
    """Return foreign text fit for a message: one line, no control characters, no secret, cut at 300 characters."""
    if secret:
        text = text.replace(secret, "[key]")
    clean = UNPRINTABLE.sub(" ", text[:4000]).strip().encode("utf-8", "replace").decode()
    return clean if len(clean) <= LONGEST_MESSAGE else clean[:LONGEST_MESSAGE] + "…"
