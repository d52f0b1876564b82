"""An edit on real cases: each case of an eval set rendered on both sides. No model is asked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from llmops_cli.compare.rendering import Edit, case_texts
from llmops_cli.compare.takes import takes
from llmops_cli.errors import UnknownNameError
from llmops_cli.flow.cost import request_tokens
from llmops_cli.load.evalsets import cases
from llmops_cli.model.completion import Request
from llmops_cli.model.diff import RenderedSet, TextChange
from llmops_cli.model.evalset import Case, EvalSet
from llmops_cli.model.ports import Tree
from llmops_cli.model.prompt import Message, Prompt
from llmops_cli.render.errors import RenderError
from llmops_cli.render.messages import Renderer
from llmops_cli.render.pieces import split_simple

MOST_CASES = 200
"""Cases of a set that are looked at when asked for; a summary that nobody asked for looks at fewer."""
GLANCE = 40
_GLANCE_CHARACTERS = 200_000


@dataclass(slots=True)
class _Seen:
    differ: list[tuple[int, str]] = field(default_factory=list)
    broken: list[tuple[str, str]] = field(default_factory=list)
    before: list[int] = field(default_factory=list)
    after: list[int] = field(default_factory=list)
    cases: int = 0


def light(prompt: Prompt) -> bool:
    """Return whether each template can be rendered in this process, as cheap as a summary must be."""
    complex_ = [message for message in prompt.messages if isinstance(message, Message) and not _simple(message)]
    if not complex_:
        return True
    from llmops_cli.render.weight import Scale  # 65 ms: jinja2, imported already to find what the templates name

    scale = Scale(prompt.includes)
    return all(scale.weigh(message.content).light for message in complex_)


def rendered_set(
    tree: Tree, evalset: EvalSet, before: Prompt, after: Prompt, *, glance: bool = False
) -> RenderedSet | None:
    """Return what differs in the cases of a set; None where it has no case that can be read.

    With `glance` only the first cases are looked at, and no child process is started for them.
    """
    most = GLANCE if glance else MOST_CASES
    found = [case for case in islice(cases(tree, evalset), most + 1) if isinstance(case, Case)]
    if not found:
        return None
    edit, seen, characters = Edit(before, after), _Seen(), 0
    with _Quick(before) as old, _Quick(after) as new:
        for case in found[:most]:
            _look(case, (old, new), edit, seen)
            characters += 4 * (seen.after[-1] if seen.after else 0)
            if glance and characters > _GLANCE_CHARACTERS:
                break
    return RenderedSet(
        evalset=evalset.id,
        cases=seen.cases,
        differ=tuple(name for _, name in sorted(seen.differ, key=lambda one: (-one[0], one[1]))),
        broken=tuple(seen.broken),
        more=seen.cases < len(found),
        median_before=_median(seen.before),
        median_after=_median(seen.after),
    )


def case_words(
    tree: Tree, evalset: EvalSet, pair: tuple[Prompt, Prompt], wanted: Sequence[str]
) -> tuple[TextChange, ...]:
    """Return the words that differ in these cases as they render. Raises `UnknownNameError` for an unknown case."""
    found = {case.id: case for case in cases(tree, evalset) if isinstance(case, Case) and case.id in wanted}
    for name in wanted:
        if name not in found:
            raise UnknownNameError(f"no case {name!r} in {evalset.id}", hint="--case SET#ID")
    with _Quick(pair[0]) as old, _Quick(pair[1]) as new:
        return tuple(text for name in wanted for text in _words(found[name], old, new))


def first_words(tree: Tree, evalset: EvalSet, pair: tuple[Prompt, Prompt]) -> tuple[TextChange, ...]:
    """Return the words that differ in the first case which renders differently at all, the edited words included."""
    with _Quick(pair[0]) as old, _Quick(pair[1]) as new:
        for case in islice(cases(tree, evalset), MOST_CASES):
            if isinstance(case, Case) and (found := tuple(_words(case, old, new))):
                return found
    return ()


class _Quick(Renderer):
    """Renders, and imports no jsonschema for a value that plainly fits its schema."""

    def _schema_misfit(self, schema: Mapping[str, Any], value: Any) -> str:
        return "" if takes(schema, value, schema) else super()._schema_misfit(schema, value)


def _median(numbers: Sequence[int]) -> int | None:
    """Return the number in the middle, or between the two in the middle; None of none."""
    if not numbers:
        return None
    ordered, half = sorted(numbers), len(numbers) // 2
    return ordered[half] if len(numbers) % 2 else round((ordered[half - 1] + ordered[half]) / 2)


def _simple(message: Message) -> bool:
    return split_simple(message.content) is not None


def _look(case: Case, sides: tuple[Renderer, Renderer], edit: Edit, seen: _Seen) -> None:
    seen.cases += 1
    (old, _), (new, fault) = (_request(case, side) for side in sides)
    if old is not None:
        seen.before.append(request_tokens(old)[0])
    if new is not None:
        seen.after.append(request_tokens(new)[0])
    if old is not None and new is None:
        seen.broken.append((case.id, fault))
    elif old is not None and new is not None and old.messages != new.messages:
        outside = edit.outside(case_texts(old.messages, new.messages), case.inputs)
        if outside:
            seen.differ.append((outside, case.id))


def _words(case: Case, old: Renderer, new: Renderer) -> Iterator[TextChange]:
    (before, fault_before), (after, fault_after) = _request(case, old), _request(case, new)
    for fault, sign in ((fault_before, "before"), (fault_after, "after")):
        if fault:
            yield TextChange(f"{case.id} {sign}", (("+" if sign == "after" else "-", fault),))
    if before is not None and after is not None:
        for text in case_texts(before.messages, after.messages):
            yield TextChange(f"{case.id} {text.label}", text.pieces)


def _request(case: Case, side: Renderer) -> tuple[Request | None, str]:
    try:
        return side.render(case.inputs, turns=case.messages, case=case.id), ""
    except RenderError as error:
        return None, error.message.partition(": ")[2]  # without prompt and case, which stand beside it
