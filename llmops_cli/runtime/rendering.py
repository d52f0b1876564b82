"""The renderer of an application: the code of `llmops prompt render`, without its child process for loops.

A prompt that an application loads is its own: released, reviewed, and verified by digest. What such a template does is
as trusted as the program around it, so it is run in this process, in the same sandbox with the same caps. Values stay
untrusted: they are never parsed, and a regular expression in a variable's schema still meets them in a child process
with a deadline.
"""

import threading
from collections.abc import Mapping
from typing import Any

from llmops_cli.load.quick import holds
from llmops_cli.model.completion import Request
from llmops_cli.model.prompt import Prompt
from llmops_cli.render.errors import RenderError
from llmops_cli.render.messages import Renderer, refuse
from llmops_cli.render.programs import Programs
from llmops_cli.render.values import is_slow, schema_misfit


class OwnRenderer(Renderer):
    """Renders one prompt for many threads; they take turns. `renew` makes it usable in a forked process."""

    def __init__(self, prompt: Prompt) -> None:
        """`prompt` is resolved and verified."""
        super().__init__(prompt)
        self._turn = threading.RLock()

    def request(self, values: Mapping[str, Any]) -> Request:
        """Return the request for these values; a tuple counts as a list. Raises `RenderError`."""
        with self._turn:
            return self.render({name: _plain(value) for name, value in values.items()})

    def renew(self) -> None:
        """Forget a lock that another process holds, and its child process."""
        self._turn = threading.RLock()
        self._programs = None

    def _ready(self) -> Programs:
        if self._programs is None:
            refuse(self._prompt)
            self._programs = _InProcess(self._prompt, self._deadline_s)
        return self._programs

    def _schema_misfit(self, schema: Mapping[str, Any], value: Any) -> str:
        """Return what is wrong with a value, or "". jsonschema (95 ms) is imported only if the value seems wrong."""
        if is_slow(schema):
            return super()._schema_misfit(schema, value)
        try:
            if holds(schema, value):
                return ""
        except (KeyError, TypeError, ValueError, RecursionError):
            pass  # a schema with something that only jsonschema knows, or knows to be wrong
        try:
            return schema_misfit(schema, value)
        except ModuleNotFoundError as error:
            # An installation without dependencies: what is not surely right is refused, without the words for why.
            raise RenderError("a value does not surely fit its schema", hint=f"{error.name} would say why") from error


class _InProcess(Programs):
    """Templates that are all run here."""

    def __init__(self, prompt: Prompt, deadline_s: float) -> None:
        super().__init__(prompt, deadline_s)
        self._light = frozenset(range(len(prompt.messages)))


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
