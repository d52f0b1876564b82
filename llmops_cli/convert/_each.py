"""One foreign file after the other → prompts of ours; what one of many cannot give is a loss, not the end."""

from collections.abc import Callable, Sequence

from llmops_cli.convert._built import proved
from llmops_cli.convert._draft import Draft, joined
from llmops_cli.convert._names import slug
from llmops_cli.convert._source import chosen
from llmops_cli.errors import FindingsError
from llmops_cli.model.exchange import Files, Foreign, Imported, Loss

One = Callable[[Draft, str, Files], Sequence[Foreign]]
"""Reads the file of a draft, which gets this id, into prompts. Raises `FindingsError` for a file it cannot read."""


def ids(paths: Sequence[str]) -> dict[str, str]:
    """Return the id of each file: its path without its ending, never twice the same."""
    made: dict[str, str] = {}
    for path in paths:
        ident = first = slug(path)
        number = 2
        while ident in made.values():
            ident, number = f"{first}-{number}", number + 1
        made[path] = ident
    return made


def picked(files: Files, name: str, suffixes: Sequence[str]) -> list[str]:
    """Return the files that are prompts: the one that the user named, the others lie beside it; else by their ends."""
    return [name] if name in files else chosen(files, *suffixes)


def each(files: Files, name: str, tool: str, suffixes: Sequence[str], one: One) -> Imported:
    """Return the prompts of the file called `name`, or of all files with one of the suffixes.

    Raises `FindingsError` where the only one cannot be read. A `UsageError` is always raised: it stands for what is
    refused whatever the user accepts to lose.
    """
    paths = picked(files, name, suffixes)
    named = ids(paths)
    drafts: list[Draft] = []
    prompts: list[Foreign] = []
    for path in paths:
        draft = Draft(tool, path)
        try:
            made = one(draft, named[path], files)
            checked = proved(joined(tuple(made), draft))
        except FindingsError as error:
            if len(paths) == 1:
                raise
            draft = Draft(tool, path, losses=[Loss(path, f"not imported: {error.message}", error.hint, error.where)])
        else:
            prompts += made
            draft.losses = list(checked.losses)
        drafts.append(draft)
    return joined(tuple(prompts), *drafts)
