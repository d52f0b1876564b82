"""A rubric prompt's id → a judge: how its model is asked, and the digest that goes into the scorer's."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from llmops_cli.flow.address import entry
from llmops_cli.flow.desk import Desk
from llmops_cli.flow.prepare import send_to
from llmops_cli.flow.routes import route
from llmops_cli.flow.scoring import Judge
from llmops_cli.model.completion import Answer, Failure
from llmops_cli.model.evalset import Case
from llmops_cli.model.ports import Tree
from llmops_cli.model.settings import Settings
from llmops_cli.render.errors import RenderError
from llmops_cli.render.messages import Renderer

PAIR = frozenset({"first", "second"})
"""The texts of a pair. A rubric may leave out what else it is told, but not these."""


def judges(desk: Desk, tree: Tree, settings: Settings, trusted: Tree, evalset: str) -> Callable[[str], Judge]:
    """Return what makes the judge of a rubric prompt of `tree`; its answers lie under the rubric's id and this set.

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
            return complete(replace(send_to(request, where), case=case.id))

        return Judge(ask, prompt.digest)

    return judge
