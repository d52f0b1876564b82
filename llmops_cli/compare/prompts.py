"""Two versions of a prompt → what differs between them, as data.

| change | class |
|---|---|
| prompt removed; id or alias removed; new required variable; variable removed or renamed; optional → required; type or enum narrowed; output field removed, retyped or made optional; output enum grown | breaking |
| new optional variable; required → optional; type or enum widened; new output field; model, order of roles or tools changed | minor |
| wording, params, default value, few-shot text | patch |
| comments, key order, spacing inside tags, owners, description, tags | none |

What cannot be proven to be compatible is breaking. The class of a diff is the widest of its changes.
"""  # noqa: E501  rows of a table

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal

from llmops_cli.compare import contract, sequences
from llmops_cli.compare.nested import keys_that_differ
from llmops_cli.compare.paths import join
from llmops_cli.compare.templates import plain, static
from llmops_cli.compare.texts import texts
from llmops_cli.compare.view import view
from llmops_cli.model.diff import Area, Change, ChangeClass, Json, PromptDiff
from llmops_cli.model.prompt import Prompt, canonical

BREAKING, MINOR, PATCH, NONE = ChangeClass
_VERSIONED = re.compile(r".+?[-_/@.]?v\d+(\.\d+){0,2}")

_MAPPINGS: tuple[tuple[str, Area, ChangeClass], ...] = (
    ("params", "params", PATCH),
    ("constants", "text", PATCH),
    ("includes", "text", PATCH),
    ("extra", "meta", NONE),
)
_META = ("version", "description", "owners", "tags", "aliases", "evals")


def diff(before: Prompt | None, after: Prompt | None, *, before_name: str, after_name: str) -> PromptDiff:
    """Return what differs. None stands for a side on which there is no such prompt; one side must be there."""
    if before is None or after is None:
        return _one_sided(before, after, before_name, after_name)
    changes = tuple(_settled(change, before, after) for change in _changes(before, after))
    return PromptDiff(
        id=after.id,
        before=before_name,
        after=after_name,
        change_class=_widest(changes),
        changes=changes,
        texts=tuple(texts(before, after)),
        before_digest=before.digest,
        after_digest=after.digest,
    )


def static_text(prompt: Prompt) -> str:
    """Return the text that is sent on every call: templates without their tags, includes, the few-shot examples."""
    constants = dict(prompt.constants)
    parts = [static(message.content, constants) for message in prompt.texts]
    parts += [static(prompt.includes[path], constants) for path in sorted(prompt.includes)]
    if prompt.examples:
        parts += [canonical(row) for row in prompt.examples.rows[: prompt.examples.k]]
    return "\n".join(parts)


def _one_sided(before: Prompt | None, after: Prompt | None, before_name: str, after_name: str) -> PromptDiff:
    prompt = after or before
    if prompt is None:
        raise ValueError("a diff needs a prompt on one side at least")
    new = before is None
    change = (
        Change("", "added", MINOR, "contract", None, view(prompt), "new prompt")
        if new
        else Change("", "removed", BREAKING, "contract", view(prompt), None, "prompt removed: its callers find nothing")
    )
    return PromptDiff(
        id=prompt.id,
        before="" if new else before_name,
        after=after_name if new else "",
        change_class=change.change_class,
        changes=(change,),
        texts=tuple(texts(before, after)),
        before_digest="" if new else prompt.digest,
        after_digest=prompt.digest if new else "",
        status="new" if new else "removed",
    )


def _changes(before: Prompt, after: Prompt) -> Iterator[Change]:
    one, other = view(before), view(after)
    if before.id != after.id:
        yield _renamed(before, after)
    yield from contract.variables(before, after)
    yield from contract.output(before.output, after.output)
    yield from _model(before, after)
    for part, area, change_class in _MAPPINGS:
        for difference in keys_that_differ(one[part], other[part]):
            path = join((part, *difference.path))
            yield Change(path, difference.kind, change_class, area, difference.before, difference.after)
    yield from sequences.messages(one["messages"], other["messages"])
    yield from _literals(one, other)
    rest = any(variable.schema.get("rest") is True for side in (before, after) for variable in side.variables)
    yield from _examples(one["examples"], other["examples"], rest=rest)
    yield from sequences.tools(one["tools"], other["tools"])
    for part in _META:
        if one[part] != other[part]:
            gone = _names_lost(part, before, after)
            words = f"callers of {', '.join(gone)} find nothing" if gone else ""
            told: tuple[ChangeClass, Area] = (BREAKING, "contract") if gone else (NONE, "meta")
            yield Change(part, "changed", *told, one[part], other[part], words)


def _settled(change: Change, before: Prompt, after: Prompt) -> Change:
    """Return the change with its class set to none where it is a text whose spacing alone differs.

    Equal digests are the proof; where there are none, the plain forms are.
    """
    if change.area != "text" or change.change_class is not PATCH:
        return change
    equal = bool(before.digest) and before.digest == after.digest
    texts_alike = change.path.startswith("includes") and plain(change.before or "") == plain(change.after or "")
    if equal or (texts_alike and change.kind == "changed"):
        return replace(change, change_class=NONE, reason="spacing or comments of the template")
    return change if change.reason else replace(change, reason="wording")


def _renamed(before: Prompt, after: Prompt) -> Change:
    kept = before.id in after.aliases
    words = "the old id stays as alias" if kept else f"callers of {before.id} find nothing; keep it under aliases"
    return Change("id", "renamed", NONE if kept else BREAKING, "contract", before.id, after.id, words)


def _model(before: Prompt, after: Prompt) -> Iterator[Change]:
    """Yield the change of the name that the file says, and of the model behind it where that is another name."""
    one, other = (prompt.resolved_model or prompt.model for prompt in (before, after))
    if before.model != after.model:
        same = one == other
        words = "another name for the same model" if same else "another model answers"
        yield Change("model", "changed", NONE if same else MINOR, "model", before.model, after.model, words)
    plainly = before.resolved_model == before.model and after.resolved_model == after.model
    if before.resolved_model != after.resolved_model and not plainly:
        change_class = NONE if one == other else MINOR
        yield Change(
            "resolved_model",
            "changed",
            change_class,
            "model",
            before.resolved_model,
            after.resolved_model,
            "another model answers" if change_class is MINOR else "",
        )


def _literals(one: Mapping[str, Json], other: Mapping[str, Json]) -> Iterator[Change]:
    old, new = one["literals"], other["literals"]
    if old != new:
        same = sorted(old) == sorted(new)
        yield Change("literals", "changed", NONE if same else PATCH, "text", old, new, "order" if same else "wording")


def _examples(one: Json, other: Json, *, rest: bool) -> Iterator[Change]:
    if one is None or other is None:
        if one is not other:
            kind: Literal["added", "removed"] = "added" if one is None else "removed"
            yield Change("examples", kind, PATCH, "examples", one, other, f"few-shot examples {kind}")
        return
    yield from sequences.rows(one["rows"], other["rows"], keep=rest)
    if one["k"] != other["k"]:
        yield Change("examples.k", "changed", PATCH, "examples", one["k"], other["k"], "few-shot examples shown")


def _names_lost(part: str, before: Prompt, after: Prompt) -> list[str]:
    """Return the aliases that no longer resolve. A name with a version in it (`greet-v3.2`) goes with its version."""
    if part != "aliases":
        return []
    kept = {after.id, *after.aliases}
    return [name for name in before.aliases if name not in kept and not _VERSIONED.fullmatch(name)]


def _widest(changes: tuple[Change, ...]) -> ChangeClass:
    order = list(ChangeClass)
    return min((change.change_class for change in changes), key=order.index, default=NONE)
