"""What looks like a key or a token in a prompt's text.

Why:
    A committed secret is public for all who can read the repository or its history, and it is sent to the model's
    provider with each call. Revoke it, then remove it.

Bad:
    template: "Use the key sk-ant-api03-…(40 more characters)"

Good:
    template: "Use the key YOUR_API_KEY"
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from llmops_cli.check.place import Place, files, problem
from llmops_cli.model.problem import Problem, Subject
from llmops_cli.model.source import Source

KINDS = {
    "anthropic": r"sk-ant-[A-Za-z0-9_-]{20,}",
    "openai": r"sk-(?!ant-)[A-Za-z0-9_-]{20,}",
    "aws": r"(?:AKIA|ASIA)[0-9A-Z]{16}(?![0-9A-Z])",
    "github": r"gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}",
    "gitlab": r"glpat-[A-Za-z0-9_-]{20,}",
    "slack": r"xox[abeoprs]-[A-Za-z0-9-]{10,}",
    "google": r"AIza[0-9A-Za-z_-]{35}",
    "huggingface": r"hf_[A-Za-z0-9]{30,}",
    "stripe": r"[rs]k_live_[A-Za-z0-9]{20,}",
    "jwt": r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}",
}
KEY = re.compile("(?<![A-Za-z0-9_-])(?:" + "|".join(f"(?P<{kind}>{shape})" for kind, shape in KINDS.items()) + ")")
PRIVATE = re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----(?=(?:\s|\\n)*[A-Za-z0-9+/=]{16})")
PLACEHOLDER = re.compile(r"(?i)x{4}|0{6}|your|example|placeholder|redacted|dummy|sample|changeme|12345678|abcdefgh")
MIN_DISTINCT = 8
SHOWN = 6


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a problem for each secret, with all but its first characters hidden."""
    for path, lines in files(subject):
        text = "\n".join(lines)
        for match in KEY.finditer(text):
            if not _is_placeholder(match.group()):
                yield _problem(lines, path, _offset(text, match.start()), match.group(), f"{match.lastgroup} key")
        for match in PRIVATE.finditer(text):
            yield _problem(lines, path, _offset(text, match.start()), match.group(), "private key")


def _is_placeholder(text: str) -> bool:
    plain = not any(sign.isdigit() for sign in text) or not any(sign.isalpha() for sign in text[4:])
    return plain or len(set(text[3:])) < MIN_DISTINCT or PLACEHOLDER.search(text) is not None


def _offset(text: str, start: int) -> tuple[int, int]:
    return text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)


def _problem(lines: Sequence[str], path: str, at: tuple[int, int], secret: str, kind: str) -> Problem:
    line, column = at
    hidden = secret[:SHOWN] + "*" * (len(secret) - SHOWN)
    place = Place(Source(path, line, column), lines[line - 1].replace(secret, hidden))
    message = f"this looks like a secret ({kind})"
    hint = "revoke it, then take it out; prompts are committed and sent to providers"
    found = problem("LP040", "secret-in-text", "error", place, message, hint=hint, width=len(secret))
    return replace(found, excerpt=KEY.sub(_hide, found.excerpt))


def _hide(match: re.Match[str]) -> str:
    text = match.group()
    return text[:SHOWN] + "*" * (len(text) - SHOWN)
