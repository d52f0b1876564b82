"""The words that changed in each message and include of a prompt."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from llmops_cli.compare.sequences import message_pairs
from llmops_cli.compare.view import view
from llmops_cli.compare.words import words
from llmops_cli.model.diff import TextChange
from llmops_cli.model.prompt import Prompt


def texts(before: Prompt | None, after: Prompt | None) -> Iterator[TextChange]:
    """Yield each text that differs: messages in their order after (a removed one where it stood), then includes."""
    one, other = (_messages(side) for side in (before, after))
    pairs = message_pairs(one, other)
    places: list[tuple[int, int, int | None, int | None]] = [(j, 1, i, j) for i, j in pairs if one[i] != other[j]]
    places += [(i, 0, i, None) for i in range(len(one)) if i not in {i for i, _ in pairs}]
    places += [(j, 1, None, j) for j in range(len(other)) if j not in {j for _, j in pairs}]
    for _, _, i, j in sorted(places, key=lambda place: place[:2]):
        old = "" if i is None else one[i].get("content", "")
        new = "" if j is None else other[j].get("content", "")
        if old != new:
            label = _label(one, i) if j is None and i is not None else _label(other, j or 0)
            yield words(label, old, new)
    includes = [dict(side.includes) if side else {} for side in (before, after)]
    for path in sorted({*includes[0], *includes[1]}):
        old, new = (side.get(path, "") for side in includes)
        if old != new:
            yield words(f"include {path}", old, new)


def _messages(prompt: Prompt | None) -> Sequence[Mapping[str, str]]:
    return view(prompt)["messages"] if prompt else ()


def _label(messages: Sequence[Mapping[str, str]], at: int) -> str:
    """Return the role; with its place among all messages where the role speaks more than once."""
    role = messages[at].get("role", "")
    often = Counter(message.get("role", "") for message in messages)[role] > 1
    return f"{role}[{at}]" if often else role
