"""What an edit broke: both versions on the eval sets that judge them, and the cases that fell for good."""

from collections.abc import Callable
from dataclasses import dataclass, field

from llmops_cli.compare.breaks import Breaks, breaks
from llmops_cli.compare.falls import Weighed, fall, is_shown, weighed
from llmops_cli.errors import UnknownNameError, UsageError
from llmops_cli.flow.asked_fresh import fresh_arm, with_fresh, with_further
from llmops_cli.flow.bouts import Bouts
from llmops_cli.flow.changes import Pair
from llmops_cli.flow.contestant import Bout, Contestant, Side
from llmops_cli.flow.desk import Desk
from llmops_cli.flow.fresh import series
from llmops_cli.flow.limits import Limits
from llmops_cli.flow.probing import SERIES, primary, surest
from llmops_cli.flow.scene import Scene
from llmops_cli.flow.search_ends import Lost, end_arm, lacking, require_ends
from llmops_cli.model.evalset import Case
from llmops_cli.model.explained import Fall
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.run import Result


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
class Broken:
    """The eval set on which most broke, with its own cases of the head.

    `fall`: what the gate shows of it; `weighed`: what single answers say, where no single case does.
    """

    bout: Bout
    scorer: str
    found: Breaks
    own_cases: dict[str, Case]
    fall: Fall | None
    is_shown: bool
    weighed: Weighed


@dataclass(frozen=True, slots=True)
class Ends:
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


def lost_of(pair: Pair, ends: Ends, wish: ExplainWish) -> Lost:
    """Return what both ends lack on the eval sets that are looked at."""
    bouts = Bouts(ends.scene, ends.desk)
    names = [name for name in bouts.names(pair) if wish.evalset in ("", name)]
    looked = [bout for name in names if primary((bout := bouts.bout(pair, name)).evalset, bout, wish.scorer)]
    return sum((lacking(ends.desk, ends.on(bout)) for bout in looked), Lost())


def most_broken(pair: Pair, ends: Ends, wish: ExplainWish, tell: Callable[[Result], None]) -> Broken:
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
    return max(found, key=lambda one: (order.index(one.found.state), len(one.found.cases), one.is_shown))


def _compared(
    bout: Bout, scorer: str, own_cases: dict[str, Case], ends: Ends, wish: ExplainWish, tell: Callable[[Result], None]
) -> Broken:
    """Return what broke on one eval set."""
    lost = lacking(ends.desk, ends.on(bout))
    spent = ends.desk.calls.live
    cap = None if wish.limits.max_calls is None else wish.limits.max_calls - spent
    require_ends(lost, cap, wish.mode, command(wish), f"`llmops gate {ends.after.id}`, whose answers are kept")
    base = end_arm(ends.base, bout, ends.before, ends.desk, on_result=tell)
    head = end_arm(ends.head, bout, ends.after, ends.desk, own_cases=own_cases, on_result=tell)
    sides = _contestant(ends.base, bout, ends.before, ends), _contestant(ends.head, bout, ends.after, ends, own_cases)
    fresh = [fresh_arm(side, name) for side, name in zip(sides, series(ends.before, ends.after), strict=True)]
    again = (fresh[0], fresh[1]) if fresh[0] and fresh[1] else None
    lost_all, answers = fall(base, head, scorer, ends.scene.policy.gate), weighed((base, head), again, scorer)
    base, head = with_fresh(base, fresh[0]), with_fresh(head, fresh[1])
    found = breaks(base, head, scorer)
    if found.graded:  # a graded score that was seen once may be low by chance
        ids = [case.id for case in surest(bout, found, 2 * wish.cases)]
        base = with_further(base, _contestant(ends.base, bout, ends.before, ends), ids, SERIES, tell)
        head = with_further(head, _contestant(ends.head, bout, ends.after, ends, own_cases), ids, SERIES, tell)
        found = breaks(base, head, scorer)
    return Broken(bout, scorer, found, own_cases, lost_all, is_shown(lost_all, ends.scene.policy.gate), answers)


def _contestant(
    side: Side, bout: Bout, prompt: Prompt, ends: Ends, own_cases: dict[str, Case] | None = None
) -> Contestant:
    return Contestant(side, bout, prompt, ends.desk, own_cases=own_cases)


def command(wish: ExplainWish) -> tuple[str, ...]:
    """Return the command that asks for a wish, without its cap."""
    said = {"--base": wish.base, "--evalset": wish.evalset, "--scorer": wish.scorer, "--mode": wish.mode}
    said |= {"--cases": str(wish.cases), "--repeat": str(wish.runs)}
    usual = {"--base": "auto", "--mode": "auto", "--cases": "5", "--repeat": "1"}
    more = [part for flag, value in said.items() if value != usual.get(flag, "") for part in (flag, value)]
    return ("llmops", "eval", "explain", wish.prompt, *more)
