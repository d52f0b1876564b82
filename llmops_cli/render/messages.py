"""A prompt and the values of one case → the request that goes to the model."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from llmops_cli.model.completion import Request
from llmops_cli.model.prompt import Placeholder, Prompt, Variable
from llmops_cli.render import examples
from llmops_cli.render.errors import RenderError
from llmops_cli.render.programs import Programs
from llmops_cli.render.template import facts, unsettled
from llmops_cli.render.values import check, is_slow, schema_misfit

MAX_NAME = 64


class Renderer:
    """Renders one prompt for many cases: `with Renderer(prompt) as renderer: renderer.render(case.inputs)`.

    Templates are compiled once, on the first `render`. One thread at a time may call it.
    """

    def __init__(self, prompt: Prompt, *, deadline_s: float = 2.0) -> None:
        """`prompt` is resolved: its includes are in. `deadline_s` bounds each template that might not end."""
        self._prompt = _with_placeholders(prompt)
        self._deadline_s = deadline_s
        self._programs: Programs | None = None
        self._shown: tuple[examples.Turn, ...] | None = None

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the child process, if there is one."""
        self.close()

    def close(self) -> None:
        """End the child process, if there is one."""
        if self._programs is not None:
            self._programs.close()

    def render(
        self,
        inputs: Mapping[str, Any],
        *,
        turns: Sequence[Mapping[str, Any]] = (),
        repeat: int = 0,
        case: str = "",
    ) -> Request:
        """Return the request. `turns` are earlier messages: they fill the placeholder.

        Raises `RenderError` that names the prompt, the variable and the case.
        """
        prompt = self._prompt
        try:
            return Request(
                model=prompt.resolved_model or prompt.model,
                messages=self._messages(_with_turns(prompt, inputs, turns)),
                params=prompt.params,
                tools=prompt.tools,
                response_format=response_format(prompt),
                repeat=repeat,
                prompt=prompt.id,
                digest=prompt.digest,
                case=case,
            )
        except RenderError as error:
            raise error.located(prompt.id, case=case, where=str(prompt.source)) from None

    def _messages(self, inputs: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
        prompt, programs = self._prompt, self._ready()
        values, absent = check(prompt, inputs, self._schema_misfit)
        if self._shown is None:
            self._shown = examples.turns(prompt, self._asked)
        messages: list[Mapping[str, Any]] = []
        shown_before = examples.place_of(prompt)
        for place, message in enumerate(prompt.messages):
            if place == shown_before:
                messages += self._shown
            if isinstance(message, Placeholder):
                messages += [dict(turn) for turn in values.get(message.name) or ()]
            else:
                messages.append({"role": message.role, "content": programs.text(place, values, absent)})
        return tuple(messages if shown_before < len(prompt.messages) else [*messages, *self._shown])

    def _asked(self, inputs: Mapping[str, Any]) -> str:
        """Return the user turn of an example: earlier turns are the case's and not an example's."""
        own = tuple(variable for variable in self._prompt.variables if variable.type != "messages")
        values, absent = check(replace(self._prompt, variables=own), inputs, self._schema_misfit)
        return self._ready().text(examples.last_user(self._prompt), values, absent)

    def _ready(self) -> Programs:
        if self._programs is None:
            refuse(self._prompt)
            self._programs = Programs(self._prompt, self._deadline_s)
        return self._programs

    def _schema_misfit(self, schema: Mapping[str, Any], value: Any) -> str:
        return self._ready().schema_misfit(schema, value) if is_slow(schema) else schema_misfit(schema, value)


def refuse(prompt: Prompt) -> None:
    """Raise `RenderError` for a prompt that no values can render: errors, unsettled braces, undeclared names."""
    found = facts(prompt)
    for use, message in found.errors:
        raise RenderError(f"{use.include or f'message {use.message + 1}'}: {message}")
    for use in unsettled(prompt, found):
        raise _mixed(use.name, is_variable=prompt.variable(use.name) is not None)
    for use in found.variables:
        if prompt.variable(use.name) is None:
            hint = f"declare it: `variables: {{{use.name}: {{type: string}}}}`"
            raise RenderError(f"{{{{ {use.name} }}}} is not declared", variable=use.name, hint=hint)


def _mixed(name: str, *, is_variable: bool) -> RenderError:
    """Return the error for a bare `{name}`, with the three choices that its author has."""
    double = f"write {{{{ {name} }}}}"
    if is_variable:
        return RenderError(f"mixed-placeholders: {{{name}}} is a variable", variable=name, hint=double)
    hint = f"add `constants: {{{name}: …}}`, or `literals: [{name}]`, or `variables: {{{name}: …}}` and {double}"
    return RenderError(f"mixed-placeholders: nobody says what {{{name}}} is", variable=name, hint=hint)


def response_format(prompt: Prompt) -> Mapping[str, Any] | None:
    """Return the chat-completions `response_format` of the prompt's `output`; None where it asks for plain text."""
    output = prompt.output
    match output.get("format", "json_schema" if "schema" in output else "text"):
        case "json_schema":
            name = str(output.get("name") or re.sub(r"[^A-Za-z0-9_-]+", "_", prompt.id))[:MAX_NAME]
            strict = {"strict": output["strict"]} if "strict" in output else {}
            return {"type": "json_schema", "json_schema": {"name": name, "schema": output.get("schema", {}), **strict}}
        case "json" | "json_object":
            return {"type": "json_object"}
        case "text":
            return None
        case other:
            raise RenderError(f"unknown output format {other!r}", hint="json_schema, json or text")


def _with_placeholders(prompt: Prompt) -> Prompt:
    """Return the prompt with an optional variable for each placeholder that none is declared for."""
    names = dict.fromkeys(message.name for message in prompt.messages if isinstance(message, Placeholder))
    missing = [name for name in names if prompt.variable(name) is None]
    new = tuple(Variable(name, {"type": "messages"}, required=False) for name in missing)
    return replace(prompt, variables=prompt.variables + new) if new else prompt


def _with_turns(prompt: Prompt, inputs: Mapping[str, Any], turns: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the inputs with the turns as the value of the placeholder that has none."""
    if not turns:
        return inputs
    names = dict.fromkeys(message.name for message in prompt.messages if isinstance(message, Placeholder))
    free = [name for name in names if name not in inputs]
    if len(free) != 1:
        hint = (
            "the prompt needs `- {placeholder: history}`" if not names else f"give {', '.join(names)} among the inputs"
        )
        raise RenderError("the case has earlier messages, but no single placeholder takes them", hint=hint)
    return {**inputs, free[0]: list(turns)}
