"""A diff put onto the prompt before it gives the prompt after it: the proof that a diff leaves nothing out."""

import copy
from collections.abc import Sequence

from llmops_cli.compare.paths import Path, drop, put, split
from llmops_cli.compare.view import prompt_of, view
from llmops_cli.model.diff import Change, ChangeClass, Json, PromptDiff
from llmops_cli.model.prompt import Prompt

_LISTS: tuple[Path, ...] = (("messages",), ("tools",), ("examples", "rows"))


def apply(diff: PromptDiff, before: Prompt | None) -> Prompt | None:
    """Return the prompt after: all that its file says, without places and digests."""
    if diff.status != "changed" or before is None:
        said = diff.changes[0].after
        return None if said is None else prompt_of(said)
    root = copy.deepcopy(view(before))
    steps = [(split(change.path), change) for change in diff.changes]
    for top in _LISTS:
        _reorder(root, top, [(path[-1], change) for path, change in steps if path[:-1] == top and _places(change)])
    for path, change in steps:
        if not (path[:-1] in _LISTS and _places(change)):
            _edit(root, path, change)
    if _plain_model_changed(diff, before):
        root["resolved_model"] = root["model"]
    return prompt_of(root)


def _edit(root: Json, path: Path, change: Change) -> None:
    if change.kind == "removed" and path != ("examples",):
        drop(root, path)
    elif change.kind == "renamed" and path[0] == "variables":
        root["variables"][change.after] = root["variables"].pop(change.before)
    else:
        put(root, path, copy.deepcopy(change.after))


def _places(change: Change) -> bool:
    return change.kind in ("added", "removed", "moved")


def _reorder(root: Json, top: Path, steps: Sequence[tuple[str | int, Change]]) -> None:
    """Take out what was removed or moved, put in what was added or moved at its place after, fill up in order."""
    if not steps:
        return
    items: Json = root
    for key in top:
        items = items[key]
    gone = {at for at, change in steps if change.kind == "removed"}
    moved = {change.before: change.after for _, change in steps if change.kind == "moved"}
    placed = {at: change.after for at, change in steps if change.kind == "added"}
    placed |= {to: items[was] for was, to in moved.items()}
    rest = iter([item for at, item in enumerate(items) if at not in gone and at not in moved])
    length = len(items) - len(gone) + len([change for _, change in steps if change.kind == "added"])
    items[:] = [placed[at] if at in placed else next(rest) for at in range(length)]


def _plain_model_changed(diff: PromptDiff, before: Prompt) -> bool:
    """Return whether the model changed and the file's name for it is its own on both sides."""
    models = {change.path: change.change_class for change in diff.changes if change.area == "model"}
    plainly = before.resolved_model == before.model and "resolved_model" not in models
    return plainly and models.get("model") is ChangeClass.MINOR
