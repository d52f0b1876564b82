"""Secrets → `[redacted]`, before anything is written."""

import re
from collections.abc import Callable, Sequence
from urllib.parse import quote

from llmops_cli.errors import SettingsError

REDACTED = "[redacted]"
SHORTEST_SECRET = 8  # a shorter value is no key, and replacing it would tear up ordinary text
# Each shape with texts of which one must be there: looking for those first makes redacting ten times as fast.
SHAPES: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("-----BEGIN",),
        r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[A-Za-z0-9+/=\s\\]{0,20000}(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?",
    ),
    (("sk-",), r"\bsk-[A-Za-z0-9_-]{20,}"),  # OpenAI, Anthropic, OpenRouter, DeepSeek
    (
        ("gsk_", "xai-", "pplx-", "csk-", "nvapi-", "tgp_v1_"),
        r"\b(?:gsk_|xai-|pplx-|csk-|nvapi-|tgp_v1_)[A-Za-z0-9_-]{20,}",
    ),
    (("hf_",), r"\bhf_[A-Za-z0-9]{20,}"),  # Hugging Face
    (("r8_", "fw_", "lsv2_"), r"\b(?:r8_|fw_|lsv2_(?:pt|sk)_)[A-Za-z0-9_]{20,}"),  # Replicate, Fireworks, LangSmith
    (("AIza", "ya29."), r"\b(?:AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{20,})"),  # Google
    (("AKIA", "ASIA"), r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),  # AWS
    (("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"\bgh[pousr]_[A-Za-z0-9]{20,}"),  # GitHub
    (("github_pat_", "glpat-"), r"\b(?:github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{20,})"),
    (("xox",), r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),  # Slack
    (("k_live_", "k_test_"), r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}"),  # Stripe
    (("npm_", "pypi-", "dop_v1_"), r"\b(?:npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_-]{40,}|dop_v1_[a-f0-9]{40,})"),
    (("SG.",), r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),  # SendGrid
    (("eyJ",), r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"),  # JSON web token
    (("earer ", "EARER "), r"(?i:\bbearer )[A-Za-z0-9._~+/=-]{20,}"),
    (("://",), r"(?<=://)[^\s/:@]{1,200}:[^\s/@]{1,200}(?=@)"),  # user:password in a URL
)
BUILT_IN = tuple((signs, re.compile(shape)) for signs, shape in SHAPES)


def redactor(patterns: Sequence[str], secrets: Sequence[str]) -> Callable[[str], str]:
    """Return a function that replaces what looks like a key, what a pattern matches, and the secrets themselves.

    `patterns` are regular expressions from llmops.yaml, `secrets` the values of the keys in use. Raises `SettingsError`
    for a pattern that is no regular expression or matches the empty text.
    """
    own = [_compiled(pattern) for pattern in patterns]
    known = {form for secret in secrets for form in (secret.strip(), quote(secret.strip(), safe=""))}
    exact = sorted((form for form in known if len(form) >= SHORTEST_SECRET), key=len, reverse=True)

    def redact(text: str) -> str:
        for secret in exact:
            text = text.replace(secret, REDACTED)
        for signs, shape in BUILT_IN:
            if any(sign in text for sign in signs):
                text = shape.sub(REDACTED, text)
        for pattern in own:
            text = pattern.sub(REDACTED, text)
        return text

    return redact


def _compiled(pattern: str) -> re.Pattern[str]:
    hint = "a regular expression as Python's re module reads it"
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise SettingsError(f"redact: {pattern!r}: {error}", where="llmops.yaml", hint=hint) from error
    if compiled.search(""):
        raise SettingsError(f"redact: {pattern!r} matches everywhere", where="llmops.yaml", hint=hint)
    return compiled
