"""Sampling parameters at the top of the file instead of below `params:`.

Why:
    They are read, for files that came from elsewhere; below `params:` a reader finds all of them at once, and a diff
    shows them as what they are. `llmops validate --fix` moves them; the digest stays.

Bad:
    model: claude-sonnet-4-6
    temperature: 0.1

Good:
    model: claude-sonnet-4-6
    params: {temperature: 0.1}
"""

from collections.abc import Iterator

from llmops_cli.check.place import of_key, problem
from llmops_cli.model.problem import Problem, Subject


def check(subject: Subject) -> Iterator[Problem]:
    """Yield one note for the file, at the first of them."""
    inside = subject.raw.get("params") or {}
    names = [name for name in subject.prompt.params if name in subject.raw and name not in inside]
    if not names:
        return
    first = min(names, key=lambda name: subject.document.where_key(name).line)
    listed = ", ".join(f"{name}: …" for name in names)
    message = f"{' and '.join(names)} {'stands' if len(names) == 1 else 'stand'} at the top of the file"
    hint = f"write `params: {{{listed}}}`; `llmops validate --fix` does it"
    yield problem("LP025", "params-at-the-top", "note", of_key(subject, first), message, hint=hint, width=len(first))
