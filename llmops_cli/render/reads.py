"""What the templates of a prompt read of its variables on every call, found without running them.

Only what is certain counts: what no condition, loop or macro stands around, no default stands behind, and no template
gives a value of its own. Who reads a value that is not there is refused; `{% if x %}` and `x is defined` read nothing.
"""

from dataclasses import dataclass, field

from llmops_cli.model.prompt import Prompt
from llmops_cli.render.pieces import split_simple

MAX_DEPTH = 8
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reads:
    """The paths that are read, each with the variable's name in front, and those of them that are printed as they are.

    `bound`: names that some template gives a value itself; nothing is certain of them.
    """

    read: set[Path] = field(default_factory=set)
    printed: set[Path] = field(default_factory=set)
    bound: set[str] = field(default_factory=set)

    def of(self, name: str) -> tuple[frozenset[Path], frozenset[Path]]:
        """Return what is read and what is printed below one name; an empty path is the value itself."""
        if name in self.bound:
            return frozenset(), frozenset()
        read, printed = (
            frozenset(path[1:] for path in paths if path[0] == name) for paths in (self.read, self.printed)
        )
        return read, printed


def reads(prompt: Prompt) -> Reads:
    """Return what all messages read, with what they include; a template that does not parse reads nothing."""
    found = Reads()
    for message in prompt.texts:
        _template(found, prompt, message.content, 0)
    for text in (*(message.content for message in prompt.texts), *prompt.includes.values()):
        if split_simple(text) is None:
            from llmops_cli.render.environment import reader  # 65 ms: jinja2
            from llmops_cli.render.syntax import read

            found.bound.update(read(reader(), text).bound)
    return found


def _template(found: Reads, prompt: Prompt, text: str, depth: int) -> None:
    parts = split_simple(text)
    if parts is not None:
        found.read.update((name,) for name in parts[1::2])
        found.printed.update((name,) for name in parts[1::2])
        return
    from llmops_cli.render.environment import reader  # 65 ms: jinja2
    from llmops_cli.render.reading import Reading
    from llmops_cli.render.syntax import read

    if read(reader(), text).error or depth > MAX_DEPTH:
        return
    reading = Reading(found.read, found.printed)
    reading.statements(reader().parse(text).body)
    for path in reading.includes:
        if path in prompt.includes:
            _template(found, prompt, prompt.includes[path], depth + 1)
