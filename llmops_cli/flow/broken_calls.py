"""Callers that a change breaks: said of each prompt whose interface breaks, and a broken rule where a label moves."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from llmops_cli.flow.changes import Pair
from llmops_cli.flow.duel import Outcome
from llmops_cli.flow.project import Project
from llmops_cli.flow.released import label as read_label
from llmops_cli.flow.released import serving
from llmops_cli.flow.scene import Scene
from llmops_cli.flow.undeclared import with_used_names
from llmops_cli.model.move import Move
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.release import Label
from llmops_cli.model.verdict import Hard, Verdict, worst
from llmops_cli.report.figures import count

if TYPE_CHECKING:
    from llmops_cli.flow.callers import Callers
    from llmops_cli.model.usage import CallBreak, Calls

SHOWN = 3


def with_broken_calls(
    pairs: Sequence[Pair], outcomes: Sequence[Outcome], scene: Scene, project: Project
) -> list[Outcome]:
    """Return the outcomes with the interfaces that break. Python files of the head are read only where one does.

    What breaks in a prompt's file is a reason and no verdict: callers of a version get what they got. A label takes
    its callers along: where one of them breaks in the head, the prompt fails.
    """
    if not any(_may_break(pair) or _splits(pair) for pair in pairs):
        return list(outcomes)
    from llmops_cli.flow.callers import Callers  # 10 ms, which a change of wording need not pay

    callers = Callers(replace(project, tree=scene.head.tree))
    told = (
        _told(pair, one, scene, callers) if _may_break(pair) else one for pair, one in zip(pairs, outcomes, strict=True)
    )
    return [_keyed(pair, one, scene, callers) for pair, one in zip(pairs, told, strict=True)]


def _splits(pair: Pair) -> bool:
    return any(move.splits for move in pair.moves)


def _may_break(pair: Pair) -> bool:
    """Return whether anything differs that callers could meet. An edit of the wording need not be compared for that."""
    before = _asked_for(pair)
    if before is None or pair.same:
        return False
    return pair.after is None or _met(before) != _met(pair.after)


def _met(prompt: Prompt) -> Sequence[object]:
    used = {(one.name, one.has_default, one.reads, one.prints) for one in with_used_names(prompt).variables}
    return (prompt.interface_digest, prompt.id, prompt.aliases, used)


def _told(pair: Pair, outcome: Outcome, scene: Scene, callers: "Callers") -> Outcome:
    from llmops_cli.flow.callers import interface_breaks

    words = interface_breaks(_asked_for(pair), pair.after)
    calls = callers.held(pair.before, pair.after) if words else None
    if calls is None or (pair.after is None and not calls.breaks):
        return outcome
    reason = f"BREAKING: {'; '.join([*words, *_call_words(calls, callers.unread)])}"
    hard = tuple(_hard(pair, scene, callers, calls))
    prompt = replace(
        outcome.prompt,
        verdict=worst(outcome.prompt.verdict, *([Verdict.FAIL] if hard else [])),
        reasons=(reason, *outcome.prompt.reasons),
    )
    return replace(outcome, prompt=prompt, hard=(*outcome.hard, *hard))


def _keyed(pair: Pair, outcome: Outcome, scene: Scene, callers: "Callers") -> Outcome:
    """Return FAIL where a label becomes a split, and calls by it do not say for whom: they would raise."""
    hard = tuple(_unkeyed(pair, scene, callers)) if _splits(pair) else ()
    if not hard:
        return outcome
    verdict, reasons = Verdict.FAIL, (*(rule.detail for rule in hard), *outcome.prompt.reasons)
    prompt = replace(outcome.prompt, verdict=worst(outcome.prompt.verdict, verdict), reasons=reasons)
    return replace(outcome, prompt=prompt, hard=(*outcome.hard, *hard))


def _unkeyed(pair: Pair, scene: Scene, callers: "Callers") -> Iterator[Hard]:
    for move in pair.moves:
        places = callers.unkeyed(_asking(pair, scene, move), move.label) if move.splits else []
        if places:
            verb = "passes" if len(places) == 1 else "pass"
            said = f"{count(len(places), 'call')} by {move.label} {verb} no key=, which a split refuses"
            yield Hard("broken-call", pair.id, "", "", f"{move.text}: {said}: {_shortened(places)}")


def _asking(pair: Pair, scene: Scene, move: Move) -> set[str]:
    """Return the names by which callers of a label get this line of it."""
    label = _label(scene, move.label)
    names = (pair.id, *(pair.after.aliases if pair.after else ()))
    return {name for name in (move.key, *names) if serving(label, (name, *names, move.key)) == move.key}


def _asked_for(pair: Pair) -> Prompt | None:
    """Return the side before. Callers of a label ask for the label's id, whatever a release was called."""
    if pair.by_label and pair.before and pair.after:
        return replace(pair.before, id=pair.after.id, aliases=pair.after.aliases)
    return pair.before


def _call_words(calls: "Calls", unread: Sequence[str]) -> Iterator[str]:
    broken = len(calls.breaks)
    if not calls.sites:
        yield "no call site here"
    elif broken:
        verb = "breaks" if broken == 1 else "break"
        yield f"{_listed(calls.breaks)} ({broken} of {count(calls.sites, 'call site')} {verb})"
    else:
        yield f"none of {count(calls.sites, 'call site')} breaks"
    unsure = [*dict.fromkeys([*(site.place for site in calls.unchecked), *unread])]
    if unsure:
        more = f" and {count(len(unsure) - SHOWN)} more" if len(unsure) > SHOWN else ""
        yield f"{count(len(unsure), 'place')} cannot be checked: {', '.join(unsure[:SHOWN])}{more}"


def _listed(breaks: Sequence["CallBreak"]) -> str:
    said = list(dict.fromkeys(f"{call.place} {call.message}" for call in breaks))
    return _shortened(said)


def _shortened(said: Sequence[str]) -> str:
    more = [f"and {count(len(said) - SHOWN)} more"] if len(said) > SHOWN else []
    return ", ".join([*said[:SHOWN], *more])


def _hard(pair: Pair, scene: Scene, callers: "Callers", calls: "Calls") -> Iterator[Hard]:
    """Yield a broken rule for each label that moves to what a call by this label breaks with.

    A split that still serves the version before gives callers that one too: a call must suit both.
    """
    for move in pair.moves:
        breaks = [call for call in calls.breaks if call.site.ref == move.label]
        if pair.before and move.old in _label(scene, move.label).versions(move.key):
            breaks += [one for one in callers.held(None, pair.before).breaks if one.site.ref == move.label]
        if breaks:
            detail = f"{move.text} breaks {count(len(breaks), 'call')}: {_listed(breaks)}"
            yield Hard("broken-call", pair.id, "", "", detail)


def _label(scene: Scene, name: str) -> Label:
    return read_label(scene.head.tree, scene.head_settings, name)
