"""Call sites of a tree, looked for once and only if somebody asks, and the interfaces that break for them."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from llmops_cli.flow.diff import compared
from llmops_cli.flow.project import Project
from llmops_cli.model.diff import ChangeClass
from llmops_cli.model.prompt import Prompt

if TYPE_CHECKING:
    from llmops_cli.model.usage import Calls, CallSite

CONTRACT = ("contract", "output")


@dataclass(slots=True)
class Callers:
    """The calls in a project's Python files; `unread` says of which files nobody knows."""

    project: Project
    unread: list[str] = field(default_factory=list)
    _sites: "tuple[CallSite, ...] | None" = None

    @property
    def sites(self) -> "tuple[CallSite, ...]":
        """Every call site; the files are read at the first question."""
        from llmops_cli.flow.usages import quick_sites  # 10 ms: ast

        if self._sites is None:
            self._sites = quick_sites(replace(self.project, warn=self.unread.append))
        return self._sites

    def held(self, before: Prompt | None, after: Prompt | None) -> "Calls":
        """Return the calls that `after` refuses, and those that cannot be checked."""
        from llmops_cli.flow.usages import held_against

        return held_against(self.sites, before, after)

    def unkeyed(self, names: Collection[str], label: str) -> list[str]:
        """Return where a prompt is asked for by a label, and no key says for whom: a split refuses such a call."""
        calls = (site for site in self.sites if site.ref == label and site.prompt in names and not site.keyed)
        return list(dict.fromkeys(site.place for site in calls))


def interface_breaks(before: Prompt | None, after: Prompt | None) -> list[str]:
    """Return in words what breaks callers: of the variables, the output, the names."""
    if before is None and after is None:
        return []
    found = compared(before, after, before_name="", after_name="")
    wide = [one for one in found.changes if one.change_class is ChangeClass.BREAKING and one.area in CONTRACT]
    return [one.reason or f"{one.path} {one.kind}" for one in wide]
