"""A part of a template while it is translated: Jinja text, marks of messages between it, and what it surely prints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Mark:
    """A place where a message begins (`role`), or where earlier turns go (`role` is "")."""

    role: str
    metadata: Mapping[str, str | int | float | bool | None]
    line: int


@dataclass(slots=True)
class Out:
    """A translated part. `certain`: it always prints more than white space; `live`: it is more than plain text."""

    parts: list[str | Mark] = field(default_factory=list)
    certain: bool = False
    live: bool = False

    @property
    def text(self) -> str:
        """The Jinja text, marks left out."""
        return "".join(part for part in self.parts if isinstance(part, str))


def joined(outs: Sequence[Out]) -> Out:
    """Return several parts as one."""
    parts = [part for out in outs for part in out.parts]
    return Out(parts, any(out.certain for out in outs), any(out.live for out in outs))


def branched(condition: str, body: Out, other: Out, *, chained: bool) -> Out:
    """Return an `if` of two branches; an inner `if` that is all of the second one becomes an `elif`."""
    marks = [part for part in (*body.parts, *other.parts) if isinstance(part, Mark)]
    text = f"{{% if {condition} %}}{body.text}"
    if chained and other.text.startswith("{% if "):
        text += "{% elif " + other.text.removeprefix("{% if ")
    else:
        text += f"{{% else %}}{other.text}{{% endif %}}" if other.parts else "{% endif %}"
    return Out([text, *marks], certain=body.certain and other.certain, live=True)
