"""Cases of an eval set that ask what another of its cases asks: the set is smaller than it looks."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from llmops_cli.flow.lint import MOST
from llmops_cli.load import evalsets as evalset_files
from llmops_cli.load.codes import found
from llmops_cli.load.seen import Firsts
from llmops_cli.model.evalset import Case, EvalSet
from llmops_cli.model.ports import Tree
from llmops_cli.model.problem import Problem

DROP = "drop one of them, or give them different inputs"
JOIN = "they are judged differently: join them in one case, whose `checks` can say both; or give them different inputs"


@dataclass(slots=True)
class _Group:
    """The cases that repeat one question: the first of them, how many, and whether they are judged alike."""

    case: Case
    judging: str
    count: int = 1
    alike: bool = True


@dataclass(slots=True)
class Repeated:
    """Watches the cases of one eval set go by, and keeps a hash of each question; whole cases of 100 groups at most.

    The first case of a group is read once more, where there is a group, so that no case has to be kept for it.
    """

    tree: Tree
    evalset: EvalSet
    firsts: Firsts = field(default_factory=Firsts)
    groups: dict[int, _Group] = field(default_factory=dict)
    cases: int = 0
    more: bool = False

    def look(self, case: Case) -> None:
        """Note a case that asks what one before it asked."""
        place = self.cases
        self.cases += 1
        first = self.firsts.add(case.question, place)
        if first == place:
            return
        group = self.groups.get(first)
        if group is not None:
            group.count += 1
            group.alike = group.alike and group.judging == case.judging
        elif len(self.groups) < MOST:
            self.groups[first] = _Group(case, case.judging)
        else:
            self.more = True

    def problems(self) -> Iterator[Problem]:
        """Yield a warning for each question that is asked more than once, at the second case that asks it."""
        if not self.groups:
            return
        stream = (one for one in evalset_files.cases(self.tree, self.evalset) if isinstance(one, Case))
        last = max(self.groups)
        for place, first in enumerate(islice(stream, last + 1)):
            group = self.groups.get(place)
            if group is not None:
                yield self._said(first, group, end=place == last)

    def _said(self, first: Case, group: _Group, *, end: bool) -> Problem:
        others = group.count - 1
        more = f" (and {others:,} more)" if others else ""
        same = "inputs and messages" if first.messages else "inputs"
        where = f"{first.source.path}:{first.source.line}"
        message = f"case {group.case.id}{more} repeats the {same} of {first.id} ({where}): one answer serves them all"
        message += "; more of the same follow, which are not shown" if end and self.more else ""
        hint = DROP if group.alike and first.judging == group.judging else JOIN
        return found("LE013", group.case.source, message, hint=hint, severity="warning")
