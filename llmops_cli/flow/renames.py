"""Which prompts of a change take the place of those that it removes: a new name is no way out of a baseline."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from llmops_cli.model.prompt import Prompt

LONGEST = 20_000
FEW_WORDS = 250
"""Up to here words are aligned, which takes the cube of their number where they repeat; above, pairs are counted."""
ALIKE = 0.5
"""Share of equal text from which a removed and a new prompt are one prompt with a new name, as in git."""

Judges = Callable[[Prompt], Iterable[str]]


def claims(before: Iterable[Prompt], after: Iterable[Prompt]) -> list[tuple[Prompt, Prompt]]:
    """Return each prompt of the base with every other one that now has a name of it, its id or an alias.

    Callers of that name get the other one from now on, whether it is new or was there before.
    """
    ours = list(after)
    return [(old, new) for old in before for new in ours if old.id != new.id and _names(old) & _names(new)]


def successors(
    gone: Sequence[Prompt], fresh: Sequence[Prompt], judges: tuple[Judges, Judges]
) -> list[tuple[Prompt, Prompt]]:
    """Return each removed prompt with the new ones that take its place without claiming its name.

    A new prompt follows the one that it is most like; a removed prompt that is left over is followed by all that could.
    `judges` say which eval sets judge a prompt, in the base and in the head.
    """
    could = {(old.id, new.id): _follows(old, new, judges) for old in gone for new in fresh}
    found = []
    for new in fresh:
        best = max(gone, key=lambda old: could[old.id, new.id], default=None)
        if best is not None and could[best.id, new.id] >= ALIKE:
            found.append((best, new))
    followed = {old.id for old, _ in found}
    left = [old for old in gone if old.id not in followed]
    return [*found, *((old, new) for old in left for new in fresh if could[old.id, new.id] >= ALIKE)]


def _names(prompt: Prompt) -> set[str]:
    return {prompt.id, *prompt.aliases}


def _follows(old: Prompt, new: Prompt, judges: tuple[Judges, Judges]) -> float:
    """Return how much one prompt is the other: 1.0 the same content, from `ALIKE` up one that takes its place.

    One that the old cases can be put to, and that an eval set of the other judges, follows it however it is worded.
    """
    if old.digest == new.digest:
        return 1.0
    base, head = judges
    ratio = _likeness(old, new)
    sets = {*base(old)} & {*base(new), *head(new)} or {*head(old)} & {*head(new)}
    return max(ratio, ALIKE) if sets and _takes(old, new) else ratio


def _takes(old: Prompt, new: Prompt) -> bool:
    required = {variable.name for variable in new.variables if variable.required}
    return required <= {variable.name for variable in old.variables}


def _likeness(old: Prompt, new: Prompt) -> float:
    texts = ["\n".join(message.content for message in prompt.texts) for prompt in (old, new)]
    one, other = (text[:LONGEST].split() for text in texts)
    if max(len(one), len(other)) <= FEW_WORDS:
        return SequenceMatcher(None, one, other, autojunk=False).ratio()
    shared = Counter(pairwise(one)) & Counter(pairwise(other))
    return 2.0 * shared.total() / max(1, len(one) + len(other) - 2)
