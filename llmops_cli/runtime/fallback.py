"""What an application brings itself for the case that no source can be reached → a prompt.

It is checked at every `get`, also where it is not needed: a slip in it must not be found in an outage.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from llmops_cli.errors import UsageError
from llmops_cli.load.bundle import is_prompt
from llmops_cli.model.frozen import thaw
from llmops_cli.model.prompt import Placeholder, Prompt, Variable
from llmops_cli.model.source import Source
from llmops_cli.render.identity import identify
from llmops_cli.render.messages import refuse
from llmops_cli.render.template import facts
from llmops_cli.runtime.rendering import OwnRenderer

Fallback = str | Mapping[str, Any]
KEYS = ("model", "messages", "params", "variables", "constants", "literals", "tools", "output")
HINT = 'fallback="text with {{ name }}", or {"model": …, "messages": [{"role": …, "content": …}], "params": …}'


class FallbackRenderer(OwnRenderer):
    """Renders a fallback; one without `variables` takes those its text names, and lets others be."""

    def __init__(self, prompt: Prompt, *, lenient: bool) -> None:
        """`lenient`: what the released prompt takes and this one does not must not stop it in an outage."""
        super().__init__(prompt)
        self._names = {variable.name for variable in prompt.variables} if lenient else None

    def request(self, values: Mapping[str, Any]) -> Any:
        """Return the request for these values."""
        known = self._names
        return super().request(
            values if known is None else {key: value for key, value in values.items() if key in known}
        )


def check(fallback: Fallback) -> dict[str, Any]:
    """Return the fallback as the content of a prompt. Raises `UsageError` for what is none."""
    if isinstance(fallback, str):
        return {"model": "", "messages": [{"role": "user", "content": fallback}]}
    if not isinstance(fallback, Mapping):
        raise UsageError(f"the fallback is no text and no mapping, but {type(fallback).__name__}", hint=HINT)
    if unknown := [str(key) for key in fallback if key not in KEYS]:
        raise UsageError(f"the fallback has an unknown key {unknown[0]}", hint=f"keys: {', '.join(KEYS)}")
    content = {"model": "", **fallback}
    if not content.get("messages") or not is_prompt(content):
        raise UsageError("the fallback is no prompt", hint=HINT)
    return content


def made(name: str, content: Mapping[str, Any]) -> tuple[Prompt, FallbackRenderer]:
    """Return the prompt of a checked fallback. Raises `RenderError` where its templates cannot be rendered."""
    prompt = thaw(name, "", content, source=Source("fallback"))
    lenient = "variables" not in content
    if lenient:
        turns = {message.name: None for message in prompt.messages if isinstance(message, Placeholder)}
        names = dict.fromkeys([*(use.name for use in facts(prompt).variables), *turns])
        variables = tuple(
            Variable(each, {"type": "messages"} if each in turns else {}, required=each not in turns, declared=False)
            for each in names
        )
        prompt = replace(prompt, variables=variables)
    refuse(prompt)
    prompt = identify(prompt)
    return prompt, FallbackRenderer(prompt, lenient=lenient)
