"""The templates of a prompt, each as cheap to run as it can safely be: joined, compiled here, or in a child."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from llmops_cli.model.prompt import Message, Prompt
from llmops_cli.render.braces import replace_constants
from llmops_cli.render.child import Child
from llmops_cli.render.errors import RenderError
from llmops_cli.render.pieces import split_simple
from llmops_cli.render.printed import MAX_CHARACTERS, UnprintableError, printed, unprintable

if TYPE_CHECKING:
    from llmops_cli.render.templates import Templates


class Programs:
    """The compiled templates of one prompt, by their place in `prompt.messages`. Used from one thread at a time."""

    def __init__(self, prompt: Prompt, deadline_s: float) -> None:
        """Raises `RenderError` for includes that are missing, nest too deep or come back to themselves."""
        constants = {name: value for name, value in prompt.constants.items() if name not in prompt.literals}
        names = {name: f"__constant_{place}" for place, name in enumerate(constants)}
        self._constants = {names[name]: value for name, value in constants.items()}
        self._texts = [
            replace_constants(message.content, names) if isinstance(message, Message) else ""
            for message in prompt.messages
        ]
        self._includes = {path: replace_constants(text, names) for path, text in prompt.includes.items()}
        self._joined = {place: _unix(parts) for place, text in enumerate(self._texts) if (parts := split_simple(text))}
        self._light = _light(prompt, [place for place in range(len(self._texts)) if place not in self._joined])
        self._templates: Templates | None = None
        first = {"texts": self._texts, "includes": self._includes, "constants": self._constants}
        self._child = Child(first, deadline_s)

    def text(self, place: int, values: Mapping[str, Any], absent: Iterable[str]) -> str:
        """Return the text of the message at `place`. Raises `RenderError`."""
        if place in self._joined:
            return _join(self._joined[place], {**values, **self._constants})
        if place in self._light:
            if self._templates is None:
                from llmops_cli.render.templates import Templates  # 65 ms: jinja2

                self._templates = Templates(self._texts, self._includes, self._constants)
            return self._templates.render(place, values, absent)
        return self._child.ask({"index": place, "values": values, "absent": list(absent)})

    def schema_misfit(self, schema: Mapping[str, Any], value: Any) -> str:
        """Return what JSON Schema says of a value, asked in the child: a regular expression may take for ever."""
        return self._child.ask({"schema": schema, "value": value})

    def close(self) -> None:
        """End the child process, if there is one."""
        self._child.close()


def _light(prompt: Prompt, places: list[int]) -> frozenset[int]:
    """Return the places of the messages that jinja2 may render in this process."""
    if not places:
        return frozenset()
    from llmops_cli.render.weight import Scale  # 65 ms: jinja2

    scale = Scale(prompt.includes)
    texts = ((place, prompt.messages[place]) for place in places)
    return frozenset(
        place for place, message in texts if isinstance(message, Message) and scale.weigh(message.content).light
    )


def _unix(parts: list[str]) -> tuple[str, ...]:
    r"""Return the parts with `\n` as their only newline, as jinja2 has it."""
    return tuple(part.replace("\r\n", "\n").replace("\r", "\n") for part in parts)


def _join(parts: tuple[str, ...], values: Mapping[str, Any]) -> str:
    texts = list(parts)
    for place in range(1, len(parts), 2):
        name = parts[place]
        if name not in values:
            hint = f"write {{{{ {name} | default('') }}}} or {{% if {name} is defined %}}"
            raise RenderError(f"variable {name} has no value here", variable=name, hint=hint)
        try:
            texts[place] = printed(values[name])
        except UnprintableError as error:
            raise unprintable(error.value, name) from None
    text = "".join(texts)
    if len(text) > MAX_CHARACTERS:
        raise RenderError(f"the text is longer than {MAX_CHARACTERS} characters")
    return text
