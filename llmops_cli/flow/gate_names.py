"""Whether what a `gate:` names is there: tags in `slices`, cases in `quarantine`; and whether a quarantine is over.

A slice of no case is judged by nobody, so a misspelt tag would guard nothing and say nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from llmops_cli.flow.project import Project
from llmops_cli.load.codes import found
from llmops_cli.load.document import read as read_document
from llmops_cli.model.evalset import Case, EvalSet
from llmops_cli.model.ports import Tree
from llmops_cli.model.problem import Problem
from llmops_cli.model.source import Source


@dataclass(slots=True)
class GateNames:
    """What one file's `gate:` names, and which of it was not seen yet: the cases are a stream."""

    path: str
    of: str
    slices: Sequence[str]
    quarantine: Sequence[Mapping[str, Any]]
    lacking: set[str] = field(default_factory=set)
    tags: set[str] = field(default_factory=set)

    @classmethod
    def of_set(cls, evalset: EvalSet) -> "GateNames":
        """Return what an eval set's own `gate:` names."""
        return cls._of(evalset.source.path, f"eval set {evalset.id}", evalset.gate)

    @classmethod
    def of_project(cls, project: Project) -> "GateNames":
        """Return what the `gate:` of llmops.yaml names: it must stand in one of the eval sets."""
        gate = project.settings.gate
        aside = [{"case": one.case, "owner": one.owner, "expires": one.expires} for one in gate.quarantine]
        return cls._of("llmops.yaml", "any eval set", {"slices": gate.slices, "quarantine": aside})

    @classmethod
    def _of(cls, path: str, of: str, gate: Mapping[str, Any]) -> "GateNames":
        aside = tuple(gate.get("quarantine", ()))
        return cls(path, of, tuple(gate.get("slices", ())), aside, {one["case"] for one in aside})

    def look(self, case: Case) -> None:
        """Note a case and its tags."""
        self.lacking.discard(case.id)
        if self.slices:
            self.tags.update(case.tags)

    def problems(self, tree: Tree, today: str, *, all_seen: bool) -> list[Problem]:
        """Return what is not there, and a warning for each quarantine that is over. `all_seen`: no case was unread."""
        problems = []
        for at, tag in enumerate(self.slices):
            if all_seen and tag not in self.tags:
                near = get_close_matches(tag, sorted(self.tags), n=1)
                hint = f"did you mean {near[0]}?" if near else f"its tags: {', '.join(sorted(self.tags)[:9]) or 'none'}"
                message = f"no case of {self.of} has the tag {tag}, so the slice is judged by nobody"
                problems.append(found("LE025", self._where(tree, "slices", at), message, hint=hint))
        for at, one in enumerate(self.quarantine):
            where, name = self._where(tree, "quarantine", at), one["case"]
            if all_seen and name in self.lacking:
                message = f"no case {name} in {self.of}, so its quarantine does nothing"
                problems.append(found("LE026", where, message, hint="the case was renamed or removed"))
            elif one["expires"] < today:
                message = f"the quarantine of {name} by {one['owner']} was over on {one['expires']}"
                hint = "it counts in full again: mend the case, or take the line out"
                problems.append(found("LE027", where, message, hint=hint, severity="warning"))
        return problems

    def _where(self, tree: Tree, *path: str | int) -> Source:
        document, _ = read_document(tree, self.path)  # only where there is something to say
        return document.where("gate", *path) if document else Source(self.path)
