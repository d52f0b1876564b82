"""Which commit broke a prompt: versions between a good and a bad end, asked the cases that tell the ends apart."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from llmops_cli.compare.breaks import Breaks, breaks
from llmops_cli.compare.ddmin import Outcome, StoppedError, turning_point
from llmops_cli.compare.prompts import diff
from llmops_cli.errors import UnknownNameError, UsageError
from llmops_cli.flow.ancestry import Past
from llmops_cli.flow.asked_fresh import fresh_arm, with_fresh
from llmops_cli.flow.bisecting import Search, old_side
from llmops_cli.flow.cases import read_cases
from llmops_cli.flow.contestant import Bout, Contestant, Side
from llmops_cli.flow.desk import Desk
from llmops_cli.flow.fresh import series
from llmops_cli.flow.judges import judge_routes, judges
from llmops_cli.flow.limits import Limits
from llmops_cli.flow.own_checks import own_checks
from llmops_cli.flow.probing import Prober, fresh_run, primary, surest
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import read
from llmops_cli.flow.routes import route
from llmops_cli.flow.scoring import bench
from llmops_cli.flow.search_again import Step, go_on, sight
from llmops_cli.flow.search_ends import Lost, capped, end_arm, lacking, require_ends
from llmops_cli.flow.versions import Versions, versions
from llmops_cli.model.completion import Failure
from llmops_cli.model.evalset import Case, EvalSet
from llmops_cli.model.explained import Asked, Bisected, Said, Suspect
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.run import Result

OnResult = Callable[[str, Result], None]
STATES: Mapping[Outcome | None, Said] = {
    Outcome.PASS: "passes",
    Outcome.FAIL: "fails",
    Outcome.UNRESOLVED: "skipped",
    None: "unknown",
}


@dataclass(frozen=True, slots=True)
class BisectWish:
    """What a user asks for. `only`: of these cases; `cases`: how many of those that tell the ends apart are asked.

    `scorer`: on which they differ ("" = the primary one).
    """

    prompt: str
    good: str
    bad: str = "HEAD"
    evalset: str = ""
    scorer: str = ""
    only: tuple[str, ...] = ()
    mode: str = "auto"
    cases: int = 5
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class _Stage:
    """All that a search stands on."""

    project: Project
    desk: Desk
    bout: Bout
    row: Versions
    wish: BisectWish
    on_result: OnResult | None

    def tell(self, result: Result) -> None:
        """Tell of one answer."""
        if self.on_result:
            self.on_result(self.wish.prompt, result)


def bisect(project: Project, wish: BisectWish, on_result: OnResult | None = None) -> Bisected:
    """Return the commit. Raises `IncompleteError` where the two ends would take more calls than may be made."""
    row = versions(project, wish.prompt, wish.good, wish.bad)
    told = Bisected("nothing", Asked(wish.prompt), row.good_commit, row.bad_commit)
    if row.good.digest == row.bad.digest:
        return replace(told, reason="what the model sees is the same at both ends")
    evalset = _evalset(project, row.bad, wish)
    cases = _cases(project, evalset, wish)
    with Desk.open(project, project.settings, mode=wish.mode, limits=wish.limits) as desk:
        lost = lacking(desk, _sides(project, row, _bout(project, desk, evalset, cases, row.bad)))
    wish = replace(wish, limits=capped(wish.limits, project.settings, lost))
    with Desk.open(project, project.settings, mode=wish.mode, limits=wish.limits) as desk:
        routes = [route(row.bad.model, old_side(project, row.bad_commit).settings, desk.environment, project.tree)]
        desk.check(routes + judge_routes(project, [evalset]))
        stage = _Stage(project, desk, _bout(project, desk, evalset, cases, row.bad), row, wish, on_result)
        told, stopped = _judged(stage, told, lost)
        again = tuple(_next(wish, told, stopped))
        return replace(told, asked=replace(told.asked, calls=desk.calls, cost_usd=desk.cost_usd, again=again))


def _next(wish: BisectWish, told: Bisected, stopped: Failure | None) -> Iterator[Step]:
    """Yield what helps where the search gave no answer."""
    given = _command(wish)
    match told.state:
        case "stopped":
            yield from go_on(given, stopped, cap=wish.limits.max_calls or 0)
        case "diffuse" | "good-fails" | "bad-passes":
            where = "" if wish.bad == "HEAD" else f", with {wish.bad} checked out"
            yield f"which part of all the edits between them, by means over many cases{where}:", _explain(wish)
            yield sight(given)
        case _:
            return


def _bout(project: Project, desk: Desk, evalset: EvalSet, cases: tuple[Case, ...], prompt: Prompt) -> Bout:
    rubric = judges(desk, project.tree, project.settings, project.tree, evalset.id)
    own = own_checks(project.tree, evalset, cases)
    return Bout(evalset, cases, bench(evalset, prompt.output, own_checks=own, judge=rubric))


def _sides(project: Project, row: Versions, bout: Bout) -> list[tuple[Side, Bout, Prompt]]:
    return [
        (old_side(project, commit), bout, prompt)
        for commit, prompt in ((row.good_commit, row.good), (row.bad_commit, row.bad))
    ]


def _evalset(project: Project, prompt: Prompt, wish: BisectWish) -> EvalSet:
    registry = read(project.tree, project.settings, paths=())
    names = (wish.evalset,) if wish.evalset else registry.judges(prompt)
    if len(names) != 1:
        hint = f"--evalset ID, one of: {', '.join(names)}" if names else "--evalset ID"
        raise UsageError(f"{len(names) or 'no'} eval sets judge {prompt.id}", hint=hint)
    return registry.evalset(names[0])


def _cases(project: Project, evalset: EvalSet, wish: BisectWish) -> tuple[Case, ...]:
    cases = read_cases(project.tree, evalset)
    unknown = {*wish.only} - {case.id for case in cases}
    if unknown:
        raise UnknownNameError(f"no case {min(unknown)!r} in {evalset.id}", hint="--case ID, as the gate names it")
    return tuple(case for case in cases if not wish.only or case.id in wish.only)


def _command(wish: BisectWish) -> tuple[str, ...]:
    """Return the command that asks for a wish, without its cap."""
    said = {"--good": wish.good, "--bad": wish.bad, "--evalset": wish.evalset, "--scorer": wish.scorer}
    said |= {"--mode": wish.mode}
    usual = {"--bad": "HEAD", "--mode": "auto"}
    more = [part for flag, value in said.items() if value != usual.get(flag, "") for part in (flag, value)]
    more += [part for case in wish.only for part in ("--case", case)]
    return ("llmops", "eval", "bisect", wish.prompt, *more)


def _explain(wish: BisectWish) -> tuple[str, ...]:
    said = {"--base": wish.good, "--evalset": wish.evalset, "--scorer": wish.scorer}
    more = [part for flag, value in said.items() if value for part in (flag, value)]
    return ("llmops", "eval", "explain", wish.prompt, *more)


def _scorer(bout: Bout, wish: BisectWish) -> str:
    """Return the name of the scorer on which the ends differ. Raises where there is none."""
    spec = primary(bout.evalset, bout, wish.scorer)
    if spec is not None:
        return spec.name
    if wish.scorer:
        names = ", ".join(each.name for each in bout.bench.specs)
        raise UnknownNameError(f"{bout.evalset.id} has no scorer {wish.scorer!r}", hint=f"it has: {names or 'none'}")
    raise UsageError(f"eval set {bout.evalset.id} has no gating scorer", hint="add e.g. scorers: [{type: exact}]")


def _judged(stage: _Stage, told: Bisected, lost: Lost) -> tuple[Bisected, Failure | None]:
    """Return what the ends say, and where they differ for good, what lies between; and the failure that ended it."""
    bout, desk, wish = stage.bout, stage.desk, stage.wish
    scorer = _scorer(bout, wish)
    ends = _sides(stage.project, stage.row, bout)
    require_ends(lost, wish.limits.max_calls, wish.mode, _command(wish), "name the cases that broke: --case ID")
    arms = [end_arm(side, bout, prompt, desk, on_result=stage.tell) for side, _, prompt in ends]
    fresh = [Contestant(side, bout, prompt, desk) for side, _, prompt in ends]
    arms = list(map(with_fresh, arms, map(fresh_arm, fresh, series(stage.row.good, stage.row.bad))))
    found = breaks(arms[0], arms[1], scorer)
    asked = Asked(wish.prompt, bout.evalset.id, scorer, broke=len(found.cases))
    told = replace(told, asked=asked)
    if found.state != "concentrated":
        return replace(told, state=found.state, reason=found.reason), None
    cases = surest(bout, found, wish.cases)
    least = {one.case: one.least for one in found.cases}
    prober = Prober(bout, desk, scorer, cases, least, on_result=stage.tell)
    search = Search(stage.project, desk, bout, scorer, stage.row, prober)
    told = replace(told, asked=replace(asked, cases=tuple(case.id for case in cases)))
    return _between(search, told, _unseen(found, cases)), prober.stopped


def _unseen(found: Breaks, cases: Sequence[Case]) -> tuple[int | None, int | None]:
    """Return the first run of each end that nobody has seen, None where its cases were seen twice: one slip may lie."""
    before = [replace(one, after_runs=one.before_runs) for one in found.cases]
    return fresh_run(before, cases), fresh_run(found.cases, cases)


def _between(search: Search, told: Bisected, unseen: tuple[int | None, int | None]) -> Bisected:
    row = search.row
    try:
        good, bad = (old_side(search.project, commit) for commit in (row.good_commit, row.bad_commit))
        if unseen[1] is not None and not search.is_broken(bad, row.bad, first=unseen[1]):
            return replace(told, state="bad-passes", reason=_unlike(Outcome.FAIL))
        if unseen[0] is not None and search.vote(good, row.good, first=unseen[0]) is not Outcome.PASS:
            return replace(told, state="good-fails", reason=_unlike(Outcome.PASS))
        turn = turning_point(len(row.between), search.outcome)
    except StoppedError:
        asked = replace(told.asked, stopped=search.prober.why_stopped)
        return replace(told, state="stopped", asked=asked, versions=_told(search))
    suspects = _told(search)
    culprits = suspects[turn.passes : turn.fails]
    before = row.between[turn.passes - 1].prompt if turn.passes else row.good
    after = row.between[turn.fails - 1].prompt
    names = [_short(row, place) for place in (turn.passes, turn.fails)]
    change = diff(before, after, before_name=names[0], after_name=names[1]) if len(culprits) == 1 else None
    return replace(
        told, state="found" if len(culprits) == 1 else "range", versions=suspects, culprits=culprits, diff=change
    )


def _unlike(wanted: Outcome) -> str:
    end, verb = ("good", "fails") if wanted is Outcome.PASS else ("bad", "passes")
    return f"asked again, the {end} end {verb} these cases: a run of each does not tell the ends apart"


def _short(row: Versions, place: int) -> str:
    return (row.between[place - 1].commit.id if place else row.good_commit)[:7]


def _told(search: Search) -> tuple[Suspect, ...]:
    """Return every version with what is known of it."""
    return tuple(_suspect(search, place, past) for place, past in enumerate(search.row.between, 1))


def _suspect(search: Search, place: int, past: Past) -> Suspect:
    outcome, stored, unrendered = search.said.get(place, (None, False, ""))
    state = "fails" if place == len(search.row.between) else STATES[outcome]
    reason = "the prompt cannot be read there" if past.prompt is None else ""
    if state == "skipped" and not reason:
        reason = unrendered or "its answers say neither"
    return Suspect(
        past.commit,
        past.path,
        state,
        digest=past.prompt.digest if past.prompt else "",
        version=past.prompt.version if past.prompt else "",
        stored=stored,
        reason=reason,
    )
