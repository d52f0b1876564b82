"""An id that is not the file's path below the prompts folder.

Why:
    Whoever reads `billing/extract-invoice` in a log finds `prompts/billing/extract-invoice.yaml` without a search, and
    two files cannot claim one id.

Bad:
    prompts/invoice.yaml:   id: billing/extract-invoice

Good:
    prompts/billing/extract-invoice.yaml:   id: billing/extract-invoice
"""

from collections.abc import Iterator

from llmops_cli.check.place import SUFFIX, of_value, problem
from llmops_cli.model.problem import Problem, Subject


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a problem if neither the id nor the id with its version in it is the path."""
    said = subject.raw.get("id")
    if not isinstance(said, str):
        return
    stem = SUFFIX.sub("", subject.prompt.source.path)
    below = stem.startswith(f"{subject.folder}/") if subject.folder else False
    expected = stem.removeprefix(f"{subject.folder}/") if below else stem
    for name in (said, subject.prompt.id):
        if expected == name or (not below and stem.endswith(f"/{name}")):
            return
    suffix = subject.prompt.source.path[len(stem) :]
    message = f"the id {said} differs from the file's path {expected}"
    hint = f"rename the file to {subject.prompt.id}{suffix} below the prompts folder, or write `id: {expected}`"
    place = of_value(subject, "id")
    yield problem("LP023", "id-differs-from-path", "warning", place, message, hint=hint, width=len(said))
