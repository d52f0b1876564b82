"""Two renderings of one case: what differs besides the words that were edited in the templates."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from llmops_cli.compare.texts import texts
from llmops_cli.compare.words import words
from llmops_cli.model.diff import TextChange
from llmops_cli.model.prompt import Prompt, canonical

Json = Any
Turn = Mapping[str, Json]

_WORD = re.compile(r"\w+")
_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_PRINTED = re.compile(r"\{\{[-+]?\s*(\w+)\s*[-+]?\}\}")


class Edit:
    """What the edit of a prompt shows of itself: words that came or went, and values that are printed newly."""

    def __init__(self, before: Prompt, after: Prompt) -> None:
        """Look at texts, constants and few-shot examples."""
        changes = list(texts(before, after))
        parts = [part for text in changes for sign, part in text.pieces if sign != " "]
        shown = [_TAG.sub(" ", part) for part in parts]
        for one, other in ((before, after), (after, before)):
            shown += [value for name, value in one.constants.items() if other.constants.get(name) != value]
        if _examples(before) != _examples(after):
            shown += [*_examples(before), *_examples(after)]
        self.words = frozenset(word for part in shown for word in _WORD.findall(part))
        # Where one value is printed at another place, the values around it come to stand elsewhere too.
        told = (text for text in changes if any(sign != " " and _PRINTED.search(part) for sign, part in text.pieces))
        self.printed = frozenset(name for text in told for _, part in text.pieces for name in _PRINTED.findall(part))
        self.defaults = {one.name: one.default for side in (before, after) for one in side.variables if one.has_default}

    def outside(self, changes: Iterable[TextChange], inputs: Mapping[str, Json]) -> int:
        """Return how many words of a case differ that the edit does not show."""
        known = {**self.defaults, **inputs}
        values = (_text(known[name]) for name in self.printed if name in known)
        shown = self.words | {word for value in values for word in _WORD.findall(value)}
        parts = (part for change in changes for sign, part in change.pieces if sign != " ")
        return sum(word not in shown for part in parts for word in _WORD.findall(part))


def case_texts(before: Sequence[Turn], after: Sequence[Turn]) -> Iterator[TextChange]:
    """Yield the words that differ in the messages of a case. Messages that only moved do not differ."""
    one, other = (Counter((str(turn["role"]), _text(turn.get("content"))) for turn in side) for side in (before, after))
    left, right = list((one - other).elements()), list((other - one).elements())
    for at in range(max(len(left), len(right))):
        old, new = (side[at] if at < len(side) else ("", "") for side in (left, right))
        yield _words(new[0] or old[0], old[1], new[1])


def _words(label: str, before: str, after: str) -> TextChange:
    """Return the pieces; what is equal at the start and the end is cut off before words are looked at."""
    one, other = before.splitlines(keepends=True), after.splitlines(keepends=True)
    most = min(len(one), len(other))
    start = next((at for at in range(most) if one[at] != other[at]), most)
    end = next((at for at in range(most - start) if one[-1 - at] != other[-1 - at]), most - start)
    found = words(label, "".join(one[start : len(one) - end]), "".join(other[start : len(other) - end]))
    head, tail = "".join(one[:start]), "".join(one[len(one) - end :])
    pieces = [(" ", head)] * bool(head) + [*found.pieces] + [(" ", tail)] * bool(tail)
    return TextChange(label, tuple(pieces))  # type: ignore[arg-type]  # the literals above are signs


def _examples(prompt: Prompt) -> list[str]:
    return [canonical(row) for row in prompt.examples.rows[: prompt.examples.k]] if prompt.examples else []


def _text(value: Json) -> str:
    return value if isinstance(value, str) else "" if value is None else canonical(value)
