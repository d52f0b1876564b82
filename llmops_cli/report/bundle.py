"""A bundle → its file: the same bytes for the same releases and labels, whatever the machine, the day or the order."""

import json

from llmops_cli.model.bundle import SCHEMA, Bundle, body, seal
from llmops_cli.report.sanitize import terminal


def encode(bundle: Bundle) -> bytes:
    """Return the bundle as one line of JSON that begins with its schema and its seal, and ends with a newline."""
    content = body(bundle)
    document = {"schema": SCHEMA, "sha256": seal(content), **content}
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    # Half of a surrogate pair has no UTF-8: it stays the escape that it was.
    return text.encode("utf-8", "backslashreplace") + b"\n"


def text(bundle: Bundle) -> str:
    """Return what is in a bundle, in a line for people."""
    releases = sum(len(versions) for versions in bundle.prompts.values())
    labels = ", ".join(sorted(bundle.labels)) or "none"
    counts = f"{_count(len(bundle.prompts), 'prompt')}, {_count(releases, 'release')}"
    return terminal(f"{counts}, labels: {labels}; sha256:{seal(body(bundle))[:12]}")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
