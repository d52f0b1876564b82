"""An id with a version in it.

Why:
    An id names a prompt for good; a version names one text of it. With both in one name, each edit makes a new prompt
    and its history, eval sets and baselines are lost. The old id keeps resolving as an alias.

Bad:
    id: extract-invoice-v3.2

Good:
    id: extract-invoice
    version: "3.2.0"
"""

from collections.abc import Iterator

from llmops_cli.check.place import of_value, problem
from llmops_cli.model.problem import Problem, Subject


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a problem if the file's id is not the id that was read from it."""
    said, prompt = subject.raw.get("id"), subject.prompt
    if not isinstance(said, str) or said == prompt.id:
        return
    version = f' and `version: "{prompt.version}"`' if prompt.version else ""
    message = f"the id {said} has a version in it; it is read as {prompt.id}"
    hint = f"write `id: {prompt.id}`{version}, with `aliases: [{said}]` for callers of the old name"
    place = of_value(subject, "id")
    yield problem("LP020", "version-in-id", "warning", place, message, hint=hint, width=len(said))
