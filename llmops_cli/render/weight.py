"""What a template costs with all that it includes; and whether its includes can be followed at all."""

from collections.abc import Mapping
from dataclasses import dataclass

from llmops_cli.render.environment import environment
from llmops_cli.render.errors import RenderError
from llmops_cli.render.printed import MAX_CHARACTERS
from llmops_cli.render.syntax import Syntax, read

MAX_DEPTH = 8
# Above these a template renders in the child, though each of its parts is cheap.
MAX_PARTS = 1_000
MAX_FILTERS = 64


@dataclass(frozen=True, slots=True)
class Weight:
    """The cost of a template, each include counted as often as it is named. `depth`: levels of includes below it."""

    depth: int
    characters: int
    parts: int
    filters: int
    linear: bool

    @property
    def light(self) -> bool:
        """Whether it may run in this process."""
        return self.linear and self.parts <= MAX_PARTS and self.filters <= MAX_FILTERS


class Scale:
    """Weighs templates over one set of includes; each include is read once."""

    def __init__(self, includes: Mapping[str, str]) -> None:
        """`includes` maps a path to its text: all that an include can reach."""
        self._includes = includes
        self._known: dict[str, Weight] = {}
        self._reader = environment({}, {})

    def weigh(self, text: str, trail: tuple[str, ...] = ()) -> Weight:
        """Return the weight of a template that was reached over the includes of `trail`.

        Raises `RenderError` for one that does not parse, a missing include, a circle, and more than the caps.
        """
        syntax = read(self._reader, text)
        if syntax.error:
            raise RenderError(f"{trail[-1]}: {syntax.error}" if trail else syntax.error)
        weight = _sum(text, syntax, [self._follow(path, trail) for path in syntax.includes])
        if weight.depth > MAX_DEPTH:
            raise RenderError(f"includes nest deeper than {MAX_DEPTH}")
        if weight.characters > MAX_CHARACTERS:
            raise RenderError(f"the template with its includes is longer than {MAX_CHARACTERS} characters")
        return weight

    def _follow(self, path: str, trail: tuple[str, ...]) -> Weight:
        if path in trail:
            raise RenderError(f"includes go in a circle: {' → '.join((*trail, path))}")
        if path not in self._includes:
            raise RenderError(f"no include {path}", hint="includes are paths below the prompts folder")
        if path not in self._known:
            self._known[path] = self.weigh(self._includes[path], (*trail, path))
        return self._known[path]


def _sum(text: str, syntax: Syntax, inner: list[Weight]) -> Weight:
    return Weight(
        depth=1 + max((part.depth for part in inner), default=-1),
        characters=len(text) + sum(part.characters for part in inner),
        parts=syntax.parts + sum(part.parts for part in inner),
        filters=syntax.filters + sum(part.filters for part in inner),
        linear=syntax.linear and all(part.linear for part in inner),
    )
