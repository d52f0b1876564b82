"""Ids and variables → names that a language takes, no two of them the same."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable

WORD = re.compile(r"[A-Za-z0-9]+")


def functions(ids: Iterable[str], style: Callable[[list[str]], str], reserved: Collection[str]) -> dict[str, str]:
    """Return a function name for each id. Ids that would share one get the start of their own hash behind it.

    The hash is the id's alone, so that a name does not depend on the order; a new rival does rename the first.
    """
    plain = {name: _free(_begun(style(WORD.findall(name))), reserved) for name in ids}
    counts = Counter(plain.values())
    found = {name: f"{said}_{_hash(name)}" if counts[said] > 1 else said for name, said in plain.items()}
    rivals = Counter(found.values())
    return {name: f"{said}_{_hash(name)}" if rivals[said] > 1 else said for name, said in found.items()}


def arguments(names: Iterable[str], reserved: Collection[str]) -> dict[str, str]:
    """Return a parameter name for each variable, unique among them."""
    found: dict[str, str] = {}
    for name in names:
        said = re.sub(r"\W", "_", unicodedata.normalize("NFKC", name))
        said = _free(said if said.isidentifier() else f"_{said}", reserved)
        while said in found.values():
            said += "_"
        found[name] = said
    return found


def snake(words: list[str]) -> str:
    """Return the words as `snake_case`."""
    return "_".join(word.lower() for word in words)


def camel(words: list[str]) -> str:
    """Return the words as `camelCase`."""
    return "".join(
        word[:1].lower() + word[1:] if not place else word[:1].upper() + word[1:] for place, word in enumerate(words)
    )


def pascal(words: list[str]) -> str:
    """Return the words as `PascalCase`."""
    return "".join(word[:1].upper() + word[1:] for word in words)


def _begun(name: str) -> str:
    return name if name[:1].isalpha() else f"prompt{name}" if name else "prompt"


def _free(name: str, reserved: Collection[str]) -> str:
    while name in reserved:
        name += "_"
    return name


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:6]
