"""Two versions of a prompt → the edit between them in hunks, and the prompt with any choice of them.

All hunks give what the model sees of the version after, none that of the version before (a law in the tests); spacing
inside the tags of a template, which no model sees, is no hunk. Nor is a name that one side alone declares (a variable,
a constant, an include): it follows the text that uses it. Without the text it does nothing, and the text without it is
no prompt.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from llmops_cli.compare import align, parts
from llmops_cli.compare.names import Names, used, variables
from llmops_cli.compare.parts import Make, Note
from llmops_cli.compare.sequences import message_pairs, tool_name
from llmops_cli.compare.view import message_of
from llmops_cli.model.frozen import message_view
from llmops_cli.model.hunk import Hunk, Json
from llmops_cli.model.prompt import Examples, Prompt, TemplateFacts, canonical

Facts = Callable[[Prompt], TemplateFacts]
"""What the templates of a prompt name."""


@dataclass(frozen=True, slots=True)
class Edit:
    """The hunks of an edit, in the order of the prompt, and what puts them on."""

    before: Prompt
    after: Prompt
    hunks: tuple[Hunk, ...]
    make: Mapping[str, Make]
    names: Mapping[str, Names]
    facts: Facts = field(repr=False)


def edit(before: Prompt, after: Prompt, facts: Facts) -> Edit:
    """Return the edit that makes `after` of `before`; both are resolved."""
    found: list[Hunk] = []

    def note(hunk: Hunk) -> int:
        found.append(hunk)
        return len(found) - 1

    uses = (used(before, facts(before)), used(after, facts(after)))
    make = {
        "model": _model(note, before, after),
        "params": parts.mapping(note, "params", ("params",), before.params, after.params),
        "messages": _messages(note, before, after),
        "examples": _examples(note, before, after),
        "tools": _tools(note, before, after),
        "output": parts.mapping(note, "output", ("output",), before.output, after.output),
    }
    names = {
        "includes": Names.of(note, "include", "includes", (before.includes, after.includes), uses),
        "constants": Names.of(note, "constants", "constants", (before.constants, after.constants), uses),
        "literals": Names.of(note, "literals", "literals", (_literals(before), _literals(after)), uses),
        "variables": variables(note, (before, after), uses),
    }
    return Edit(before, after, tuple(found), make, names, facts)


def apply(edit: Edit, chosen: Iterable[int]) -> Prompt:
    """Return the version before with these hunks put onto it; its digests are empty."""
    taken = frozenset(chosen)
    made = {part: make(taken) for part, make in edit.make.items()}
    model, resolved = made["model"]
    whole: dict[str, Any] = {name: names.all(taken) for name, names in edit.names.items()}
    rough = replace(
        edit.after,
        model=model,
        resolved_model=resolved,
        params=made["params"],
        messages=tuple(message_of(message) for message in made["messages"]),
        examples=Examples(tuple(made["examples"][0]), made["examples"][1]) if made["examples"] else None,
        tools=tuple(made["tools"]),
        output=made["output"],
        digest="",
        interface_digest="",
    )
    rough = _named(rough, whole)
    wanted = used(rough, edit.facts(rough))
    return _named(rough, {name: names.some(whole[name], wanted) for name, names in edit.names.items()})


def _literals(prompt: Prompt) -> dict[str, str]:
    return {name: name for name in prompt.literals}


def _named(prompt: Prompt, names: Mapping[str, Mapping[str, Any]]) -> Prompt:
    return replace(
        prompt,
        includes=names["includes"],
        constants=names["constants"],
        literals=tuple(names["literals"]),
        variables=tuple(names["variables"].values()),
    )


def _model(note: Note, before: Prompt, after: Prompt) -> Make:
    one, other = ((side.model, side.resolved_model) for side in (before, after))
    if one == other:
        return lambda _: other
    shown = (one[0], other[0]) if one[0] != other[0] else (one[1], other[1])
    number = note(Hunk("model", ("model",), "changed", shown[0], shown[1]))
    return lambda chosen: other if number in chosen else one


def _messages(note: Note, before: Prompt, after: Prompt) -> Make:
    sides = tuple([message_view(message) for message in side.messages] for side in (before, after))
    one, other = sides

    def inner(i: int, j: int) -> Make:
        role = _role(other[j], j)
        roles = parts.value(note, f"{role} role", ("messages", j, "role"), one[i].get("role"), other[j].get("role"))
        if "placeholder" in one[i]:
            said = parts.value(note, role, ("messages", j), one[i]["placeholder"], other[j]["placeholder"])
            return lambda chosen: {"placeholder": said(chosen)}
        content = parts.text(note, role, ("messages", j, "content"), one[i]["content"], other[j]["content"])
        return lambda chosen: {"role": roles(chosen), "content": content(chosen)}

    return parts.slots(note, message_pairs(one, other), (one, other), ("messages",), _role, inner)


def _role(message: Json, place: int) -> str:
    return f"messages[{place}] {message.get('role') or message.get('placeholder')}"


def _examples(note: Note, before: Prompt, after: Prompt) -> Make:
    """Return what makes rows and how many of them are shown; that is all of them on both sides, or a hunk."""
    one, other = before.examples, after.examples
    if one is None or other is None:
        sides = [[list(side.rows), side.k] if side else None for side in (one, other)]
        return parts.value(note, "examples", ("examples",), *sides)
    rows = _rows(note, list(one.rows), list(other.rows))
    if one.k == len(one.rows) and other.k == len(other.rows):
        return lambda chosen: [made := rows(chosen), len(made)]
    shown = parts.value(note, "examples shown", ("examples", "k"), one.k, other.k)
    return lambda chosen: [rows(chosen), shown(chosen)]


def _rows(note: Note, before: list[Json], after: list[Json]) -> Make:
    pairs = align.exact([canonical(row) for row in before], [canonical(row) for row in after])
    left = [i for i in range(len(before)) if i not in {i for i, _ in pairs}]
    right = [j for j in range(len(after)) if j not in {j for _, j in pairs}]
    reworded = align.nearest(left, right, lambda i, j: _alike(before[i], after[j]))

    def inner(i: int, j: int) -> Make:
        return parts.value(note, f"example {j + 1}", ("examples", "rows", j), before[i], after[j])

    both = sorted([*pairs, *reworded])
    return parts.slots(note, both, (before, after), ("examples", "rows"), lambda _, at: f"example {at + 1}", inner)


def _alike(one: Mapping[str, Json], other: Mapping[str, Json]) -> float:
    """Return the share of fields that two rows have in common: a row with one field edited is the same row."""
    same = sum(canonical(one[key]) == canonical(other[key]) for key in one.keys() & other.keys())
    return same / len({*one, *other}) if one or other else 0.0


def _tools(note: Note, before: Prompt, after: Prompt) -> Make:
    one, other = list(before.tools), list(after.tools)
    pairs = align.exact([tool_name(tool) for tool in one], [tool_name(tool) for tool in other])

    def label(tool: Json, _: int) -> str:
        return f"tool {tool_name(tool)}"

    def inner(i: int, j: int) -> Make:
        return parts.mapping(note, label(other[j], j), ("tools", j), one[i], other[j])

    return parts.slots(note, pairs, (one, other), ("tools",), label, inner)
