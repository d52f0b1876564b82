"""Which part of an edit broke its cases: hunks are put onto the base a few at a time, and those cases asked."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from llmops_cli.compare.culprits import Culprit, Findings, culprits
from llmops_cli.compare.ddmin import Items
from llmops_cli.compare.hunks import Edit, apply, edit
from llmops_cli.compare.jury import Seat
from llmops_cli.flow.changes import Pair
from llmops_cli.flow.desk import Desk
from llmops_cli.flow.placed import Files
from llmops_cli.flow.probing import (
    Prober,
    capped,
    fresh_run,
    surest,
)
from llmops_cli.flow.project import Project
from llmops_cli.flow.routes import route
from llmops_cli.flow.scene import scene
from llmops_cli.flow.what_broke import Broken, Ends, ExplainWish, lost_of, most_broken
from llmops_cli.model.explained import Asked, Explained, Guilty
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.run import Result
from llmops_cli.render.identity import identify
from llmops_cli.render.template import facts

OnResult = Callable[[str, Result], None]


def explain(project: Project, wish: ExplainWish, on_result: OnResult | None = None) -> Explained:
    """Return what broke. Raises `IncompleteError` where the two ends would take more calls than may be made."""
    found = scene(project, base=wish.base, head="", prompts=(wish.prompt,))
    told = Explained("nothing", Asked(wish.prompt), found.where.base, found.where.why)
    pair = next(iter(found.pairs), None)
    if pair is None or pair.same or pair.before is None or pair.after is None:
        return replace(told, reason=_why_nothing(pair))
    name = pair.id
    with Desk.open(project, found.policy, found.where, mode=wish.mode, limits=wish.limits) as desk:
        lost = lost_of(pair, Ends(found, pair.before, pair.after, desk), wish)
    wish = replace(wish, limits=capped(wish.limits, found.policy, lost))
    with Desk.open(project, found.policy, found.where, mode=wish.mode, limits=wish.limits) as desk:
        desk.check([route(pair.after.model, found.head_settings, project.environment, found.trusted)])
        ends = Ends(found, pair.before, pair.after, desk)

        def tell(row: Result) -> None:
            if on_result:
                on_result(name, row)

        broken = most_broken(pair, ends, wish, tell)
        evalset = broken.bout.evalset.id
        if broken.found.state == "concentrated":
            told = _searched(replace(told, asked=Asked(name)), broken, ends, wish, tell)
        else:
            told = replace(told, state=broken.found.state, reason=broken.found.reason)
        one_by_one = max(0, told.asked.one_by_one - desk.calls.live)
        asked = replace(told.asked, prompt=name, evalset=evalset, scorer=broken.scorer, broke=len(broken.found.cases))
        others = tuple(spec.name for spec in broken.bout.bench.specs if spec.gate and spec.name != broken.scorer)
        calls = replace(desk.calls, saved=one_by_one)
        return replace(told, asked=replace(asked, calls=calls, cost_usd=desk.cost_usd, others=others))


def _why_nothing(pair: Pair | None) -> str:
    if pair is None or pair.same:
        return "the prompt is the same on both sides"
    if pair.before is None:
        return "the base does not have this prompt: nothing of it can have broken"
    return "the prompt is removed"


def _searched(
    told: Explained, broken: Broken, ends: Ends, wish: ExplainWish, tell: Callable[[Result], None]
) -> Explained:
    cases = surest(broken.bout, broken.found, wish.cases)
    least = {one.case: one.least for one in broken.found.cases}
    prober = Prober(
        broken.bout, ends.desk, broken.scorer, cases, least, wish.runs, own_cases=broken.own_cases, on_result=tell
    )
    change = edit(ends.before, ends.after, facts)
    made: dict[Items, Prompt] = {frozenset(range(len(change.hunks))): ends.after, frozenset(): ends.before}

    def ask(hunks: Items, row: tuple[Seat, ...]) -> tuple[bool | None, ...]:
        if hunks not in made:
            made[hunks] = identify(apply(change, hunks))
        return prober.ask(ends.of(made[hunks]), made[hunks], row)

    found = culprits(len(change.hunks), len(cases), ask, fresh=fresh_run(broken.found.cases, cases))
    return replace(
        _told(told, found, change, ends, tuple(case.id for case in cases)),
        asked=replace(
            told.asked,
            cases=tuple(case.id for case in cases),
            one_by_one=len(change.hunks) * len(cases) * wish.runs,
            stopped=prober.why_stopped if found.state == "stopped" else "",
        ),
    )


def _told(told: Explained, found: Findings, change: Edit, ends: Ends, cases: tuple[str, ...]) -> Explained:
    """Return what was found with the hunks' places and the cases' names."""
    files = Files.of((ends.scene.base, ends.before), (ends.scene.head, ends.after))

    def named(one: Culprit) -> Guilty:
        return Guilty(tuple(files.placed(change.hunks[at]) for at in one.hunks), len(one.breaks), len(one.asked))

    return replace(
        told,
        state=found.state,
        hunks=len(change.hunks),
        probes=found.probes,
        culprits=tuple(named(one) for one in found.culprits),
        suspects=tuple(files.placed(change.hunks[at]) for at in found.suspects),
        healed=_names(found.healed, cases),
        still=_names(found.still, cases),
    )


def _names(places: Iterable[int], cases: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(cases[place] for place in places)
