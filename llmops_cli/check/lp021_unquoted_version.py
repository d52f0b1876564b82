"""A version without quotes, which YAML reads as a number.

Why:
    `1.10` is the number 1.1: two versions become one. Only text keeps its last zero.

Bad:
    version: 1.10

Good:
    version: "1.10.0"
"""

import re
from collections.abc import Iterator

from llmops_cli.check.place import of_value, problem
from llmops_cli.model.problem import Problem, Subject

NUMBER = re.compile(r"[-+0-9.eE]+")


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a problem if the version is a number."""
    version = subject.raw.get("version", "")
    if isinstance(version, str):
        return
    place = of_value(subject, "version")
    written = NUMBER.match(place.excerpt, place.source.column - 1)
    text = written.group() if written else str(version)
    message = f"version {text} is read as the number {version}"
    place = place._replace(exact=written is not None)
    hint = f'quote it: version: "{text}"'
    yield problem("LP021", "unquoted-version", "error", place, message, hint=hint, width=len(text))
