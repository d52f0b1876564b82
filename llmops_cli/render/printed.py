"""What `{{ value }}` prints. Knows no jinja2."""

from typing import Any

from llmops_cli.render.errors import RenderError

MAX_CHARACTERS = 2**20
LONG = 60


class UnprintableError(ValueError):
    """A value that has no text of its own: a list, a mapping, null."""

    def __init__(self, value: Any) -> None:
        """Keep the value, by which the variable is found."""
        super().__init__(value)
        self.value = value


def printed(value: Any) -> str:
    """Return the text of a string, a number or a boolean (`true`, `false`). Raises `UnprintableError` for others."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    raise UnprintableError(value)


def unprintable(value: Any, name: str = "") -> RenderError:
    """Return the error for a value that `printed` refuses; `name` is its variable, if that is known."""
    shown = name or "value"
    subject = f"variable {name}" if name else "a value"
    if value is None:
        hint = f"write {{{{ {shown} if {shown} is not none else '' }}}}"
        return RenderError(f"{subject} is null and would be printed", variable=name, hint=hint)
    if isinstance(value, (list, dict, tuple)):
        kind, or_join = ("mapping", "") if isinstance(value, dict) else ("list", f" or {{{{ {shown} | join(', ') }}}}")
        hint = f"write {{{{ {shown} | tojson }}}}{or_join}"
        return RenderError(f"{subject} is a {kind} and would be printed as Python", variable=name, hint=hint)
    return RenderError(f"{subject} is no text: {type(value).__name__}", variable=name)
