"""What only our files say of a prompt: carried through another tool's file under a key of ours, and taken back."""

from collections.abc import Callable, Collection, Mapping

from llmops_cli.convert._declared import spec
from llmops_cli.convert._draft import Draft
from llmops_cli.model.exchange import MARK, Json, mark_of
from llmops_cli.model.prompt import Prompt


def own_of(prompt: Prompt, tool: str, said: Collection[str] = ()) -> dict[str, Json]:
    """Return what the other tool has no word for and what changes no request. `said`: what the writer did write.

    `extra` is what imports from other tools kept: it goes along, so that it can come back.
    """
    whole: dict[str, Json] = {
        "version": prompt.version,
        "description": prompt.description,
        "owners": list(prompt.owners),
        "tags": list(prompt.tags),
        "aliases": list(prompt.aliases),
        "evals": list(prompt.evals),
        "variables": {variable.name: found for variable in prompt.variables if (found := spec(variable))},
        "extra": {key: value for key, value in prompt.extra.items() if key != f"x-{tool}"},
    }
    return {key: value for key, value in whole.items() if value and key not in said}


def fits(key: str, value: Json) -> bool:
    """Return whether an export of ours writes such a value under such a key."""
    return key in _FORMS and _FORMS[key](value)


def take_own(draft: Draft, own: Json, at: str) -> None:
    """Take back what an export wrote; what no export of ours writes is a loss. `at`: where it stands in the file."""
    if own is None:
        return
    if not isinstance(own, Mapping):
        draft.lose(at, "is no mapping, and is not read")
        return
    for key, value in own.items():
        if not fits(key, value):
            draft.lose(f"{at}.{key}", "is nothing that an export of ours writes, and is not read")
        elif key == "variables":
            draft.variables |= {draft.name(name): dict(said) for name, said in value.items()}
        elif key == "extra":
            draft.others |= value
        else:
            draft.head[key] = value


def is_edited(prompt: Prompt, kept: Mapping[str, Json]) -> bool:
    """Return whether a prompt was changed since it came in: then it is no longer the version that it was there."""
    return isinstance(kept.get(MARK), str) and kept[MARK] != mark_of(prompt)


def _texts(value: Json) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and item for item in value)


def _foreign(value: Json) -> bool:
    return isinstance(value, Mapping) and all(isinstance(key, str) and key.startswith("x-") for key in value)


def _specs(value: Json) -> bool:
    return isinstance(value, Mapping) and all(isinstance(said, Mapping) for said in value.values())


_FORMS: Mapping[str, Callable[[Json], bool]] = {
    "version": lambda value: isinstance(value, str),
    "description": lambda value: isinstance(value, str),
    "owners": _texts,
    "tags": _texts,
    "aliases": _texts,
    "evals": _texts,
    "variables": _specs,
    "extra": _foreign,
}
