"""Whether the labels of an eval set are of cases and scorers that it has."""

from collections.abc import Container
from dataclasses import dataclass, field

from llmops_cli.flow.project import Project
from llmops_cli.load import opinions as label_files
from llmops_cli.load.codes import found
from llmops_cli.load.ids import top
from llmops_cli.model.evalset import Case, EvalSet
from llmops_cli.model.problem import Problem
from llmops_cli.model.review import Opinion


@dataclass(slots=True)
class Labelled:
    """The labels of one eval set, and which of their cases were seen: the cases are a stream."""

    evalset: EvalSet
    opinions: tuple[Opinion, ...]
    wrong: list[Problem]
    wanted: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, project: Project, evalset: EvalSet) -> "Labelled":
        """Return the labels of an eval set; none where it has no label file."""
        path = label_files.place(project.settings.evalsets, evalset.id)
        opinions, wrong = label_files.check(project.tree, path)
        return cls(evalset, opinions, wrong, {opinion.case for opinion in opinions})

    def look(self, case: Case) -> None:
        """Note that a case is there."""
        self.wanted.discard(case.id)

    def problems(self) -> list[Problem]:
        """Return what is wrong with the lines, and those of a case or scorer that the set does not have."""
        names = ", ".join(scorer.name for scorer in self.evalset.scorers) or "none"
        scorers = {scorer.name for scorer in self.evalset.scorers}
        found_wrong = list(self.wrong)
        for each in self.opinions:
            if each.case in self.wanted:
                hint = "the case was renamed or removed: change or delete the line"
                message = f"a label of case {each.case}, which {self.evalset.id} does not have"
                found_wrong.append(found("LE052", each.source, message, hint=hint))
            if each.scorer not in scorers:
                message = f"a label for scorer {each.scorer}, which {self.evalset.id} does not have"
                found_wrong.append(found("LE052", each.source, message, hint=f"its scorers: {names}"))
        return found_wrong


def orphans(project: Project, evalsets: Container[str]) -> list[Problem]:
    """Return a problem for each label file of an eval set that is not there."""
    problems = []
    for name, path in label_files.stored(project.tree, project.settings.evalsets).items():
        if name not in evalsets:
            message = f"{path} has labels of eval set {name}, which is not there"
            problems.append(found("LE052", top(path), message, hint="rename the file as its eval set was renamed"))
    return problems
