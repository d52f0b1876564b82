"""The cases of an eval set that a command wants: all valid, filtered, sharded, limited; never none in silence."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from llmops_cli.errors import UsageError
from llmops_cli.load import evalsets as evalset_files
from llmops_cli.model.evalset import Case, EvalSet
from llmops_cli.model.ports import Tree
from llmops_cli.model.problem import InvalidFilesError, Problem
from llmops_cli.model.prompt import digest

Keep = Callable[[Sequence[Case]], Sequence[Case]]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which cases: filters (`tag=x`, `id=x`, `failed@RUN`, `sample:50`) that must all hold, shard i of n, a limit."""

    filters: tuple[str, ...] = ()
    shard: tuple[int, int] | None = None
    limit: int | None = None


def read_cases(tree: Tree, evalset: EvalSet) -> tuple[Case, ...]:
    """Return every case. Raises `InvalidFilesError` with all problems, `UsageError` where there is none."""
    cases: list[Case] = []
    problems: list[Problem] = []
    for item in evalset_files.cases(tree, evalset):
        if isinstance(item, Case):
            cases.append(item)
        else:
            problems.append(item)
    if problems:
        raise InvalidFilesError(problems)
    if not cases:
        hint = 'add a line to it: {"id": "first", "inputs": {…}, "expected": …}'
        raise UsageError(f"eval set {evalset.id} has no cases", where=", ".join(evalset.data), hint=hint)
    return tuple(cases)


def cases_digest(cases: Iterable[Case]) -> str:
    """Return 12 hex digits over the ids and contents of cases, whatever their order."""
    return digest(sorted([case.id, case.digest] for case in cases))[:12]


def select(cases: Sequence[Case], selection: Selection, failed: Callable[[str], Iterable[str]]) -> tuple[Case, ...]:
    """Return the cases that the selection names; `failed` gives the ids of the cases that failed in a run.

    Raises `UsageError` for a filter that says nothing, or that matches nothing.
    """
    kept = list(cases)
    for text in selection.filters:
        kept = _filter(kept, text, failed)
        if not kept:
            raise UsageError(f"the filter {text!r} matches none of {len(cases)} cases", hint=_tags(cases))
    if selection.shard:
        number, count = selection.shard
        kept = [case for case in kept if _place(case.id) % count == number - 1]
    if selection.limit is not None:
        kept = kept[: selection.limit]
    if not kept:
        raise UsageError(f"no case is left of {len(cases)}", hint="check --shard and --limit")
    return tuple(kept)


def _filter(cases: list[Case], text: str, failed: Callable[[str], Iterable[str]]) -> list[Case]:
    if text.startswith("tag="):
        return [case for case in cases if text[4:] in case.tags]
    if text.startswith("id="):
        return [case for case in cases if case.id == text[3:]]
    if text.startswith("failed@"):
        wanted = set(failed(text[7:]))
        return [case for case in cases if case.id in wanted]
    if text.startswith("sample:") and text[7:].isdigit():
        sample = {case.id for case in sorted(cases, key=lambda case: _place(case.id))[: int(text[7:])]}
        return [case for case in cases if case.id in sample]
    raise UsageError(f"unknown filter {text!r}", hint="filters: tag=NAME, id=CASE, failed@RUN, sample:50")


def _place(name: str) -> int:
    """Return a number that only the id decides: shards and samples are stable under edits of other cases."""
    return int.from_bytes(hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:8])


def _tags(cases: Sequence[Case]) -> str:
    tags = sorted({tag for case in cases for tag in case.tags})
    return f"tags: {', '.join(tags[:12])}" if tags else "no case has a tag"
