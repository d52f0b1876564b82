"""The checks that cases bring themselves: the rubric prompts that judges among them ask.

They stand in the cases, which are a stream: a line is parsed only where it names a judge.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from llmops_cli.load import jsonl
from llmops_cli.load.cases import case as read_case
from llmops_cli.model.evalset import Case, EvalSet, ScorerSpec, rubrics_of
from llmops_cli.model.ports import Tree

WORD = b'"judge"'


def own_rubrics(tree: Tree, evalset: EvalSet) -> Mapping[str, ScorerSpec]:
    """Return the rubrics that the cases of an eval set ask by their own checks, each with the first check that does.

    Lines that are broken are left out: whoever reads the cases names them.
    """
    found: dict[str, ScorerSpec] = {}
    for one in _cases(tree, evalset):
        for spec, name in rubrics_of(one.checks):
            found.setdefault(name, spec)
    return found


def own_checks(tree: Tree, evalset: EvalSet, cases: Iterable[Case]) -> tuple[ScorerSpec, ...] | None:
    """Return the judges among the checks of the whole set, one a rubric; None where none of `cases` has any check.

    Of the whole set, so that every part of a run names its scorers alike.
    """
    return tuple(own_rubrics(tree, evalset).values()) if any(case.checks for case in cases) else None


def asks(tree: Tree, evalset: EvalSet, names: Iterable[str]) -> bool:
    """Return whether a judge of the set, or of a case's own checks, asks one of these rubrics."""
    wanted = {*names}
    return any(name in wanted for _, name in evalset.rubrics) or not wanted.isdisjoint(own_rubrics(tree, evalset))


def _cases(tree: Tree, evalset: EvalSet) -> Iterator[Case]:
    taken = frozenset(scorer.name for scorer in evalset.scorers)
    for path in evalset.data:
        with suppress(OSError), tree.open(path) as stream:
            for line in jsonl.read(stream, path, WORD):
                found = read_case(line, path, taken) if isinstance(line, jsonl.Line) else None
                if isinstance(found, Case):
                    yield found
