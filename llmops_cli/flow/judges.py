"""A rubric prompt's id → a judge: how its model is asked, and the digest that goes into the scorer's."""

import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Protocol

from llmops_cli.errors import UnknownNameError
from llmops_cli.flow.address import entry
from llmops_cli.flow.desk import Closes
from llmops_cli.flow.own_checks import own_rubrics
from llmops_cli.flow.prepare import send_to
from llmops_cli.flow.project import Project
from llmops_cli.flow.routes import route
from llmops_cli.flow.scoring import Judge
from llmops_cli.model.completion import Answer, Failure
from llmops_cli.model.evalset import Case, EvalSet
from llmops_cli.model.ports import Complete, Tree
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.settings import Environment, Route, Settings
from llmops_cli.render.errors import RenderError
from llmops_cli.render.messages import Renderer

PAIR = frozenset({"first", "second"})
"""The texts of a pair. A rubric may leave out what else it is told, but not these."""


class Answering(Protocol):
    """What a judge needs of a desk: `Desk`, or one that only counts."""

    @property
    def mode(self) -> str:
        """The mode of the command."""

    @property
    def environment(self) -> Environment:
        """Where keys and proxies are read from."""

    def keep(self, thing: Closes) -> Closes:
        """Return a context manager's object, to be closed with the desk."""

    def complete(self, prompt: Prompt, evalset: str, route: Route, *, of_base: bool = False) -> Complete:
        """Return what answers the requests of a prompt on an eval set."""


def judge_routes(
    project: Project, evalsets: Iterable[EvalSet], base: tuple[Tree, Settings, Tree] | None = None
) -> list[Route]:
    """Return how the models of the eval sets' judges are reached: a cost cap has to know their prices too.

    `base` is the tree that has the rubrics, with its settings and the trusted tree, where it is not the working tree.
    A rubric that is not there is left out: whoever builds the scorers names it with its place.
    """
    tree, settings, trusted = base or (project.tree, project.settings, project.tree)
    found = []
    sets = list(evalsets)
    names = [name for evalset in sets for _, name in evalset.rubrics]
    names += [name for evalset in sets for name in own_rubrics(tree, evalset)]
    for name in dict.fromkeys(names):
        with suppress(UnknownNameError):
            prompt = entry(tree, settings, name).prompt
            found.append(route(prompt.model, settings, project.environment, trusted))
    return found


def judges(
    desk: Answering, tree: Tree, settings: Settings, trusted: Tree, evalset: str, *, repeat: int = 0
) -> Callable[[str], Judge]:
    """Return what makes the judge of a rubric prompt of `tree`; its answers lie under the rubric's id and this set.

    `repeat`: another one is another call, for a judge that is asked again.
    Where a call can be made, CI reads the base's recordings of the judge alone: a change must not bring its judge's
    words. A replay makes no call: it takes those that the change may bring, and counts them as unverified.
    """
    made: dict[str, Judge] = {}

    def judge(name: str) -> Judge:
        if name not in made:
            made[name] = _judge(name)
        return made[name]

    def _judge(name: str) -> Judge:
        prompt = entry(tree, settings, name).prompt
        where = route(prompt.model, settings, desk.environment, trusted)
        complete = desk.complete(prompt, evalset, where, of_base=desk.mode != "replay")
        renderer = desk.keep(Renderer(prompt))
        lock = threading.Lock()  # a renderer serves one thread at a time
        declared = {variable.name for variable in prompt.variables}

        def ask(inputs: Mapping[str, Any], case: Case) -> Answer:
            if unread := PAIR & inputs.keys() - declared:
                message = f"{name} has no variable {' and '.join(sorted(unread))}, so it would compare nothing"
                return Failure(
                    "case", "cannot-render", message, "a rubric of pairs prints {{ first }} and {{ second }}"
                )
            chosen = {key: value for key, value in inputs.items() if key in declared}
            try:
                with lock:
                    request = renderer.render(chosen, case=case.id)
            except RenderError as error:
                return Failure("case", "cannot-render", error.message, error.hint)
            return complete(replace(send_to(request, where), case=case.id, repeat=repeat))

        return Judge(ask, prompt.digest)

    return judge
