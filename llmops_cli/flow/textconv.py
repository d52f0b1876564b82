"""A prompt file on disk → the text that git compares. Never fails: a diff must not break for one bad file."""

from pathlib import Path

from llmops_cli.load.layout import comments
from llmops_cli.load.yaml_ import MAX_BYTES, parse
from llmops_cli.report.textconv import is_prompt, text


def textconv(path: Path) -> bytes:
    """Return the lines of a prompt file; the file as it is, with a first line that says why, where it is none.

    Another YAML file (labels, a schema) is returned as it is. Raises `OSError` where the file cannot be read.
    """
    data = path.read_bytes()
    if not data:
        return data
    if len(data) > MAX_BYTES:
        return _as_it_is(data, "more than 1 MiB")
    document, problems = parse(data, path.name)
    if document is None or problems:
        first = problems[0]
        return _as_it_is(data, f"line {first.source.line}: {' '.join(first.message.split())}")
    if not is_prompt(document.value):
        return data
    source = data.decode("utf-8-sig").replace("\r\n", "\n")
    return text(document.value, comments(source)).encode("utf-8", "surrogatepass")


def _as_it_is(data: bytes, reason: str) -> bytes:
    return f"# llmops: shown as it is, for it cannot be read: {reason}\n".encode("utf-8", "replace") + data
