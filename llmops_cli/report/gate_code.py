"""Foreign text as code in the pull request comment, where nothing in it can link, mention, load or close anything."""

import re

from llmops_cli.report.sanitize import clip, markdown_cell, markdown_code

RUNNER = re.compile(r"##(?=\w*\[)")
NAME_LIMIT = 120
TEXT_LIMIT = 300


def code(text: str, limit: int = NAME_LIMIT) -> str:
    """Return a code span of one line."""
    return markdown_code(_unmarked(text, limit))


def cell(text: str) -> str:
    """Return a code span for a cell of a table."""
    return markdown_cell(_unmarked(text, NAME_LIMIT))


def _unmarked(text: str, limit: int) -> str:
    """Return clipped text in which no comment opens (whoever looks for the marker must find ours alone) and no CI
    runner, where the comment is printed to a log, finds a command.
    """
    return RUNNER.sub(r"#\\#", clip(text, limit).replace("<!--", "<! --"))
