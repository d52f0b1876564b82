"""The templates of a prompt, compiled by jinja2 and run: in this process, or in the child (`_worker.py`)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import jinja2

from llmops_cli.render.environment import FAULTS, OptionalUndefined, environment, stream
from llmops_cli.render.errors import RenderError
from llmops_cli.render.printed import UnprintableError, unprintable

_UNDEFINED = re.compile(r"'(\w+)' is undefined")


class Templates:
    """Templates by their place in the prompt, each compiled when it is first rendered."""

    def __init__(self, texts: Sequence[str], includes: Mapping[str, str], constants: Mapping[str, str]) -> None:
        """`constants` are globals of the templates, by the names that stand for them in the texts."""
        self._texts = texts
        self._environment = environment(includes, constants)
        self._compiled: dict[int, jinja2.Template] = {}

    def render(self, index: int, values: Mapping[str, Any], absent: Iterable[str]) -> str:
        """Return the text of one template. Raises `RenderError`, whatever the template does."""
        missing = {name: OptionalUndefined(name=name) for name in absent}
        try:
            if index not in self._compiled:
                self._compiled[index] = self._environment.from_string(self._texts[index])
            return stream(self._compiled[index].generate({**values, **missing}))
        except UnprintableError as error:
            named = (name for name, value in values.items() if value is error.value)
            raise unprintable(error.value, next(named, "")) from None
        except jinja2.UndefinedError as error:
            raise _undefined(error) from None
        except FAULTS as error:
            raise _fault(error) from None


def _undefined(error: jinja2.UndefinedError) -> RenderError:
    found = _UNDEFINED.match(error.message or "")
    name = found[1] if found else ""
    hint = f"write {{{{ {name} | default('') }}}} or {{% if {name} is defined %}}" if name else ""
    message = f"variable {name} has no value here" if name else f"{error.message}"
    return RenderError(message, variable=name, hint=hint)


def _fault(error: BaseException) -> RenderError:
    if isinstance(error, MemoryError):
        return RenderError("the template needs too much memory")
    if isinstance(error, RecursionError):
        return RenderError("the template calls or nests too deep")
    return RenderError(f"the template fails: {str(error)[:200] or type(error).__name__}")
