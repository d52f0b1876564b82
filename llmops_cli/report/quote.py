"""Foreign text on one line of a log that people read and a CI runner parses."""

import shlex

from llmops_cli.report.sanitize import clip, line, workflow

NAME_LIMIT = 120
QUOTE_LIMIT = 60


def word(text: str, limit: int = NAME_LIMIT) -> str:
    """Return a name or a sentence of foreign origin: one line, clipped, nothing that a terminal or a runner obeys."""
    return workflow(line(clip(text, limit)))


def quoted(text: str, limit: int = QUOTE_LIMIT) -> str:
    """Return foreign text in double quotes."""
    return f'"{word(text, limit)}"'


def argument(text: str) -> str:
    """Return a name as one argument of a command that people copy into a shell."""
    return shlex.quote(word(text))
