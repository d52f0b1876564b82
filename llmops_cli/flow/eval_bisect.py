"""Which commit broke a prompt: versions between a good and a bad end, asked the cases that tell the ends apart."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from llmops_cli.compare.breaks import Breaks, breaks
from llmops_cli.compare.ddmin import Outcome, StoppedError, turning_point
from llmops_cli.compare.jury import seats, vote
from llmops_cli.compare.prompts import diff
from llmops_cli.errors import UnknownNameError, UsageError
from llmops_cli.flow.ancestry import Past
from llmops_cli.flow.arms import stored_arm
from llmops_cli.flow.cases import read_cases
from llmops_cli.flow.contestant import Bout, Side
from llmops_cli.flow.desk import Desk, Limits
from llmops_cli.flow.judges import judges
from llmops_cli.flow.probing import Prober, capped, end_arm, fresh_run, lacking, primary, require_ends, surest
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import read
from llmops_cli.flow.routes import route
from llmops_cli.flow.scoring import bench
from llmops_cli.flow.versions import Versions, settings_at, versions
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
    """What a user asks for. `only`: of these cases; `cases`: how many of those that tell the ends apart are asked."""

    prompt: str
    good: str
    bad: str = "HEAD"
    evalset: str = ""
    only: tuple[str, ...] = ()
    mode: str = "auto"
    cases: int = 5
    limits: Limits = field(default_factory=Limits)


@dataclass(slots=True)
class _Search:
    """One search, with what is known of each version by its place: 0 is the good end."""

    project: Project
    desk: Desk
    bout: Bout
    scorer: str
    row: Versions
    prober: Prober
    said: dict[int, tuple[Outcome, bool, str]] = field(default_factory=dict)

    def outcome(self, place: int) -> Outcome:
        """Return what a version says: from its baseline, else by asking."""
        past = self.row.between[place - 1]
        if past.prompt is None:
            self.said[place] = (Outcome.UNRESOLVED, False, "")
            return Outcome.UNRESOLVED
        side = _side(self.project, past.commit.id)
        stored = self._stored(side, past.prompt)
        self.prober.unrendered = ""
        told = stored or self.vote(side, past.prompt)
        self.said[place] = (told, stored is not None, self.prober.unrendered)
        return told

    def vote(self, side: Side, prompt: Prompt, *, first: int = 0) -> Outcome:
        """Return what the cases say of a version. Raises `StoppedError`."""
        row = seats(range(len(self.prober.cases)), first=first)
        return vote(row, lambda some: self.prober.ask(side, prompt, some))

    def _stored(self, side: Side, prompt: Prompt) -> Outcome | None:
        """Return what a version's baseline says, where there is one: it costs nothing."""
        arm = stored_arm(replace(side, tree=self.project.tree), self.bout, prompt)
        if arm is None:
            return None
        passed = failed = 0
        for case in self.prober.cases:
            row = arm.rows.get(case.id)
            values = [value for value in (row.values.get(self.scorer, ()) if row else ()) if value is not None]
            passed += sum(float(value) >= self.prober.least[case.id] for value in values)
            failed += sum(float(value) < self.prober.least[case.id] for value in values)
        if passed == failed:
            return None
        return Outcome.PASS if passed > failed else Outcome.FAIL


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
    wish = replace(wish, limits=capped(wish.limits, project.settings))
    with Desk.open(project, project.settings, mode=wish.mode, limits=wish.limits) as desk:
        desk.check([route(row.bad.model, _side(project, row.bad_commit).settings, desk.environment, project.tree)])
        rubric = judges(desk, project.tree, project.settings, project.tree, evalset.id)
        own_checks = any(case.checks for case in cases)
        bout = Bout(evalset, cases, bench(evalset, row.bad.output, own_checks=own_checks, judge=rubric))
        stage = _Stage(project, desk, bout, row, wish, on_result)
        told = _judged(stage, told)
        return replace(told, asked=replace(told.asked, calls=desk.calls, cost_usd=desk.cost_usd))


def _side(project: Project, commit: str) -> Side:
    """Return how an old version is run: its models' names mean what they meant, hosts and programs are today's."""
    return Side(project.tree, settings_at(project, commit), project.environment, project.tree)


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


def _judged(stage: _Stage, told: Bisected) -> Bisected:
    """Return what the ends say, and where they differ for good, what lies between."""
    bout, desk, wish = stage.bout, stage.desk, stage.wish
    spec = primary(bout.evalset, bout)
    if spec is None:
        raise UsageError(f"eval set {bout.evalset.id} has no gating scorer", hint="add e.g. scorers: [{type: exact}]")
    ends = [(_side(stage.project, commit), bout, prompt) for commit, prompt in _ends(stage.row)]
    require_ends(lacking(desk, ends), wish.limits.max_calls, wish.mode, "name the cases that broke: --case ID")
    good, bad = (end_arm(side, bout, prompt, desk, on_result=stage.tell) for side, _, prompt in ends)
    found = breaks(good, bad, spec.name)
    asked = Asked(wish.prompt, bout.evalset.id, spec.name, broke=len(found.cases))
    told = replace(told, asked=asked)
    if found.state != "concentrated":
        return replace(told, state=found.state, reason=found.reason)
    cases = surest(bout, found, wish.cases)
    least = {one.case: one.least for one in found.cases}
    prober = Prober(bout, desk, spec.name, cases, least, on_result=stage.tell)
    search = _Search(stage.project, desk, bout, spec.name, stage.row, prober)
    told = replace(told, asked=replace(asked, cases=tuple(case.id for case in cases)))
    return _between(search, told, _unseen(found, cases))


def _ends(row: Versions) -> Sequence[tuple[str, Prompt]]:
    return (row.good_commit, row.good), (row.bad_commit, row.bad)


def _unseen(found: Breaks, cases: Sequence[Case]) -> tuple[int | None, int | None]:
    """Return the first run of each end that nobody has seen, None where its cases were seen twice: one slip may lie."""
    before = [replace(one, after_runs=one.before_runs) for one in found.cases]
    return fresh_run(before, cases), fresh_run(found.cases, cases)


def _between(search: _Search, told: Bisected, unseen: tuple[int | None, int | None]) -> Bisected:
    row = search.row
    try:
        for (commit, prompt), first, wanted in zip(_ends(row), unseen, (Outcome.PASS, Outcome.FAIL), strict=True):
            side = _side(search.project, commit)
            if first is not None and search.vote(side, prompt, first=first) is not wanted:
                return replace(
                    told, state="good-fails" if wanted is Outcome.PASS else "bad-passes", reason=_unlike(wanted)
                )
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
    return f"asked again, the {end} end {verb} these cases: they tell the ends apart by chance"


def _short(row: Versions, place: int) -> str:
    return (row.between[place - 1].commit.id if place else row.good_commit)[:7]


def _told(search: _Search) -> tuple[Suspect, ...]:
    """Return every version with what is known of it."""
    return tuple(_suspect(search, place, past) for place, past in enumerate(search.row.between, 1))


def _suspect(search: _Search, place: int, past: Past) -> Suspect:
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
