"""Which part of an edit broke its cases: hunks are put onto the base a few at a time, and those cases asked."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from llmops_cli.compare.breaks import Breaks, breaks
from llmops_cli.compare.culprits import Culprit, Findings, culprits
from llmops_cli.compare.ddmin import Items
from llmops_cli.compare.hunks import Edit, apply, edit
from llmops_cli.compare.jury import Seat
from llmops_cli.errors import UnknownNameError, UsageError
from llmops_cli.flow.asked_fresh import with_fresh
from llmops_cli.flow.bouts import Bouts
from llmops_cli.flow.changes import Pair
from llmops_cli.flow.contestant import Bout, Contestant, Side
from llmops_cli.flow.desk import Desk
from llmops_cli.flow.fresh import series
from llmops_cli.flow.limits import Limits
from llmops_cli.flow.placed import Files
from llmops_cli.flow.probing import Lost, Prober, capped, end_arm, fresh_run, lacking, primary, require_ends, surest
from llmops_cli.flow.project import Project
from llmops_cli.flow.routes import route
from llmops_cli.flow.scene import Scene, scene
from llmops_cli.model.evalset import Case
from llmops_cli.model.explained import Asked, Explained, Guilty
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.run import Result
from llmops_cli.render.identity import identify
from llmops_cli.render.template import facts

OnResult = Callable[[str, Result], None]


@dataclass(frozen=True, slots=True)
class ExplainWish:
    """What a user asks for. `scorer`: whose breaks ("" = the primary one's).

    `cases`: how many of those that broke are asked; `runs`: of each at a time.
    """

    prompt: str
    base: str = "auto"
    evalset: str = ""
    scorer: str = ""
    mode: str = "auto"
    runs: int = 1
    cases: int = 5
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class _Broken:
    """The eval set on which most broke, with its own cases of the head."""

    bout: Bout
    scorer: str
    found: Breaks
    own_cases: dict[str, Case]


@dataclass(frozen=True, slots=True)
class _Ends:
    """Both versions of the prompt, and how each is run."""

    scene: Scene
    before: Prompt
    after: Prompt
    desk: Desk

    @property
    def base(self) -> Side:
        """How the base is run."""
        return Side(self.scene.base.tree, self.scene.policy, self.desk.environment, self.scene.trusted)

    @property
    def head(self) -> Side:
        """How the head is run."""
        return Side(self.scene.head.tree, self.scene.head_settings, self.desk.environment, self.scene.trusted)

    def on(self, bout: Bout) -> list[tuple[Side, Bout, Prompt]]:
        """Return both on an eval set."""
        return [(self.base, bout, self.before), (self.head, bout, self.after)]

    def of(self, prompt: Prompt) -> Side:
        """Return how a hybrid is run: its model's name means what it means on the side that it is from."""
        names = (self.after.model, self.after.resolved_model)
        return self.head if (prompt.model, prompt.resolved_model) == names else self.base


def _command(wish: ExplainWish) -> tuple[str, ...]:
    """Return the command that asks for a wish, without its cap."""
    said = {"--base": wish.base, "--evalset": wish.evalset, "--scorer": wish.scorer, "--mode": wish.mode}
    said |= {"--cases": str(wish.cases), "--repeat": str(wish.runs)}
    usual = {"--base": "auto", "--mode": "auto", "--cases": "5", "--repeat": "1"}
    more = [part for flag, value in said.items() if value != usual.get(flag, "") for part in (flag, value)]
    return ("llmops", "eval", "explain", wish.prompt, *more)


def explain(project: Project, wish: ExplainWish, on_result: OnResult | None = None) -> Explained:
    """Return what broke. Raises `IncompleteError` where the two ends would take more calls than may be made."""
    found = scene(project, base=wish.base, head="", prompts=(wish.prompt,))
    told = Explained("nothing", Asked(wish.prompt), found.where.base, found.where.why)
    pair = next(iter(found.pairs), None)
    if pair is None or pair.same or pair.before is None or pair.after is None:
        return replace(told, reason=_why_nothing(pair))
    name = pair.id
    with Desk.open(project, found.policy, found.where, mode=wish.mode, limits=wish.limits) as desk:
        lost = _lost(pair, _Ends(found, pair.before, pair.after, desk), wish)
    wish = replace(wish, limits=capped(wish.limits, found.policy, lost))
    with Desk.open(project, found.policy, found.where, mode=wish.mode, limits=wish.limits) as desk:
        desk.check([route(pair.after.model, found.head_settings, project.environment, found.trusted)])
        ends = _Ends(found, pair.before, pair.after, desk)

        def tell(row: Result) -> None:
            if on_result:
                on_result(name, row)

        broken = _most_broken(pair, ends, wish, tell)
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


def _lost(pair: Pair, ends: _Ends, wish: ExplainWish) -> Lost:
    """Return what both ends lack on the eval sets that are looked at."""
    bouts = Bouts(ends.scene, ends.desk)
    names = [name for name in bouts.names(pair) if wish.evalset in ("", name)]
    looked = [bout for name in names if primary((bout := bouts.bout(pair, name)).evalset, bout, wish.scorer)]
    return sum((lacking(ends.desk, ends.on(bout)) for bout in looked), Lost())


def _most_broken(pair: Pair, ends: _Ends, wish: ExplainWish, tell: Callable[[Result], None]) -> _Broken:
    """Return the eval set on which most cases broke for good."""
    bouts = Bouts(ends.scene, ends.desk)
    names = bouts.names(pair)
    if wish.evalset and wish.evalset not in names:
        raise UnknownNameError(f"no eval set {wish.evalset!r} judges {pair.id}", hint=f"it is judged by {names}")
    found, scorers = [], list[str]()
    for name in [wish.evalset] if wish.evalset else names:
        bout = bouts.bout(pair, name)
        scorers += [spec.name for spec in bout.bench.specs]
        spec = primary(bout.evalset, bout, wish.scorer)
        if spec is not None:
            found.append(_compared(bout, spec.name, bouts.own_cases(name), ends, wish, tell))
    if not found and wish.scorer:
        hint = f"it has: {', '.join(dict.fromkeys(scorers)) or 'none'}"
        raise UnknownNameError(f"no scorer {wish.scorer!r} judges {pair.id}", hint=hint)
    if not found:
        hint = "name one: evals: [ID]; `llmops evalset new ID` writes one"
        raise UsageError(f"no eval set with a gating scorer judges {pair.id}", hint=hint)
    order = ("nothing", "diffuse", "concentrated")
    return max(found, key=lambda one: (order.index(one.found.state), len(one.found.cases)))


def _compared(
    bout: Bout, scorer: str, own_cases: dict[str, Case], ends: _Ends, wish: ExplainWish, tell: Callable[[Result], None]
) -> _Broken:
    """Return what broke on one eval set."""
    lost = lacking(ends.desk, ends.on(bout))
    spent = ends.desk.calls.live
    cap = None if wish.limits.max_calls is None else wish.limits.max_calls - spent
    require_ends(lost, cap, wish.mode, _command(wish), f"`llmops gate {ends.after.id}`, whose answers are kept")
    base = end_arm(ends.base, bout, ends.before, ends.desk, on_result=tell)
    head = end_arm(ends.head, bout, ends.after, ends.desk, own_cases=own_cases, on_result=tell)
    names = series(ends.before, ends.after)
    base = with_fresh(base, Contestant(ends.base, bout, ends.before, ends.desk), names[0])
    head = with_fresh(head, Contestant(ends.head, bout, ends.after, ends.desk, own_cases=own_cases), names[1])
    return _Broken(bout, scorer, breaks(base, head, scorer), own_cases)


def _searched(
    told: Explained, broken: _Broken, ends: _Ends, wish: ExplainWish, tell: Callable[[Result], None]
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


def _told(told: Explained, found: Findings, change: Edit, ends: _Ends, cases: tuple[str, ...]) -> Explained:
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
