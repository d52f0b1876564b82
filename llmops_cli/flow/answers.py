"""What is stored of a prompt's answers on an eval set: baseline, runs, recordings, cache. Nobody is ever called."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

from llmops_cli.compare.runs import arm
from llmops_cli.errors import SettingsError
from llmops_cli.flow.arms import run_arm, stored_arm
from llmops_cli.flow.contestant import Bout, Side
from llmops_cli.flow.desk import Desk
from llmops_cli.flow.fitted import Questions
from llmops_cli.flow.limits import Limits
from llmops_cli.flow.prepare import try_render
from llmops_cli.flow.project import Project
from llmops_cli.flow.routes import route
from llmops_cli.flow.run import open_store
from llmops_cli.model.completion import Answer, Failure, Request
from llmops_cli.model.ports import Complete
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.run import Arm
from llmops_cli.model.settings import Route


class ShutDesk(Desk):
    """A desk that hands out stored answers and calls nobody, whatever the provider.

    Recordings always; the cache of this machine too, but not in CI, where a job may have restored it from anywhere.
    """

    @classmethod
    def of(cls, project: Project) -> Self:
        """Return the desk of a project. A cache that is not there is not made."""
        local = not project.environment.in_ci and (project.state / "cache.sqlite").is_file()
        mode = "auto" if local else "replay"
        return cls.open(project, project.settings, mode=mode, limits=Limits(offline=True))

    def provider(self, route: Route) -> Complete:
        """Return what has no answer."""
        del route
        return _nothing_stored


def _nothing_stored(request: Request) -> Answer:
    return Failure("case", "missing-recording", f"no stored answer to case {request.case}")


@dataclass(frozen=True, slots=True)
class Stored:
    """The stored answers of a project, as far as they answer what an eval set asks now."""

    project: Project
    desk: Desk

    def best(self, bout: Bout, prompt: Prompt, asks: Questions) -> Arm | None:
        """Return the source that knows all cases, else the one that knows most; None where none knows any."""
        best: Arm | None = None
        known = 0
        for found in self._sources(bout, prompt, asks):
            count = asks.count(found)
            if count > known:
                best, known = found, count
            if known == len(bout.cases):
                break
        return asks.fit(best) if best else None

    def baseline(self, bout: Bout, prompt: Prompt) -> Arm | None:
        """Return the stored baseline of this very content, if it was scored as the eval set scores now."""
        return stored_arm(self._side, bout, prompt)

    @property
    def _side(self) -> Side:
        return Side(self.project.tree, self.project.settings, self.desk.environment, self.project.tree)

    def can_ask(self, prompt: Prompt, asks: Questions) -> bool:
        """Return whether a run of this prompt on the cases as they are now would ask anything."""
        try:
            where = route(prompt.model, self.project.settings, self.project.environment, self.project.tree)
        except SettingsError:
            return False
        return not try_render(prompt, where, asks.cases)[1]

    def _sources(self, bout: Bout, prompt: Prompt, asks: Questions) -> Iterator[Arm | None]:
        """Yield what is stored, the strongest first: a committed baseline, runs, recordings and cache.

        What was asked before the cases changed lies under the cases as they were then.
        """
        yield self.baseline(bout, prompt)
        yield from self._runs(bout, prompt)
        try:
            yield run_arm(self._side, replace(bout, cases=asks.asked), prompt, self.desk)[0]
            if asks.earlier != asks.asked:
                yield run_arm(self._side, replace(bout, cases=asks.earlier), prompt, self.desk)[0]
        except SettingsError:  # its model is a program that is not named any more: it answered elsewhere
            return

    def _runs(self, bout: Bout, prompt: Prompt) -> Iterator[Arm]:
        """Yield the runs of this very content with these scorers, newest first."""
        store = open_store(self.project)
        for name in store.ids():
            plan = store.plan(name)
            same = (plan.digest, plan.evalset) == (prompt.digest, bout.evalset.id)
            if same and all(plan.scorers.get(one) == seal for one, seal in bout.bench.digests.items()):
                yield arm(store.read(name))
